package http2

import (
	"net/http"
	"strconv"

	"golang.org/x/net/http2/hpack"

	"github.com/salver-http/salver/internal/plan"
)

// NoTable is what the first block of fields of a connection begins with: the table of the
// fields that came before has no room, since a block that is kept ready cannot use it (RFC
// 7541 §4.2).
const NoTable = 0x20

// The places of RFC 7541 appendix A.
const (
	index200 = 8
	index204 = 9
	index206 = 10
	index304 = 11
	index400 = 12
	index404 = 13
	index500 = 14

	indexStatus = 8
	indexDate   = 33
)

// names are the fields that have a place of their own there, in canonical form.
var names = map[string]byte{
	"Accept-Ranges": 18, "Access-Control-Allow-Origin": 20, "Allow": 22, "Cache-Control": 24,
	"Content-Disposition": 25, "Content-Encoding": 26, "Content-Language": 27, "Content-Length": 28,
	"Content-Location": 29, "Content-Range": 30, "Content-Type": 31, "Etag": 34, "ETag": 34,
	"Expires": 36, "Last-Modified": 44, "Link": 45, "Location": 46, "Refresh": 52, "Retry-After": 53,
	"Server": 54, "Set-Cookie": 55, "Strict-Transport-Security": 56, "Vary": 59, "Www-Authenticate": 61,
}

// AppendFields appends the status and the fields of p as a block, whenever and wherever it
// is sent (RFC 9113 §8.3.2, RFC 7541 §6).
func AppendFields(b []byte, p *plan.Response) []byte {
	b = appendStatus(b, p.Status)
	for _, f := range p.Fields {
		b = appendField(b, f.Name, f.Value)
	}
	return b
}

func appendStatus(b []byte, status int) []byte {
	const indexed = 0x80
	switch status {
	case http.StatusOK:
		return append(b, indexed|index200)
	case http.StatusNoContent:
		return append(b, indexed|index204)
	case http.StatusPartialContent:
		return append(b, indexed|index206)
	case http.StatusNotModified:
		return append(b, indexed|index304)
	case http.StatusBadRequest:
		return append(b, indexed|index400)
	case http.StatusNotFound:
		return append(b, indexed|index404)
	case http.StatusInternalServerError:
		return append(b, indexed|index500)
	}
	b = append(b, indexStatus)
	return appendString(b, strconv.Itoa(status))
}

// appendField appends a field that is not to be indexed (RFC 7541 §6.2.2).
func appendField(b []byte, name, value string) []byte {
	if i, ok := names[name]; ok {
		b = appendIndex(b, i)
	} else {
		b = append(b, 0)
		b = appendString(b, lower(name))
	}
	return appendString(b, value)
}

func appendIndex(b []byte, i byte) []byte {
	const most = 1<<4 - 1
	if i < most {
		return append(b, i)
	}
	return append(b, most, i-most)
}

// appendString appends s, in Huffman's code where that is shorter (RFC 7541 §5.2).
func appendString(b []byte, s string) []byte {
	if n := hpack.HuffmanEncodeLength(s); n < uint64(len(s)) {
		b = appendLength(b, 0x80, n)
		return hpack.AppendHuffmanString(b, s)
	}
	return append(appendLength(b, 0, uint64(len(s))), s...)
}

// appendLength appends a number after one bit (RFC 7541 §5.1).
func appendLength(b []byte, mark byte, n uint64) []byte {
	const most = 1<<7 - 1
	if n < most {
		return append(b, mark|byte(n))
	}
	b = append(b, mark|most)
	for n -= most; n >= 1<<7; n >>= 7 {
		b = append(b, 1<<7|byte(n&(1<<7-1)))
	}
	return append(b, byte(n))
}

func lower(name string) string {
	b := []byte(name)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// AppendDate appends the Date field.
func AppendDate(b []byte, date string) []byte {
	return appendString(appendIndex(b, indexDate), date)
}

// AppendHeaders appends a block of fields as HEADERS and, where it is long, CONTINUATION.
func AppendHeaders(b, block []byte, stream uint32, end bool) []byte {
	kind, flags := Headers, Flags(0)
	if end {
		flags = EndStream
	}
	for len(block) > MaxPayload {
		b = AppendFrameHead(b, MaxPayload, kind, flags, stream)
		b = append(b, block[:MaxPayload]...)
		block, kind, flags = block[MaxPayload:], Continuation, 0
	}
	b = AppendFrameHead(b, len(block), kind, flags|EndHeaders, stream)
	return append(b, block...)
}
