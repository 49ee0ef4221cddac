package main

// protocol is what a scenario speaks with a server.
type protocol int

const (
	plainHTTP1 protocol = iota
	http1               // over TLS
	http2               // over TLS
)

// alpn is its name in a handshake of TLS, "" without one.
func (p protocol) alpn() string { return [...]string{"", "http/1.1", "h2"}[p] }

func (p protocol) encrypted() bool { return p != plainHTTP1 }

const (
	// tlsConnections is how many a load over TLS keeps busy, and inFlight how many
	// requests on each of them: streams of HTTP/2, or pipelined.
	tlsConnections = 16
	inFlight       = 8
)

// overTLS are who take part in what is over TLS.
var overTLS = []string{"nginx", "h2o", "caddy", "net/http", "salver"}

// tlsScenarios is the part of the table that is over TLS. of makes one of a file.
func tlsScenarios(of func(name, title, file string, peers []string) scenario) []scenario {
	speaking := func(s scenario, p protocol, groups ...string) scenario {
		s.proto, s.groups = p, groups
		return s
	}
	mix := of("h2-mix", count(mixFiles, "small file")+", HTTP/2", manyName(0), overTLS)
	mix.load.targets = mixTargets()
	reconnect := of("tls-connect", "1 KiB, a new TLS connection each time", "1k.html", overTLS)
	reconnect.load.close = true
	idle := of("tls-idle", "idle connection, HTTP/2 over TLS", "1k.html", overTLS)
	idle.kind = perConnection
	return []scenario{
		speaking(of("h2-1k", "1 KiB, HTTP/2", "1k.html", overTLS), http2, "tls", "h2"),
		speaking(of("h2-10k", "10 KiB, HTTP/2", "10k.html", overTLS), http2, "tls", "h2"),
		speaking(of("h2-100k", "100 KiB, HTTP/2", "100k.js", overTLS), http2, "tls", "h2"),
		speaking(mix, http2, "tls", "h2"),
		speaking(of("tls-10k", "10 KiB, HTTP/1.1 over TLS", "10k.html", overTLS), http1, "tls"),
		speaking(reconnect, http1, "tls"),
		speaking(idle, http2, "tls"),
	}
}

// byH2load tells that a scenario is loaded by h2load: wrk has no HTTP/2, and h2load does not
// stop to make new connections.
func (s *scenario) byH2load() bool {
	return s.kind == perRequest && s.proto.encrypted() && !s.load.close
}
