package main

import (
	"fmt"
	"slices"
	"strings"
)

// kind is what is measured of a server, and in which unit.
type kind int

const (
	perRequest    kind = iota // CPU time for a request, under load
	perGiB                    // CPU time for a file of 1 GiB, one download after the other
	perConnection             // memory for a connection at rest
	toAccept                  // time from the start to the first connection
)

func (k kind) unit() string {
	return [...]string{"µs of CPU per request", "ms of CPU per GiB", "KiB per idle connection", "ms to the first accept"}[k]
}

// scenario is one line of the table.
type scenario struct {
	name   string   // as -only takes it
	groups []string // names of several, as -only takes them, too
	title  string
	kind   kind
	proto  protocol
	load   request
	want   expectation
	peers  []string // who takes part
	// flags are what salver is started with beside its usual ones.
	flags []string
	// logs is for salver with its access log on.
	logs bool
	// codings is how all of them are set up to answer in a content coding.
	codings codings
	// base names the scenario that this one varies, label how it does.
	base, label string
}

// codings is where a server takes coded content from.
type codings int

const (
	noCodings codings = iota
	onTheFly          // it compresses
	sidecars          // a file beside, made before
)

// request is what a load asks for, again and again.
type request struct {
	targets []string
	fields  []string // as "Name: value"
	close   bool     // a new connection each time
}

// expectation is the answer that a server has to give before it is timed.
type expectation struct {
	status int
	file   string // whose content it is
	first  int    // of a range of that file
	length int    // how much of it; 0 is all
	names  bool   // it lists the directory of listed files
	coding string // the content coding of the answer, "" for none
}

// connections is how many a load keeps busy.
const connections = 64

var (
	everyone  = []string{"nginx", "h2o", "lighttpd", "caddy", "net/http", "salver"}
	withFloor = append(slices.Clone(everyone), "floor")
	salverly  = []string{"nginx", "salver"}
	// net/http has no codings, lighttpd no sidecars.
	compressing = []string{"nginx", "h2o", "lighttpd", "caddy", "salver"}
	sidecarring = []string{"nginx", "h2o", "caddy", "salver", "floor"}
	handlers    = []string{"http.FileServer", "salver.Handler"}
)

// browserFields are what Chromium sends with a navigation, but for Accept-Encoding:
// all servers are to send the same bytes.
var browserFields = []string{
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
	"Accept-Language: en-US,en;q=0.9",
	"Cache-Control: max-age=0",
	"Cookie: theme=dark; session=0123456789abcdef",
	"Sec-Fetch-Dest: document",
	"Sec-Fetch-Mode: navigate",
	"Sec-Fetch-Site: none",
	"Sec-Fetch-User: ?1",
	"Upgrade-Insecure-Requests: 1",
}

// scenarios is the table, in its order.
func scenarios() []scenario {
	file := func(name string) (request, expectation) {
		return request{targets: []string{"/" + name}}, expectation{status: 200, file: name}
	}
	of := func(name, title, content string, peers []string) scenario {
		s := scenario{name: name, title: title, peers: peers}
		s.load, s.want = file(content)
		return s
	}
	vary := func(s scenario, suffix, how, label string, flags ...string) scenario {
		s.base, s.name, s.label = s.name, s.name+"-"+suffix, label
		s.title += ", salver " + how
		s.peers, s.flags = salverly, flags
		return s
	}

	small := of("1k", "1 KiB", "1k.html", withFloor)
	logged := vary(small, "log", "with its access log", "access log", "--log-format", "combined")
	logged.logs = true
	browser := of("browser", "1 KiB, a browser's fields", "1k.html", withFloor)
	browser.load.fields = browserFields
	notModified := scenario{
		name: "304", title: "304 for 10 KiB", peers: withFloor,
		load: request{targets: []string{"/10k.html"}, fields: []string{"If-Modified-Since: " + modifiedField}},
		want: expectation{status: 304},
	}
	part := of("range", "a range of 1,000 bytes", "100k.js", everyone)
	part.load.fields = []string{"Range: bytes=1000-1999"}
	part.want.status, part.want.first, part.want.length = 206, 1000, 1000
	coded := func(name, title, file string, how codings, peers []string) scenario {
		s := of(name, title, file, peers)
		s.codings, s.want.coding = how, "gzip"
		s.load.fields = []string{"Accept-Encoding: gzip"}
		return s
	}
	reconnect := of("connect", "1 KiB, a new connection each time", "1k.html", everyone)
	reconnect.load.close = true
	listing := scenario{
		name: "listing", title: "listing of 200 files", peers: everyone,
		load: request{targets: []string{"/list/"}}, want: expectation{status: 200, names: true},
	}
	big := of("1g", "1 GiB", "1g.bin", everyone)
	big.kind = perGiB
	idle := of("idle", "idle connection", "1k.html", everyone)
	idle.kind = perConnection
	start := of("start", "start to first accept", "1k.html", everyone)
	start.kind = toAccept

	table := []scenario{
		small,
		vary(small, "revalidate", "--revalidate 1s", "--revalidate 1s", "--revalidate", "1s"),
		logged,
		of("10k", "10 KiB", "10k.html", withFloor),
		of("100k", "100 KiB", "100k.js", withFloor),
		browser,
		{
			name: "many", title: fmt.Sprintf("%s files at random", thousands(manyFiles)), peers: everyone,
			load: request{targets: randomTargets()}, want: expectation{status: 200, file: randomTargets()[0][1:]},
		},
		coded("gzip", "100 KiB script, gzip", codedName, onTheFly, compressing),
		coded("sidecar", "100 KiB script, gzip made before", sidecarName, sidecars, sidecarring),
		notModified,
		part,
		{
			name: "404", title: "404", peers: everyone,
			load: request{targets: []string{"/no-such-file.html"}}, want: expectation{status: 404},
		},
		reconnect,
		listing,
		vary(listing, "revalidate", "--revalidate 1s", "--revalidate 1s", "--revalidate", "1s"),
		big,
		idle,
		start,
	}
	table = append(table, tlsScenarios(of)...)
	for _, h := range []struct{ name, title, content string }{
		{"1k", "1 KiB", "1k.html"},
		{"10k", "10 KiB", "10k.html"},
		{"100k", "100 KiB", "100k.js"},
		{"4m", "4 MiB", "4m.bin"},
	} {
		s := of("handler-"+h.name, h.title+" under net/http", h.content, handlers)
		s.groups = []string{"handler"}
		table = append(table, s)
	}
	return table
}

// reference is the server that ratios are against.
func (s *scenario) reference() string {
	switch {
	case slices.Contains(s.groups, "handler"):
		return "http.FileServer"
	case slices.Contains(s.groups, "h2"):
		return "h2o"
	}
	return "nginx"
}

// choose returns those of all that names, separated by commas, name one by one or
// by group; all of them for no name.
func choose(all []scenario, names string) ([]scenario, error) {
	if names == "" {
		return all, nil
	}
	wanted := strings.Split(names, ",")
	for _, w := range wanted {
		if !slices.ContainsFunc(all, func(s scenario) bool { return s.called(w) }) {
			return nil, fmt.Errorf("no scenario is called %q: they are %s", w, strings.Join(scenarioNames(all), ", "))
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(s scenario) bool {
		return !slices.ContainsFunc(wanted, s.called)
	}), nil
}

func (s scenario) called(name string) bool {
	return name == s.name || slices.Contains(s.groups, name)
}

func scenarioNames(all []scenario) []string {
	var names []string
	for _, s := range all {
		for _, g := range s.groups {
			if !slices.Contains(names, g) {
				names = append(names, g)
			}
		}
		names = append(names, s.name)
	}
	return names
}

// chooseServers checks names, separated by commas, against all who take part in
// some scenario, and returns nil for no name: everyone.
func chooseServers(all []scenario, names string) ([]string, error) {
	if names == "" {
		return nil, nil
	}
	var known []string
	for _, s := range all {
		for _, p := range s.peers {
			if !slices.Contains(known, p) {
				known = append(known, p)
			}
		}
	}
	wanted := strings.Split(names, ",")
	for _, w := range wanted {
		if !slices.Contains(known, w) {
			return nil, fmt.Errorf("no server is called %q: they are %s", w, strings.Join(known, ", "))
		}
	}
	return wanted, nil
}

// count writes n and the noun that it counts.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return thousands(n) + " " + noun
}

// thousands writes n with a comma between groups of three digits.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
