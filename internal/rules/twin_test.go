package rules

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The twin reads and matches rules in the plainest way: line by line, trying each rule, going back wherever a
// capture could have been shorter. It takes from the real thing only which lines are in order.

// twinMatch matches s by what is left of a pattern. Captures are as long as they can be.
func twinMatch(pattern, s string, separator byte, d Dialect, c map[string]string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern == "/*" && separator == '/' && d == Netlify:
		if s == "" {
			c["splat"] = ""
			return true
		}
		c["splat"] = s[1:]
		return s[0] == '/'
	case pattern[0] == '*':
		for n := len(s); n >= 0; n-- {
			if twinMatch(pattern[1:], s[n:], separator, d, c) {
				c["splat"] = s[:n]
				return true
			}
		}
		return false
	case pattern[0] == ':' && twinName(pattern[1:]) != "":
		name := twinName(pattern[1:])
		for n := len(s); n > 0; n-- {
			if strings.IndexByte(s[:n], separator) < 0 && twinMatch(pattern[1+len(name):], s[n:], separator, d, c) {
				c[name] = s[:n]
				return true
			}
		}
		return false
	}
	literal, n := pattern[:1], 1
	if literal == "%" {
		literal, n = twinDecode(pattern[:3], false), 3
	}
	return strings.HasPrefix(s, literal) && twinMatch(pattern[n:], s[1:], separator, d, c)
}

func twinName(s string) string {
	n := 0
	for n < len(s) && strings.Contains("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", s[n:n+1]) || n > 0 && n < len(s) && strings.Contains("0123456789_", s[n:n+1]) {
		n++
	}
	return s[:n]
}

func twinDecode(s string, plus bool) string {
	var out []byte
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%':
			out = append(out, byte(strings.IndexByte("0123456789ABCDEF", s[i+1]&^(s[i+1]>>1&0x20))<<4|strings.IndexByte("0123456789ABCDEF", s[i+2]&^(s[i+2]>>1&0x20))))
			i += 2
		case s[i] == '+' && plus:
			out = append(out, ' ')
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

// twinEncode encodes all but letters, digits, -._~ and keep.
func twinEncode(s, keep string) (out string) {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	for _, c := range []byte(s) {
		if strings.IndexByte(unreserved+keep, c) >= 0 {
			out += string([]byte{c})
		} else {
			out += "%" + string("0123456789ABCDEF"[c/16]) + string("0123456789ABCDEF"[c%16])
		}
	}
	return out
}

func twinFill(s string, c map[string]string, keepText, keepCaptures string) (out string) {
	for i := 0; i < len(s); i++ {
		if s[i] == ':' {
			name := twinName(s[i+1:])
			if value, ok := c[name]; ok {
				if keepText == "" && len(out) > 0 && len(value) > 0 && out[len(out)-1] == '/' && value[0] == '/' {
					out, value = out+"%2F", value[1:]
				}
				out += twinEncode(value, keepCaptures)
				i += len(name)
				if keepText == "" && strings.HasSuffix(out, "/") && strings.HasPrefix(s[i+1:], "/") {
					out += "%2F"
					i++
				}
				continue
			}
		}
		if keepText == "" {
			out += s[i : i+1]
		} else {
			out += twinEncode(s[i:i+1], keepText)
		}
	}
	return out
}

// twinInSegments are captures that stay in one segment, but for a splat.
func twinInSegments(c map[string]string) map[string]string {
	all := make(map[string]string)
	for name, value := range c {
		if all[name] = value; name != "splat" {
			all[name] = strings.ReplaceAll(value, "/", "\x01")
		}
	}
	return all
}

// twinPattern matches t by a pattern, of _headers or not.
func twinPattern(pattern string, t *Target, d Dialect, headers bool) (map[string]string, bool) {
	c := make(map[string]string)
	if scheme, rest, absolute := strings.Cut(pattern, "://"); absolute {
		host, path, _ := strings.Cut(rest, "/")
		if (scheme == "https") != t.Secure && !(headers && d == Cloudflare) || !twinMatch(strings.ToLower(host), t.Host, '.', d, c) {
			return nil, false
		}
		pattern = "/" + path
	}
	path := t.Path
	for headers && strings.Contains(pattern, "**") {
		pattern = strings.Replace(pattern, "**", "*", 1)
	}
	if d == Netlify {
		if pattern != "/" {
			pattern = strings.TrimSuffix(pattern, "/")
		}
		if path != "/" && !strings.HasSuffix(pattern, "/*") {
			path = strings.TrimSuffix(path, "/")
		}
	}
	if strings.Count(pattern, "*") > 1 { // none of them is captured
		return c, twinMatch(pattern, path, '/', d, make(map[string]string))
	}
	return c, twinMatch(pattern, path, '/', d, c)
}

const (
	twinText   = "!$&'()*+,;=:@/?#[]%"
	twinInPath = "!$&'()*+,;=:@/"
	twinInside = "!$'()*,;:@/" // of a query
)

// twinFind is Find.
func twinFind(text string, wrong map[int]bool, d Dialect, t *Target, forced bool) (a Action, found, byCookie bool) {
	closed := 0
	for i, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		role := strings.HasSuffix(line, "200! Role=r")
		if len(words) == 0 || words[0][0] == '#' || wrong[i+1] {
			continue
		}
		if words[1][0] == '2' {
			words = slices.Insert(words, 1, strings.TrimSuffix(words[0], "*")+":splat")
			if _, rest, absolute := strings.Cut(words[1], "://"); absolute {
				words[1] = rest[strings.IndexByte(rest, '/'):]
			}
		}
		to := 1
		for words[to][0] != '/' && !strings.HasPrefix(words[to], "http") {
			to++
		}
		a = Action{Status: 301, Line: i + 1, Forced: d == Cloudflare}
		if d == Cloudflare {
			a.Status = 302
		}
		var cookies []string
		for _, w := range words[to+1:] {
			if names, ok := strings.CutPrefix(w, "Cookie="); ok {
				cookies = strings.Split(names, ",")
				continue
			}
			if w == "Role=r" {
				continue
			}
			a.Forced = a.Forced || w[len(w)-1] == '!'
			a.Status = int(w[0]-'0')*100 + int(w[1]-'0')*10 + int(w[2]-'0')
		}
		c, ok := twinPattern(words[0], t, d, false)
		if !ok || forced && !a.Forced {
			continue
		}
		left := strings.Split(t.Query, "&")
		for _, p := range words[1:to] {
			name, want, _ := strings.Cut(p, "=")
			at := slices.IndexFunc(left, func(pair string) bool {
				n, v, _ := strings.Cut(pair, "=")
				return pair != "" && twinDecode(n, true) == twinDecode(name, true) && (want[:min(1, len(want))] == ":" || twinDecode(v, true) == twinDecode(want, true))
			})
			if at < 0 {
				ok = false
				break
			}
			if want != "" && want[0] == ':' {
				_, v, _ := strings.Cut(left[at], "=")
				c[want[1:]] = twinDecode(v, true)
				if strings.Contains(c[want[1:]], "\x00") {
					ok = false
					break
				}
			}
			left = slices.Delete(left, at, at+1)
		}
		if !ok {
			continue
		}
		if cookies != nil {
			byCookie = true
			if !slices.ContainsFunc(strings.Split(t.Cookie, "; "), func(pair string) bool {
				name, _, _ := strings.Cut(pair, "=")
				return slices.Contains(cookies, name)
			}) {
				continue
			}
		}
		if role && closed == 0 {
			closed = i + 1
		}
		if role || closed > 0 && !a.Forced {
			continue
		}
		rest, fragment, hasFragment := strings.Cut(words[to], "#")
		rest, query, hasQuery := strings.Cut(rest, "?")
		origin := ""
		if rest[0] != '/' {
			at := strings.IndexByte(rest[8:]+"/", '/') + 8
			origin, rest = strings.ToLower(rest[:at]), "/"+strings.TrimPrefix(rest[at:], "/")
		}
		path := twinFill(rest, twinInSegments(c), twinText, twinInPath)
		if origin == "" {
			path = "/" + strings.TrimLeft(path, "/")
		}
		path = strings.ReplaceAll(strings.ReplaceAll(path, "%01", "%2F"), "%00", "%2F")
		if slices.ContainsFunc(strings.Split(path, "/"), func(seg string) bool { return slices.Contains([]string{".", ".."}, twinDecode(seg, false)) }) {
			continue
		}
		query = strings.ReplaceAll(twinFill(query, c, twinText, twinInside), "%00", "%2F")
		if !hasQuery {
			query = twinEncode(strings.Join(left, "&"), "!$&'()*+,;=:@/?[]%")
		}
		if a.Status/100 != 3 {
			a.Path, a.Query = path, query
			return a, true, byCookie
		}
		asked := map[bool]string{true: "https://", false: "http://"}[t.Secure] + t.Host
		if t.Port != "" {
			asked += ":" + t.Port
		}
		here := origin == "" || twinOrigin(origin) == twinOrigin(asked)
		if here && twinCollapse(twinDecode(strings.ReplaceAll(path, "%2F", "%00"), false)) == twinMount(origin, t)+t.Path && query == twinEncode(t.Query, "!$&'()*+,;=:@/?[]%") {
			continue
		}
		a.Location = origin + path
		if query != "" {
			a.Location += "?" + query
		}
		if hasFragment {
			a.Location += "#" + strings.ReplaceAll(twinFill(fragment, c, twinText, twinInside), "%00", "%2F")
		}
		return a, true, byCookie
	}
	if closed > 0 {
		return Action{Status: 404, Forced: true, Line: closed}, true, byCookie
	}
	return Action{}, false, byCookie
}

// twinOrigin is an origin with its port.
func twinOrigin(s string) string {
	if strings.Count(s, ":") == 1 {
		s += map[bool]string{true: ":443", false: ":80"}[strings.HasPrefix(s, "https:")]
	}
	return s
}

func twinCollapse(path string) (out string) {
	for _, c := range []byte(path) {
		if c != '/' || !strings.HasSuffix(out, "/") {
			out += string([]byte{c})
		}
	}
	return out
}

// twinMount is what an URL of this host has before the path of a target.
func twinMount(origin string, t *Target) string {
	if origin == "" {
		return ""
	}
	return strings.TrimSuffix(t.Mount, "/")
}

// twinFor is For, with the names that are taken away in order.
func twinFor(text string, wrong map[int]bool, d Dialect, t *Target) (set []Field, detached []string) {
	values := make(map[string][]string)
	away := make(map[string]bool)
	var c map[string]string
	matched := false
	for i, line := range strings.Split(text, "\n") {
		body := strings.TrimSpace(line)
		switch {
		case body == "" || body[0] == '#':
		case line[0] != ' ':
			matched = false
			if !wrong[i+1] {
				c, matched = twinPattern(body, t, d, true)
			}
		case !matched || wrong[i+1]:
		case body[0] == '!':
			name := strings.TrimSpace(body[1:])
			delete(values, name)
			away[name] = true
		default:
			name, value, _ := strings.Cut(body, ":")
			value = twinFill(strings.TrimSpace(value), c, "", "!$&()+:=@/")
			value = strings.Trim(strings.ReplaceAll(value, "%00", "%2F"), " \t")
			if name == "X-Frame-Options" {
				values[name] = nil
			}
			values[name] = append(values[name], value)
			delete(away, name)
		}
	}
	for name, list := range values {
		if name != "Set-Cookie" {
			list = []string{strings.Join(slices.DeleteFunc(list, func(v string) bool { return v == "" }), ", ")}
		}
		for _, v := range list {
			set = append(set, Field{name, v})
		}
	}
	slices.SortStableFunc(set, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	for name := range away {
		detached = append(detached, name)
	}
	slices.Sort(detached)
	return set, detached
}

// dice choose by bytes, so that a fuzzer can.
type dice struct{ left []byte }

func (x *dice) n(below int) int {
	if len(x.left) == 0 {
		return 0
	}
	b := x.left[0]
	x.left = x.left[1:]
	return int(b) % below
}

func (x *dice) of(s ...string) string { return s[x.n(len(s))] }

func (x *dice) pattern(d Dialect, headers bool) string {
	s := x.of("", "", "", "", "https://h.example", "http://:sub.example", "https://*.example", "http://H.example")
	for n := x.n(4); n > 0; n-- {
		s += "/" + x.of("a", "b", "ab", "%61", "%c3%a9", "%FF", ":x", ":y", ":x", "a.js", "%3Ax", "a:", "-")
		if d == Cloudflare && x.n(3) == 0 {
			s += x.of("b", ":z", "-:z", "-:z-:w", "*", "*b", "*.js", ".js")
		}
		if headers && x.n(4) == 0 {
			s += x.of("*", "**", "*b", "/*", "/*/b", "*.js")
		}
	}
	return s + x.of("", "/", "/*", "/*")
}

func (x *dice) redirects(d Dialect) string {
	s := ""
	for n := 1 + x.n(6); n > 0; n-- {
		from := x.pattern(d, false)
		s += from + " "
		if d == Netlify && strings.HasSuffix(from, "/*") && x.n(6) == 0 {
			s += x.of("200", "200!", "200! Role=r") + "\n"
			continue
		}
		if d == Netlify && x.n(3) == 0 {
			s += x.of("q=:q ", "q=1 ", "q= ", "r=:r q=:q ", "%71=a+b ")
		}
		s += x.of("/", "/t", "/t/:splat", "/:splat", "/:x", "/:x/:y?z=:x#:y", "https://o.example/:splat", "https://h.example/:x", "http://H.example/a/:splat",
			"https://h.example", "http://h.example:80/a", "https://h.example:8080/a/:splat", "/a/:splat", "/a", "/b?", "/:q", "/:q/:splat?q=:q", "/t/:q/a", "/é/:y", "https://h.example?x=:x", "/a/#:splat", "/:xy/:sub", "/a%20b", "/a//:splat", "http://h.example/t/a/:splat", "/a%2Fb", "/t%2F:x")
		s += x.of("", "", " 302", " 308", " 200", " 303", " 301!", " 404", " 200!", " 410!", " 200! Role=r")
		if strings.HasSuffix(s, "=r") {
			s += "\n"
			continue
		}
		s += x.of("", "", "", " Cookie=k", " Cookie=l,k") + "\n"
	}
	return s
}

func (x *dice) headers(d Dialect) string {
	s := ""
	for n := 1 + x.n(5); n > 0; n-- {
		s += x.pattern(d, true) + "\n"
		for m := x.n(4); m > 0; m-- {
			s += "  " + x.of("X-A: 1", "X-A: :x", "X-B: <:splat>; :y", "X-F: a :splat", "X-F: :splat", "X-F: :splat", "! X-A", "!X-B", "X-Frame-Options: :x", "Set-Cookie: a=:x", "Cache-Control: no-cache", "X-C: :sub.:z", "X-D: </:splat>, :splat/:splat", "X-E: /:splat/:x/:x/a", "# no", "Date: x") + "\n"
		}
	}
	return s
}

func (x *dice) target() Target {
	t := Target{Secure: x.n(2) == 1, Host: x.of("h.example", "a.example", "a.b.example", "o.example", ""), Path: ""}
	for n := x.n(5); n > 0; n-- {
		t.Path += "/" + x.of("a", "b", "ab", "é", "\xff", "a.js", "a-b", "a-b-c", ":x", "\r\n", `\`, "https:", "@evil", "-", "a:", "x,y;z\"", "aab", "\ufffd", "'none'", "*", "a\x00b", "..\x00", "\x00")
	}
	if x.n(3) == 0 || t.Path == "" {
		t.Path += "/"
	}
	t.Query = x.of("", "", "q=1", "q=%2F%2fevil&r=2", "q=..", "q=..%2fa", "q=%00", "r=1&q=a+b&q=1", "q=", "z=\"&q=1&&", "q")
	t.Mount = x.of("", "", "", "/t", "/t/")
	t.Port = x.of("", "", "80", "443", "8080")
	t.Cookie = x.of("", "k=1", "a=b; l=2", "kk=1; j=k")
	return t
}

// compareTwins compares all that a throw of dice gives.
func compareTwins(t *testing.T, data []byte) {
	x := &dice{data}
	d := Dialect(x.n(2))
	redirects, headers := x.redirects(d), x.headers(d)
	rs, problems := ParseRedirects([]byte(redirects), d)
	wrongRedirects := linesOf(problems)
	h, problems := ParseHeaders([]byte(headers), d)
	wrongHeaders := linesOf(problems)
	for range 6 {
		target := x.target()
		for _, forced := range []bool{false, true} {
			a, found, byCookie := rs.Find(&target, forced)
			b, found2, byCookie2 := twinFind(redirects, wrongRedirects, d, &target, forced)
			if a != b || found != found2 || byCookie != byCookie2 {
				t.Fatalf("%s, forced %v, %+v\n%s\ngot  %+v %v %v\nwant %+v %v %v", d, forced, target, redirects, a, found, byCookie, b, found2, byCookie2)
			}
		}
		set, detached := h.For(&target)
		slices.Sort(detached)
		set2, detached2 := twinFor(headers, wrongHeaders, d, &target)
		if !slices.Equal(set, set2) || !slices.Equal(detached, detached2) {
			t.Fatalf("%s, %+v\n%s\ngot  %q, without %q\nwant %q, without %q", d, target, headers, set, detached, set2, detached2)
		}
	}
}

func linesOf(problems []*Problem) map[int]bool {
	lines := make(map[int]bool)
	for _, p := range problems {
		if !strings.Contains(p.Text, "nobody is let in") { // such a rule is there
			lines[p.Line] = true
		}
	}
	return lines
}

func TestTwins(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	for range 20_000 {
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		compareTwins(t, data)
	}
}

// TestMatchTwin compares matching alone, of many captures in few letters.
func TestMatchTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 7))
	throw := func(n int, of ...string) (s string) {
		for range random.IntN(n) {
			s += of[random.IntN(len(of))]
		}
		return s
	}
	patterns, matches := 0, 0
	for patterns < 20_000 {
		text := "/" + throw(9, "a", "b", "-", "/", "/", ":x", ":y", ":z", "*")
		p, err := parsePattern(text, Cloudflare, false)
		if err != nil {
			continue
		}
		patterns++
		for range 20 {
			target := Target{Path: "/" + throw(12, "a", "b", "-", "/", "a", "b")}
			c, ok := p.match(&target, Cloudflare)
			want := make(map[string]string)
			if twinMatch(text, target.Path, '/', Cloudflare, want) != ok || ok && !maps.Equal(map[string]string(c), want) {
				t.Fatalf("%s, %s: %q, %v; want %q", text, target.Path, c, ok, want)
			}
			if ok {
				matches++
			}
		}
	}
	if matches < 5000 {
		t.Errorf("only %d matches", matches)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add([]byte("\x00\x03abcdefghijklmnopqrstuvwxyz0123456789"))
	f.Add([]byte("\x01\x05the quick brown fox jumps over the lazy dog, the quick brown fox jumps over the lazy dog"))
	f.Fuzz(compareTwins)
}
