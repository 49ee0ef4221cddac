package conformance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// askHead makes sure that HEAD has the fields of GET (RFC 9110 §9.3.2).
func askHead(t *testing.T, ask exchange, r request, had answer) {
	follows(t, ask, r, had, "HEAD (RFC 9110 §9.3.2)", func(want answer) (request, answer) {
		head := r
		head.method, want.Content = "HEAD", ""
		return head, want
	})
}

// whole are the fields that only an answer with the content has. A 304 has those
// that a cache needs (RFC 9110 §15.4.5), and what the owner asked for.
var whole = []string{
	"Accept-Ranges", "Content-Encoding", "Content-Length", "Content-Type", "Last-Modified",
}

// isWhole reports whether a field is of whole, or one that listings have by themselves.
func isWhole(name, value string) bool {
	return slices.Contains(whole, name) || name == "Content-Security-Policy" && strings.HasPrefix(value, "default-src 'none'; ") ||
		name == "Referrer-Policy"
}

// askAgain makes sure that the entity tag of an answer is confirmed.
func askAgain(t *testing.T, ask exchange, r request, had answer, config []string) {
	if had.get("Etag") == "" {
		return
	}
	follows(t, ask, r, had, "If-None-Match (RFC 9110 §13.1.2)", func(had answer) (request, answer) {
		want := answer{Status: "304"}
		for _, f := range had.Fields {
			name, value, _ := strings.Cut(f, ": ")
			if isWhole(name, value) && (name == "Content-Type" || !slices.Contains(config, "field "+f)) {
				continue
			}
			want.Fields = append(want.Fields, f)
		}
		return r.with("If-None-Match", had.get("Etag")), want
	})
}

// askLast makes sure that the last byte can be had alone, where ranges are offered. In a
// coding that is the last of the coded content, for who names it.
func askLast(t *testing.T, ask exchange, r request, had answer) {
	if had.get("Accept-Ranges") != "bytes" || had.Content == "" {
		return
	}
	follows(t, ask, r, had, "Range (RFC 9110 §14.2)", func(had answer) (request, answer) {
		part := r.with("Range", "bytes=-1")
		if had.get("Content-Encoding") != "" {
			part = part.with("If-Range", had.get("Etag"))
		}
		return part, had.last()
	})
}

// askPlain makes sure that who asks for a part of content that was coded, and names no
// form of it, has it of the content itself, if that may be had.
func askPlain(t *testing.T, ask exchange, r request, had answer) {
	name := had.get("Content-Encoding")
	if name == "" || !formSyntax.MatchString(had.get("Etag")) || had.get("Accept-Ranges") != "bytes" || refusesIdentity(&r) {
		return
	}
	var err error
	if had.Content, err = decoded(name, had.Content); err != nil {
		return // what the case says of the content is compared already
	}
	var fields []string
	for _, f := range had.Fields {
		switch {
		case strings.HasPrefix(f, "Content-Encoding: "):
		case strings.HasPrefix(f, "Etag: "):
			fields = append(fields, "Etag: "+formSyntax.ReplaceAllString(had.get("Etag"), `$1"`))
		default:
			fields = append(fields, f)
		}
	}
	had.Fields = fields
	got, err := ask(r.with("Range", "bytes=-1"))
	if err != nil {
		t.Errorf("Range without If-Range: %v", err)
	} else if d := diff(had.last(), got); d != "" {
		t.Errorf("Range without If-Range (RFC 9110 §14.2): %s", d)
	}
}

// last is the answer with its last byte alone.
func (a answer) last() answer {
	n := len(a.Content)
	part := answer{Status: "206", Content: a.Content[n-1:]}
	for _, f := range a.Fields {
		if strings.HasPrefix(f, "Content-Length: ") {
			f = "Content-Length: 1"
		}
		part.Fields = append(part.Fields, f)
	}
	part.Fields = append(part.Fields, fmt.Sprintf("Content-Range: bytes %d-%d/%d", n-1, n-1, n))
	slices.Sort(part.Fields)
	return part
}

// refusesIdentity reports whether an Accept-Encoding speaks against content as it is.
func refusesIdentity(r *request) bool {
	for _, v := range r.get("Accept-Encoding") {
		if strings.Contains(v, "identity;q=0") || strings.Contains(v, "*;q=0") {
			return true
		}
	}
	return false
}

// follows makes sure of an answer that follows from the one to r, which was had. Content
// that was compressed in haste gives way to shorter, in which case it is to follow from
// that.
func follows(t *testing.T, ask exchange, r request, had answer, what string, next func(had answer) (request, answer)) {
	for {
		s, want := next(had)
		got, err := ask(s)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		d := diff(want, got)
		if d == "" {
			return
		}
		now, err := ask(r)
		if err != nil || !gaveWay(had, now) {
			t.Errorf("%s: %s", what, d)
			return
		}
		had = now
	}
}

// gaveWay reports whether an answer is a shorter form of the content of the one before.
func gaveWay(before, now answer) bool {
	n, err := strconv.Atoi(before.get("Content-Length"))
	m, merr := strconv.Atoi(now.get("Content-Length"))
	if err != nil || merr != nil || m >= n || before.Status != now.Status {
		return false
	}
	if before.isCodedError() {
		was, err := before.uncoded()
		is, ierr := now.uncoded()
		return err == nil && ierr == nil && before.get("Content-Encoding") == now.get("Content-Encoding") && diff(was, is) == ""
	}
	a, b := formSyntax.FindStringSubmatch(before.get("Etag")), formSyntax.FindStringSubmatch(now.get("Etag"))
	return a != nil && b != nil && a[1] == b[1] && a[0] != b[0]
}

// overtaken reports whether the form that was answered with may have given way to another.
// Of a part it is not seen: whoever asks compares with the whole.
func overtaken(before, now answer) bool {
	return gaveWay(before, now) || before.Status == "206" && before.get("Content-Encoding") != ""
}
