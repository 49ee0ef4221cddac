package plan

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/salver-http/salver/internal/clientaddr"
	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// Admission says who is answered. It is not changed once in use.
type Admission struct {
	Allow   clientaddr.Prefixes // nil for all
	Trusted clientaddr.Prefixes // proxies that are believed
	Realms  []Realm
	// CleanURLs says that a page may be asked for without its extension, too.
	CleanURLs bool
}

// allowsSome reports whether who is answered depends on the address.
func (d *Admission) allowsSome() bool { return d != nil && d.Allow != nil }

// Realm is a part of a site that is for some users (RFC 9110 §11.5).
type Realm struct {
	segments []string // of its path; none for all
	check    func(user, password string) (bool, error)
}

// NewRealm makes a Realm of what is beneath a path, as [tree.ParsePath] gives it.
func NewRealm(name string, check func(user, password string) (bool, error)) Realm {
	return Realm{segmentsOf(name), check}
}

func segmentsOf(name string) []string {
	if name == "." {
		return nil
	}
	return strings.Split(name, "/")
}

// holds reports whether a name of the tree is in the realm. It is so in any case of its
// letters: to some file systems they are one.
func (d *Realm) holds(segments []string) bool {
	if len(segments) < len(d.segments) {
		return false
	}
	for i, s := range d.segments {
		if !strings.EqualFold(s, segments[i]) {
			return false
		}
	}
	return true
}

// realmOf returns the innermost realm that a name is in, nil for none. What can be had by other names is in the
// realms of those, too: a sidecar in that of its file, and a page in that of its clean URL.
func (d *Admission) realmOf(name string) *Realm {
	if d == nil || len(d.Realms) == 0 {
		return nil
	}
	in := d.innermost(nil, name)
	for _, c := range coding.All {
		if file, ok := cutFold(name, coding.Suffix(c)); ok {
			name = file
			in = d.innermost(in, name)
			break
		}
	}
	if page, ok := cutFold(name, htmlExt); ok && d.CleanURLs {
		in = d.innermost(in, page)
	}
	return in
}

// innermost returns the innermost realm that a name is in, if it is further in than in.
func (d *Admission) innermost(in *Realm, name string) *Realm {
	segments := segmentsOf(name)
	for i := range d.Realms {
		if r := &d.Realms[i]; r.holds(segments) && (in == nil || len(r.segments) > len(in.segments)) {
			in = r
		}
	}
	return in
}

// cutFold cuts off a suffix in whatever case.
func cutFold(name, suffix string) (string, bool) {
	at := len(name) - len(suffix)
	if at < 0 || !strings.EqualFold(name[at:], suffix) {
		return name, false
	}
	return name[:at], true
}

// realmAt is realmOf for the path of a target, also where no file can be, since rules can. What is no path is in none.
func (d *Admission) realmAt(path string) *Realm {
	if d == nil || len(d.Realms) == 0 {
		return nil
	}
	name, _, err := tree.NormalizePath(path)
	if err != nil {
		return nil
	}
	return d.realmOf(name)
}

// recognise finds out who sends r, and whether by TLS, where a trusted proxy tells.
func (s *Site) recognise(r *semantics.Request) {
	r.Client = r.Peer
	if len(s.Admission.Trusted) == 0 || !s.Admission.Trusted.Contains(r.Peer) {
		return
	}
	client, secure := clientaddr.Of(r.Peer, s.Admission.Trusted, r.Forwarded.Text, r.ForwardedFor.Text, r.ForwardedProto.Text)
	r.Client = client
	if secure != clientaddr.Unknown {
		r.Secure = secure == clientaddr.Secure
	}
}

// Refusal is the answer to who is not to be answered otherwise; nil for others. Only the password
// of the realm that the target is in is looked up for it.
func (s *Site) Refusal(r *semantics.Request, now time.Time) *Response {
	a := &asked{Request: r, now: now}
	p := s.refuse(a)
	if p != nil {
		s.finish(a, p)
	}
	return p
}

func (s *Site) refuse(a *asked) *Response {
	d := s.Admission
	if d == nil {
		return nil
	}
	s.recognise(a.Request)
	var p *Response
	switch {
	case d.Allow != nil && !d.Allow.Contains(a.Client):
		a.stranger = true
		p = s.fail(403, nil)
	case a.Malformed, s.Origins != nil && isPreflight(a.Request): // which comes without a password
	default:
		p = s.ask(a.Request, d.realmAt(a.Path))
	}
	if p != nil {
		p.Fleeting = true // it rests on who asks
	}
	return p
}

// ask answers who has not the password of a realm; nil for who has, and where there is none.
func (s *Site) ask(r *semantics.Request, in *Realm) *Response {
	if in == nil {
		return nil
	}
	if user, password, ok := credentials(r.Authorization); ok {
		switch ok, err := in.check(user, password); {
		case err != nil:
			p := s.fail(503, err)
			p.add("Retry-After", "1")
			return p
		case ok:
			return nil
		}
	}
	p := s.fail(401, nil)
	p.add("Www-Authenticate", `Basic realm="salver", charset="UTF-8"`) // RFC 7617 §2.1
	return p
}

// credentials are those of the Basic scheme (RFC 7617 §2).
func credentials(v semantics.Value) (user, password string, ok bool) {
	scheme, token, ok := strings.Cut(v.Text, " ")
	if !ok || !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	text, err := base64.StdEncoding.DecodeString(strings.Trim(token, " "))
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(text), ":")
}

// mayRead answers who may not read the file of that name although it may ask for the target, as
// where a rule leads from one to the other; nil for who may.
func (s *Site) mayRead(a *asked, name string) *Response {
	in := s.Admission.realmOf(name)
	if in == nil || in == s.Admission.realmAt(a.path) {
		return nil
	}
	a.fleeting, a.private = true, true // it rests on who asks
	return s.ask(a.Request, in)
}
