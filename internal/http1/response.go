package http1

import (
	"net/http"
	"strconv"

	"github.com/salver-http/salver/internal/plan"
)

// AppendHead appends the head of p (RFC 9112 §4, §5). date is the value of Date;
// close says that the connection ends with the answer.
func AppendHead(b []byte, p *plan.Response, date []byte, close bool) []byte {
	return AppendEnd(AppendFields(b, p), date, close)
}

// AppendFields appends what the head of p begins with, whenever and wherever it is sent.
func AppendFields(b []byte, p *plan.Response) []byte {
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(p.Status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(p.Status)...)
	b = append(b, "\r\n"...)
	for _, f := range p.Fields {
		b = append(b, f.Name...)
		b = append(b, ": "...)
		b = append(b, f.Value...)
		b = append(b, "\r\n"...)
	}
	return b
}

// AppendEnd appends the end of a head.
func AppendEnd(b, date []byte, close bool) []byte {
	b = append(b, "Date: "...)
	b = append(b, date...)
	if close {
		b = append(b, "\r\nConnection: close"...)
	}
	return append(b, "\r\n\r\n"...)
}
