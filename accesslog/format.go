// Package accesslog writes a line for every answer of a salver.Handler: formats
// as pure functions, and a [Log] that never makes an answer wait.
package accesslog

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/salver-http/salver"
)

// Format is the form of a line.
type Format int

// The formats. Python is the line of python -m http.server with the length of
// the content in place of its last "-" and the duration after it, then the cause of
// an error in parentheses where there is more to say than the status does, in local
// time without a zone. Combined is Apache's, exactly. JSON is one object a line
// (RFC 8259), with the time in UTC and the duration in milliseconds.
const (
	Python Format = iota
	Combined
	JSON
)

var formatNames = [...]string{Python: "python", Combined: "combined", JSON: "json"}

// String returns the name of f, as [ParseFormat] takes it.
func (f Format) String() string {
	if f < 0 || int(f) >= len(formatNames) {
		return "Format(" + strconv.Itoa(int(f)) + ")"
	}
	return formatNames[f]
}

// ParseFormat returns the format with the given name: python, combined or json.
func ParseFormat(name string) (Format, error) {
	for f, n := range formatNames {
		if n == name {
			return Format(f), nil
		}
	}
	return 0, fmt.Errorf("%q is none of %s", name, strings.Join(formatNames[:], ", "))
}

// Append appends the line for a to b, with its line feed, and returns the
// result. It is one line whatever the client sent: see [AppendEscaped]. A
// format that is none of the constants is Python.
func Append(b []byte, f Format, a salver.Access) []byte {
	var second [32]byte
	return appendLine(b, f, &a, appendSecond(second[:0], f, a.Time), &noColors)
}

// appendLine is Append, given the time of a as appendSecond has it. Only Python has
// colours.
func appendLine(b []byte, f Format, a *salver.Access, second []byte, c *colors) []byte {
	switch f {
	case Combined:
		return appendCombined(b, a, second)
	case JSON:
		return appendJSON(b, a, second)
	}
	return appendPython(b, a, second, c)
}

func appendPython(b []byte, a *salver.Access, second []byte, c *colors) []byte {
	b = appendOpening(b, a, second)
	b = append(b, c.ofStatus(a.Status)...)
	b = strconv.AppendInt(b, int64(a.Status), 10)
	b = append(b, c.reset...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, a.Length, 10)
	b = append(b, ' ')
	b = append(b, c.dim...)
	b = appendMillis(b, int64(a.Duration), 1)
	b = append(b, "ms"...)
	if a.Cause != nil {
		b = append(b, " ("...)
		b = AppendEscaped(b, a.Cause.Error())
		b = append(b, ')')
	}
	b = append(b, c.reset...)
	return append(b, '\n')
}

func appendCombined(b []byte, a *salver.Access, second []byte) []byte {
	b = appendOpening(b, a, second)
	b = strconv.AppendInt(b, int64(a.Status), 10)
	b = append(b, ' ')
	if a.Length == 0 {
		b = append(b, '-') // Apache's %b, unlike its %B
	} else {
		b = strconv.AppendInt(b, a.Length, 10)
	}
	b = append(b, ' ')
	b = appendQuoted(b, orDash(a.Referer), style{})
	b = append(b, ' ')
	b = appendQuoted(b, orDash(a.UserAgent), style{})
	return append(b, '\n')
}

// appendOpening appends what Python and Combined begin with, up to the status. A space
// inside a part of the request line is escaped, so that the parts can be told apart.
func appendOpening(b []byte, a *salver.Access, second []byte) []byte {
	b = appendWord(b, remoteHost(a.RemoteAddr))
	b = append(b, " - - ["...)
	b = append(b, second...)
	b = append(b, `] "`...)
	b = appendWord(b, a.Method)
	b = append(b, ' ')
	b = appendWord(b, a.Target)
	b = append(b, ' ')
	b = appendWord(b, a.Proto)
	return append(b, `" `...)
}

func appendJSON(b []byte, a *salver.Access, second []byte) []byte {
	b = append(b, `{"time":"`...)
	b = append(b, second...)
	b = appendFraction(b, a.Time.Nanosecond())
	b = append(b, `Z"`...)
	b = appendMember(b, `,"remote":"`, remoteHost(a.RemoteAddr))
	b = appendMember(b, `,"host":"`, a.Host)
	b = appendMember(b, `,"method":"`, a.Method)
	b = appendMember(b, `,"target":"`, a.Target)
	b = appendMember(b, `,"proto":"`, a.Proto)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(a.Status), 10)
	b = append(b, `,"length":`...)
	b = strconv.AppendInt(b, a.Length, 10)
	b = append(b, `,"duration_ms":`...)
	b = appendMillis(b, int64(a.Duration), 3)
	b = appendMember(b, `,"referer":"`, a.Referer)
	b = appendMember(b, `,"user_agent":"`, a.UserAgent)
	if a.Cause != nil {
		b = appendMember(b, `,"cause":"`, a.Cause.Error())
	}
	return append(b, '}', '\n')
}

// appendMember appends a member of a JSON object, given all that stands before its value.
func appendMember(b []byte, before, value string) []byte {
	b = append(b, before...)
	b = appendEscaped(b, value, style{json: true})
	return append(b, '"')
}

// remoteHost returns the address without its port.
func remoteHost(addr string) string {
	if n := lenIPv4(addr); n < len(addr) && addr[n] == ':' && lenIPv4(addr[n+1:]) == len(addr)-n-1 {
		return addr[:n] // as nearly always
	}
	if host, _, err := net.SplitHostPort(addr); err == nil {
		return host
	}
	return addr
}

// lenIPv4 returns how many digits and dots s begins with.
func lenIPv4(s string) int {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' {
			return i
		}
	}
	return len(s)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
