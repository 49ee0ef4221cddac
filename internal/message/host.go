package message

// ValidHost reports whether a Host, with or without a port, is made of what RFC 3986 §3.2.2 has for hosts: no user
// before it, no path behind it (RFC 9110 §7.2).
func ValidHost(host string) bool {
	for i := 0; i < len(host); i++ {
		if !hostBytes[host[i]] {
			return false
		}
	}
	return true
}

var hostBytes = func() (is [256]bool) {
	for _, c := range []byte("-._~!$&'()*+,;=%:[]0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		is[c] = true
	}
	return is
}()
