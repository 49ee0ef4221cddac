package semantics

// MethodDefined reports whether m is a method of RFC 9110 §9.3, or PATCH (RFC
// 5789). Methods are case-sensitive (§9.1). A defined method that is not
// supported is answered 405, any other 501 (§15.5.6, §15.6.2).
func MethodDefined(m string) bool {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH":
		return true
	}
	return false
}

// selects reports whether a method selects or modifies a representation; for
// those that do not, preconditions are ignored (RFC 9110 §13.2.1).
func selects(method string) bool {
	switch method {
	case "CONNECT", "OPTIONS", "TRACE":
		return false
	}
	return true
}
