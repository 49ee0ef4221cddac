package salver

import (
	"cmp"
	"context"
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/salver-http/salver/certfile"
	"github.com/salver-http/salver/internal/engine"
	"github.com/salver-http/salver/internal/hot"
)

// Server serves a [Handler] as an [http.Server] would, with the same names, and faster:
// it answers plain requests of HTTP/1.1 itself, with and without TLS, in a loop that knows
// files, and leaves whatever it does not fully recognise to net/http. Nobody can tell the
// two apart but by speed, except that framing which attackers use (bare LF as a line end,
// folded fields, Transfer-Encoding beside Content-Length or in HTTP/1.0) is refused with 400.
//
// Where its Handler is a [*Handler] or a [*Sites] it speaks HTTP/2 (RFC 9113) itself, too: over TLS, and
// without TLS to a client that begins with it. A connection of HTTP/2 cannot change hands
// half-way, so with any other Handler, a mux as well, all of HTTP/2 is net/http's.
//
// Connections are bounded by four fifths of the descriptors that the process may have;
// with all in use, those that have rested longest are closed for new ones, and a client
// that cannot have one is told 503. A head has to be there 10 s after its first byte; a
// connection may rest for 60 s; a client that takes nothing of an answer for 30 s, or less
// than 512 bytes a second after the first minute, is let go.
//
// The fields are not to be changed once the server serves; the methods may be called
// concurrently.
type Server struct {
	// Addr is the TCP address that ListenAndServe listens on, ":http" when empty.
	Addr string
	// Handler answers. A *Handler and a *Sites are answered for by the lane, and so is a *Handler below an
	// *http.ServeMux, at any pattern but not behind a StripPrefix; whatever else there
	// is in the mux is served by net/http. All patterns are to be registered before the
	// server serves. Any other handler is net/http's alone.
	Handler http.Handler
	// TLSConfig is for ServeTLS and ListenAndServeTLS. Nil, or without a MinVersion, it
	// allows TLS 1.2 and later; without NextProtos the Protocols are offered.
	TLSConfig *tls.Config
	// Protocols are HTTP/1.1 and HTTP/2 when it is nil: without TLS that is spoken to those who
	// begin with it (RFC 9113 §3.3), but not where net/http has HTTP/2, which is with NetHTTP and any Handler
	// but a *Handler or *Sites. Where Protocols is not nil, its HTTP1 concerns only what is offered over TLS.
	Protocols *http.Protocols
	// ErrorLog is told what goes wrong with connections; nil means the log package's
	// standard logger.
	ErrorLog *log.Logger
	// Memory bounds the answers that are kept ready to send, in bytes: 64 MiB when it
	// is 0, none when it is negative. They are of files up to 256 KiB, of listings,
	// redirects and errors, and are checked as [Config.Revalidate] says. A quarter is for
	// compressed content, which [Sites] divide; a [Handler] in a mux keeps up to 16 MiB
	// of that by itself.
	Memory int64
	// NetHTTP leaves all requests to net/http, and HTTP/2 without TLS to Protocols.
	NetHTTP bool

	once   sync.Once
	engine *engine.Engine
}

// limits hold in both lanes.
var limits = engine.Limits{
	Head: 10 * time.Second, Idle: 60 * time.Second, Brief: 5 * time.Second,
	Stall: 30 * time.Second, Rate: 512, Grace: 60 * time.Second,
}

// maxHead bounds a head in bytes, for net/http.
const maxHead = 16 << 10

func (s *Server) init() *engine.Engine {
	s.once.Do(func() {
		s.engine = &engine.Engine{Limits: limits, NoCleartextHTTP2: s.Protocols != nil && !s.Protocols.UnencryptedHTTP2(), Rest: &http.Server{
			Addr:                         s.Addr,
			Handler:                      answerOnce(s.Handler),
			TLSConfig:                    s.protocols(), // it looks whether to know HTTP/2
			Protocols:                    s.Protocols,
			ErrorLog:                     s.ErrorLog,
			ReadHeaderTimeout:            limits.Head,
			IdleTimeout:                  limits.Idle,
			MaxHeaderBytes:               maxHead,
			DisableGeneralOptionsHandler: true,
		}}
		if s.NetHTTP {
			return
		}
		var forms interface{ setFormBytes(int64) }
		switch h := s.Handler.(type) {
		case *Handler:
			s.engine.Sites = func([]byte) *engine.Site { return h.lane() }
			forms = h
		case *Sites:
			s.engine.Sites, s.engine.ByHost = h.laneOf, true
			forms = h
		case *http.ServeMux:
			s.engine.Route = (&router{mux: h}).route
		}
		if lane := s.engine.Sites != nil || s.engine.Route != nil; lane && s.Memory >= 0 {
			memory := cmp.Or(s.Memory, hot.DefaultBytes)
			s.engine.Hot = hot.New(memory - memory/4)
			if forms != nil {
				forms.setFormBytes(memory / 4)
			}
		}
	})
	return s.engine
}

// answerOnce closes the connection of a request with content after its answer: a file
// has no use for content, and what is not read cannot be taken for a request.
func answerOnce(h http.Handler) http.Handler {
	isFile := func(*http.Request) bool { return true }
	switch h := h.(type) {
	case *Handler, *Sites:
	case *http.ServeMux:
		isFile = func(r *http.Request) bool {
			target, _ := h.Handler(r)
			_, ok := target.(*Handler)
			return ok
		}
	default:
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 1 && r.ContentLength != 0 && isFile(r) {
			w.Header().Set("Connection", "close")
			// net/http would wait for the content after the answer, without end.
			http.NewResponseController(w).SetReadDeadline(time.Now().Add(limits.Head))
		}
		h.ServeHTTP(w, r)
	})
}

// ListenAndServe listens on Addr and calls [Server.Serve].
func (s *Server) ListenAndServe() error {
	l, err := s.listen(":http")
	if err != nil {
		return err
	}
	return s.Serve(l)
}

// listen listens on Addr, or else on addr. TCP's own keep-alive probes are off: what is
// idle is closed long before they would begin. So is multipath TCP: where a client speaks
// it, connections cost more and do not tell all that the lane asks of them.
func (s *Server) listen(addr string) (net.Listener, error) {
	if s.Addr != "" {
		addr = s.Addr
	}
	c := net.ListenConfig{KeepAlive: -1}
	c.SetMultipathTCP(false)
	return c.Listen(context.Background(), "tcp", addr)
}

// Relayed returns conn as one that a proxy has made for client, which is its RemoteAddr from then on: what a listener
// returns that reads who the client is from the first bytes of a connection (the PROXY protocol). Beyond
// those it must not have read any. A [Server] serves it as fast as a [*net.TCPConn], which it does not do for
// any other type that wraps one.
func Relayed(conn *net.TCPConn, client net.Addr) net.Conn {
	return &engine.Relayed{TCPConn: conn, Client: client}
}

// Serve answers the connections of l, which it closes. It returns [http.ErrServerClosed]
// after Shutdown or Close, and else the error that ended it.
func (s *Server) Serve(l net.Listener) error { return s.init().Serve(l) }

// ListenAndServeTLS listens on Addr and calls [Server.ServeTLS].
func (s *Server) ListenAndServeTLS(certFile, keyFile string) error {
	l, err := s.listen(":https")
	if err != nil {
		return err
	}
	return s.ServeTLS(l, certFile, keyFile)
}

// ServeTLS is Serve over TLS; the names of files may be empty when TLSConfig has a
// certificate. When the files change, the next handshake gets what is in them, unless
// that is no good (see [certfile.Pair]).
func (s *Server) ServeTLS(l net.Listener, certFile, keyFile string) error {
	config, err := s.tlsConfig(certFile, keyFile)
	if err != nil {
		l.Close()
		return err
	}
	return s.init().ServeTLS(l, config)
}

// tlsConfig is what a listener speaks TLS by: TLSConfig, with the certificate of the files.
func (s *Server) tlsConfig(certFile, keyFile string) (*tls.Config, error) {
	config := s.protocols()
	if certFile != "" || keyFile != "" || len(config.Certificates) == 0 && config.GetCertificate == nil && config.GetConfigForClient == nil {
		pair := &certfile.Pair{Cert: certFile, Key: keyFile, Report: s.reportPair}
		if err := pair.Reload(); err != nil {
			return nil, err
		}
		config.Certificates, config.GetCertificate = nil, pair.GetCertificate
	}
	// Short first records would make the first page of a file come a little sooner, and cost
	// a system call for each.
	config.DynamicRecordSizingDisabled = true
	return config, nil
}

// reportPair tells of certificate files that have changed and are no good.
func (s *Server) reportPair(err error) {
	if err != nil {
		s.init().Logf("http: the last good certificate stays in use: %v", err)
	}
}

// protocols is TLSConfig with the protocols that are spoken.
func (s *Server) protocols() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.TLSConfig != nil {
		config = s.TLSConfig.Clone()
	}
	if len(config.NextProtos) == 0 {
		if s.Protocols == nil || s.Protocols.HTTP2() {
			config.NextProtos = append(config.NextProtos, "h2")
		}
		if s.Protocols == nil || s.Protocols.HTTP1() {
			config.NextProtos = append(config.NextProtos, "http/1.1")
		}
	}
	return config
}

// Shutdown stops listening, closes connections at rest, and waits for answers in flight
// until ctx is done.
func (s *Server) Shutdown(ctx context.Context) error { return s.init().Shutdown(ctx) }

// Close closes all listeners and connections at once.
func (s *Server) Close() error { return s.init().Close() }

// InFlight returns how many connections have an answer in flight.
func (s *Server) InFlight() int { return s.init().AtWork() }

// SetKeepAlivesEnabled says whether a connection may carry more than one request, which
// it may by default.
func (s *Server) SetKeepAlivesEnabled(on bool) { s.init().SetKeepAlives(on) }

// done is told of every answer of the lanes that c is about.
func (h *Handler) done(c *Config, x engine.Exchange) {
	fault := causeOf(x.Cause, x.Err) != nil && isFault(x.Status, x.Cause, x.Err)
	if !fault && c.AccessLog == nil {
		return
	}
	a := accessOf(&x)
	if fault {
		h.logFault(c, a.Method, a.Target, a.Status, a.Cause)
	}
	if c.AccessLog != nil {
		c.AccessLog(a)
	}
}
