package plan

import (
	"errors"

	"github.com/salver-http/salver/internal/tree"
)

// reasons are the fixed words that a client is told: Python's, where it has some.
// They name no path, and are the same for what is hidden and what is not there.
var reasons = map[int][3]string{
	400: {"Bad request", "Bad request syntax or unsupported method", "Bad Request"},
	401: {"Unauthorized", "No permission -- see authorization schemes", "Unauthorized"},
	403: {"Forbidden", "Request forbidden -- authorization will not help", "Forbidden"},
	404: {"File not found", "Nothing matches the given URI", "Not Found"},
	405: {"Method not allowed", "Specified method is invalid for this resource", "Method Not Allowed"},
	406: {"Not acceptable", "URI not available in a content coding that the client accepts", "Not Acceptable"},
	410: {"Gone", "URI no longer exists and has been permanently removed", "Gone"},
	412: {"Precondition failed", "Precondition in headers is false", "Precondition Failed"},
	416: {"Range not satisfiable", "Cannot satisfy request range", "Range Not Satisfiable"},
	421: {"Misdirected request", "This server does not answer for that host", "Misdirected Request"},
	431: {"Request header fields too large", "The header fields of the request are too long", "Request Header Fields Too Large"},
	451: {"Unavailable for legal reasons", "Denied access to the resource by legal demand", "Unavailable For Legal Reasons"},
	500: {"Internal server error", "Server got itself in trouble", "Internal Server Error"},
	501: {"Unsupported method", "Server does not support this operation", "Not Implemented"},
	503: {"Service unavailable", "The server cannot process the request due to a high load", "Service Unavailable"},
}

// fail answers with an error (RFC 9110 §15.5, §15.6), whose content is still to be chosen.
func (s *Site) fail(status int, cause error) *Response {
	p := newResponse(status)
	p.Cause, p.bare = cause, true
	p.add("Cache-Control", "no-cache") // some of these statuses are cacheable by default, §15.1
	return p
}

// contentError is a failure after the target was found: the server's own.
type contentError struct{ error }

func (e *contentError) Unwrap() error { return e.error }

// failed is the answer to what went wrong between the target and its content. That a
// name is withheld, or could not be opened, the log is told and the client is not.
func (s *Site) failed(err error) *Response {
	var own *contentError
	switch {
	case errors.Is(err, tree.ErrMalformed):
		return s.fail(400, nil)
	case errors.Is(err, tree.ErrChanged), tree.IsExhausted(err), errors.Is(err, errBusy):
		p := s.fail(503, err)
		p.add("Retry-After", "1")
		p.Fleeting = true
		return p
	case errors.As(err, &own):
		p := s.fail(500, err)
		p.Fleeting = true
		return p
	case tree.IsMissing(err):
		return s.fail(404, nil)
	}
	return s.fail(404, err)
}

// Refuse is the answer to a request whose framing cannot be trusted (RFC 9112 §2.2,
// §5.2, §6.1).
func (s *Site) Refuse() *Response { return s.finish(nil, s.fail(400, nil)) }

// TooLong is the answer to a request with more fields than are read (RFC 6585 §5).
func (s *Site) TooLong() *Response { return s.finish(nil, s.fail(431, nil)) }

// Busy is the answer to a connection that there is no room for.
func Busy() *Response {
	var s Site
	p := s.fail(503, nil)
	p.add("Retry-After", "1")
	return s.finish(nil, p)
}

// NotTLS is the answer to a request that came without TLS where only TLS is spoken.
func NotTLS() *Response {
	p := newResponse(400)
	p.add("Cache-Control", "no-cache")
	p.add("Content-Type", "text/plain; charset=utf-8")
	p.setBytes([]byte("this port speaks HTTPS: write https:// in front of the address\n"))
	return p
}
