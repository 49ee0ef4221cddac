package main

import (
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
)

// options are what is asked for, checked as far as that is possible without looking at the machine.
type options struct {
	config   salver.Config // without its hooks
	settings settings      // where it comes from
	sites    []site
	only     bool // the sites alone: other hosts are told 421
	binding  binding
	proxies  bool // reached by trusted proxies alone, with PROXY headers
	tls      tlsOptions
	http10   bool  // close after every answer
	netHTTP  bool  // leave all to net/http
	memory   int64 // for answers that are kept, in bytes; negative for none
	open     bool
	quiet    bool
	log      bool // write an access log
	format   accesslog.Format
	file     string   // of settings, that was found rather than named
	late     []string // settings that take a restart
	next     *options // what a restart would be asked for; nil at start
}

// parse turns settings and the arguments that are left into options.
func (f *flags) parse(args []string, sites []siteSettings) (options, []mistake) {
	m := &mistakesOf{settings: f.settings}
	root, port, asked, bad := parseArgs(args)
	if stray := f.strayValues(args); len(stray) > 0 {
		bad, root = stray, ""
	}
	m.all = append(m.all, bad...)
	named := root != ""
	if f.given("directory") && (!named || f.settings["directory"].from == typed) {
		if named {
			m.all = append(m.all, mistake{text: fmt.Sprintf("%s and --directory %s both say what to serve", printable(root), printable(f.directory))})
		}
		if f.directory == "" {
			m.wrong("directory", "is empty")
		}
		named, root = true, f.directory
	}
	if f.given("port") && !asked {
		var problem string
		if port, problem = parsePort(f.port); problem != "" {
			m.wrong("port", "%s", problem)
		}
		asked = true
	}
	if root == "" {
		root = "."
	}

	o := options{
		settings: f.settings,
		binding:  binding{host: f.bind, lan: f.lan, port: port, asked: asked},
		open:     f.open,
		quiet:    f.quiet,
	}
	if f.given("bind") {
		if f.lan {
			m.contradict("lan", "bind")
		}
		host, err := parseBind(f.bind)
		if err != nil {
			m.wrong("bind", "%v", err)
		}
		o.binding.host = host
	}
	f.parseSite(&o.config, m)
	o.config.Root = root
	o.config.AllowedHosts = allowedHosts(f.allowedHosts, f.lan || f.given("bind"))
	f.parseServer(&o, m)
	f.parseSpeed(&o, m)

	o.tls, bad = f.parseTLS(o.binding)
	m.all = append(m.all, bad...)

	if f.logFormat != "none" {
		format, err := accesslog.ParseFormat(f.logFormat)
		if err != nil {
			m.wrong("log-format", "%v, none", err)
		}
		o.format, o.log = format, !f.quiet
	}
	o.sites, bad = parseSites(sites, f.settings, o.config)
	m.all = append(m.all, bad...)
	o.only = len(o.sites) > 0 && !named
	for i, s := range o.sites {
		if o.only && !s.settings.given("directory") {
			o.sites[i].nowhere = true
			m.all = append(m.all, mistake{s.said + " has no directory", "name one there, or one for all of them"})
		}
	}
	return o, distinct(append(m.all, o.checkAuth(f.insecureAuth)...))
}

// parseServer parses what concerns connections.
func (f *flags) parseServer(o *options, m *mistakesOf) {
	switch f.protocol {
	case "HTTP/1.1":
	case "HTTP/1.0":
		o.http10 = true
	default:
		m.wrong("protocol", "%q is neither HTTP/1.1 nor HTTP/1.0", f.protocol)
	}
	o.config.TrustedProxies = parsePrefixes(f.trustedProxies, "trusted-proxy", m)
	if o.proxies = f.proxyProtocol; o.proxies && len(f.trustedProxies) == 0 {
		m.hinted("name the addresses of the proxy: --trusted-proxy 10.0.0.0/8", "proxy-protocol", 0, "needs %s", f.like("proxy-protocol", "trusted-proxy"))
	}
	switch f.engine {
	case "salver":
	case "nethttp":
		o.netHTTP = true
		for _, name := range []string{"memory", "revalidate"} {
			if f.given(name) {
				m.wrong(name, "is for %s salver", f.like(name, "engine"))
			}
		}
	default:
		m.wrong("engine", "%q is neither salver nor nethttp", f.engine)
	}
}

// parseSpeed parses what trades memory and freshness for speed.
func (f *flags) parseSpeed(o *options, m *mistakesOf) {
	var err error
	if o.memory, err = parseSize(f.memory); err != nil {
		m.hinted("a size is typed as 64MiB", "memory", 0, "%v", err)
	}
	c := &o.config
	c.NoCompress, c.CompressCache = f.noCompress, f.compressCache
	if o.memory < 0 && !o.netHTTP {
		c.NoCompress = true // nothing of it could be kept
	}
	switch {
	case f.given("compress-cache") && f.compressCache == "":
		m.wrong("compress-cache", "is empty")
	case f.compressCache != "" && c.NoCompress:
		m.wrong("compress-cache", "has nothing to keep: nothing is compressed")
		c.CompressCache = ""
	}
	if f.given("revalidate") {
		if c.Revalidate, err = time.ParseDuration(f.revalidate); err != nil || c.Revalidate < 0 {
			m.hinted("a duration is typed as 1s or 500ms", "revalidate", 0, "%q is not a duration", f.revalidate)
		}
	}
}

// isNone tells whether a size is none at all.
func isNone(size string) bool {
	n, err := parseSize(size)
	return err == nil && n < 0
}

// parseSize parses a number of bytes; none, which is 0, is negative for salver.Server.
func parseSize(s string) (int64, error) {
	n, err := humanize.ParseBytes(s)
	switch {
	case err != nil || n > math.MaxInt64:
		return 0, fmt.Errorf("%q is not a size", s)
	case n == 0:
		return -1, nil
	}
	return int64(n), nil
}

// parseBind checks the value of --bind. Brackets around an IPv6 address are
// taken off.
func parseBind(s string) (string, error) {
	if s == "" {
		return "", fmt.Errorf("is empty; --lan serves every interface")
	}
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		return s[1 : len(s)-1], nil
	}
	if host, port, err := net.SplitHostPort(s); err == nil {
		if host == "" {
			host = "ADDRESS"
		}
		return "", fmt.Errorf("%q has a port in it; type --bind %s and %s as the last argument", s, printable(host), printable(port))
	}
	return s, nil
}

// allowedHosts returns the names that may stand in the Host field, nil for all.
// Only this machine can reach the default binding, so only its own names make
// sense there; any other is DNS rebinding. These names stay allowed beside
// those that are given: nobody else can make a browser take them for his own.
func allowedHosts(given []string, reachable bool) []string {
	if reachable && len(given) == 0 {
		return nil
	}
	return append([]string{"localhost", "*.localhost"}, given...)
}

// splitNames splits each value of a flag at its commas. The result is not nil.
func splitNames(values []string) []string {
	names := []string{}
	for _, v := range values {
		for name := range strings.SplitSeq(v, ",") {
			if name = strings.TrimSpace(name); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// printable returns s, quoted if a terminal should not be shown it as it is.
func printable(s string) string {
	if s == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || r == '"' || !strconv.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
