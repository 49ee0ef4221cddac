package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// dialer opens connections to a server for what a scenario speaks.
type dialer struct {
	addr  string
	proto protocol
	tls   *tls.Config // nil without TLS
}

// newDialer is for a server whose certificate roots trust. What is negotiated is what
// h2load is told to offer: some servers know newer groups, others do not, and all are to
// do the same work. No session is resumed.
func newDialer(addr string, p protocol, roots *x509.CertPool) dialer {
	d := dialer{addr: addr, proto: p}
	if p.encrypted() {
		d.tls = &tls.Config{
			RootCAs: roots, ServerName: "127.0.0.1", NextProtos: []string{p.alpn()},
			MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.X25519},
		}
	}
	return d
}

// dial opens a connection on which the protocol has been agreed upon.
func (d dialer) dial() (net.Conn, error) {
	wait := &net.Dialer{Timeout: patience}
	if d.tls == nil {
		return wait.Dial("tcp", d.addr)
	}
	conn, err := tls.DialWithDialer(wait, "tcp", d.addr, d.tls)
	if err != nil {
		return nil, err
	}
	if got := conn.ConnectionState().NegotiatedProtocol; got != d.proto.alpn() {
		conn.Close()
		return nil, fmt.Errorf("it negotiates %q instead of %q", got, d.proto.alpn())
	}
	return conn, nil
}

// session is a connection of HTTP/2 and what is asked for on it.
type session struct {
	conn *http.ClientConn
	ask  *http.Request
}

// open opens a connection for HTTP/2, to ask for the first target of a request.
func (d dialer) open(r request) (*session, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var only http.Protocols
	only.SetHTTP2(true)
	// Unasked it would accept gzip.
	t := &http.Transport{Protocols: &only, DisableCompression: true}
	t.DialTLSContext = func(context.Context, string, string) (net.Conn, error) { return d.dial() }
	conn, err := t.NewClientConn(ctx, "https", d.addr)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn}
	if s.ask, err = http.NewRequest(http.MethodGet, "https://"+d.addr+r.targets[0], http.NoBody); err != nil {
		s.hangUp()
		return nil, err
	}
	for _, f := range r.fields {
		name, value, _ := strings.Cut(f, ":")
		s.ask.Header.Add(name, strings.TrimSpace(value))
	}
	return s, nil
}

// get returns an answer, the content of which comes until ctx is done.
func (s *session) get(ctx context.Context) (*http.Response, error) {
	answer, err := s.conn.RoundTrip(s.ask.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if answer.ProtoMajor != 2 {
		answer.Body.Close()
		return nil, fmt.Errorf("it answers in %s instead of HTTP/2", answer.Proto)
	}
	return answer, nil
}

// call asks once and reads the answer.
func (s *session) call() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer, err := s.get(ctx)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if s.conn.Err() != nil {
		return errClosed
	}
	return nil
}

func (s *session) hangUp() { s.conn.Close() }
