// Package message is what the syntaxes of HTTP have in common: the head of a request, as
// far as it can influence an answer, and the key that its answer is kept under. It does no I/O.
package message

import (
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/semantics"
)

// Head is a request head, as slices of a buffer that it does not own.
type Head struct {
	Method []byte
	Path   []byte // of the target, as it was sent
	Query  []byte // after the "?"; empty without one
	Host   []byte
	Close  bool // the client wants the connection closed after the answer (HTTP/1.1)

	Secure bool // it came over TLS

	// The fields of semantics.Request, nil when absent.
	Accept, AcceptEncoding, IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince, IfRange, Range []byte
	Authorization, Cookie, Origin, FetchMode, RequestMethod                                          []byte
	Forwarded, ForwardedFor, ForwardedProto                                                          []byte
	// For the log.
	Referer, UserAgent []byte
}

// Request is h as the rest of salver reads it. The strings are copies.
func (h *Head) Request() (r semantics.Request) {
	h.Fill(&r)
	return r
}

// Fill makes r what Request returns.
func (h *Head) Fill(r *semantics.Request) {
	r.Method, r.Path, r.Query, r.Host = string(h.Method), string(h.Path), string(h.Query), string(h.Host)
	r.Secure = h.Secure
	fill(&r.Accept, h.Accept)
	fill(&r.AcceptEncoding, h.AcceptEncoding)
	fill(&r.IfMatch, h.IfMatch)
	fill(&r.IfNoneMatch, h.IfNoneMatch)
	fill(&r.IfModifiedSince, h.IfModifiedSince)
	fill(&r.IfUnmodifiedSince, h.IfUnmodifiedSince)
	fill(&r.IfRange, h.IfRange)
	fill(&r.Range, h.Range)
	fill(&r.Authorization, h.Authorization)
	fill(&r.Cookie, h.Cookie)
	fill(&r.Origin, h.Origin)
	fill(&r.FetchMode, h.FetchMode)
	fill(&r.RequestMethod, h.RequestMethod)
	fill(&r.Forwarded, h.Forwarded)
	fill(&r.ForwardedFor, h.ForwardedFor)
	fill(&r.ForwardedProto, h.ForwardedProto)
}

func fill(v *semantics.Value, b []byte) { v.Text, v.Present = string(b), b != nil }

// Visitor is what of h tells who asks, and for what: all that a refusal depends on.
func (h *Head) Visitor() semantics.Request {
	return semantics.Request{
		Method: string(h.Method), Path: string(h.Path), Host: string(h.Host), Secure: h.Secure,
		Accept: valueOf(h.Accept), AcceptEncoding: valueOf(h.AcceptEncoding), Origin: valueOf(h.Origin), RequestMethod: valueOf(h.RequestMethod), Authorization: valueOf(h.Authorization),
		Forwarded: valueOf(h.Forwarded), ForwardedFor: valueOf(h.ForwardedFor), ForwardedProto: valueOf(h.ForwardedProto),
	}
}

func valueOf(b []byte) semantics.Value { return semantics.Value{Text: string(b), Present: b != nil} }

// AppendKey appends all of the request that can influence its answer, but for what is in a
// plan.Vary and who asks: two requests with the same key have the same answer, or one that
// varies.
func (h *Head) AppendKey(b []byte) []byte {
	b = append(b, h.Method[0])
	b = append(b, h.Path...)
	if h.Query != nil {
		b = append(b, '?')
		b = append(b, h.Query...)
	}
	b = appendKeyed(b, "\nM", h.IfMatch)
	b = appendKeyed(b, "\nN", h.IfNoneMatch)
	b = appendKeyed(b, "\nS", h.IfModifiedSince)
	b = appendKeyed(b, "\nU", h.IfUnmodifiedSince)
	b = appendKeyed(b, "\nI", h.IfRange)
	return appendKeyed(b, "\nR", h.Range)
}

// Has reports whether there is any of by. A host there always is.
func (h *Head) Has(by plan.Vary) bool {
	if by&(plan.VaryHost|plan.VarySecure) != 0 {
		return true
	}
	return by&plan.VaryAccept != 0 && h.Accept != nil || by&plan.VaryAcceptEncoding != 0 && h.AcceptEncoding != nil ||
		by&plan.VaryCookie != 0 && h.Cookie != nil || by&plan.VaryOrigin != 0 && h.Origin != nil ||
		by&plan.VaryFetchMode != 0 && h.FetchMode != nil
}

// AppendVaried appends the rest of the key of an answer that was chosen by by: something for
// those that are absent, too, since the key as it was stands for all of them, and with one
// field for all values of the other.
func (h *Head) AppendVaried(b []byte, by plan.Vary) []byte {
	if by&plan.VaryAccept != 0 {
		b = appendVaried(b, "\na", "\nA", h.Accept)
	}
	if by&plan.VaryAcceptEncoding != 0 {
		b = appendVaried(b, "\ne", "\nE", h.AcceptEncoding)
	}
	if by&plan.VaryCookie != 0 {
		b = appendVaried(b, "\nc", "\nC", h.Cookie)
	}
	if by&plan.VaryOrigin != 0 {
		b = appendVaried(b, "\no", "\nO", h.Origin)
	}
	if by&plan.VaryFetchMode != 0 {
		b = appendVaried(b, "\nf", "\nF", h.FetchMode)
	}
	if by&plan.VaryHost != 0 {
		b = appendKeyed(b, "\nH", h.Host)
	}
	switch {
	case by&plan.VarySecure == 0:
	case h.Secure:
		b = append(b, "\nT"...)
	default:
		b = append(b, "\nt"...)
	}
	return b
}

func appendVaried(b []byte, absent, mark string, value []byte) []byte {
	if value == nil {
		return append(b, absent...)
	}
	return appendKeyed(b, mark, value)
}

func appendKeyed(b []byte, mark string, value []byte) []byte {
	if value == nil {
		return b
	}
	b = append(b, mark...)
	return append(b, value...)
}

// all are the slices of h.
func (h *Head) all() [22]*[]byte {
	return [...]*[]byte{
		&h.Method, &h.Path, &h.Query, &h.Host, &h.Accept, &h.AcceptEncoding, &h.IfMatch, &h.IfNoneMatch,
		&h.IfModifiedSince, &h.IfUnmodifiedSince, &h.IfRange, &h.Range, &h.Referer, &h.UserAgent,
		&h.Authorization, &h.Cookie, &h.Origin, &h.FetchMode, &h.RequestMethod, &h.Forwarded, &h.ForwardedFor, &h.ForwardedProto,
	}
}

// Size is how many bytes h is slices of.
func (h *Head) Size() (n int) {
	for _, f := range h.all() {
		n += len(*f)
	}
	return n
}

// Clone returns h with a buffer of its own.
func (h *Head) Clone() Head {
	c := *h
	b := make([]byte, 0, h.Size())
	for _, f := range c.all() {
		if *f != nil {
			at := len(b)
			b = append(b, *f...)
			*f = b[at:len(b):len(b)]
		}
	}
	return c
}
