package main

import (
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
)

// options are what the command line asks for, checked as far as that is
// possible without looking at the machine.
type options struct {
	config  salver.Config // without its hooks
	binding binding
	tls     tlsOptions
	http10  bool  // close after every answer
	netHTTP bool  // leave all to net/http
	memory  int64 // for answers that are kept, in bytes; negative for none
	open    bool
	quiet   bool
	log     bool // write an access log
	format  accesslog.Format
}

// parse turns the flags and the arguments that are left into options. given
// tells whether a flag was.
func (f *flags) parse(args []string, given func(string) bool) (options, []mistake) {
	var mistakes []mistake
	wrong := func(format string, a ...any) {
		mistakes = append(mistakes, mistake{text: fmt.Sprintf(format, a...)})
	}

	root, port, asked, badArgs := parseArgs(args)
	mistakes = append(mistakes, badArgs...)
	if given("directory") {
		if root != "" {
			wrong("%s and --directory %s both say what to serve", printable(root), printable(f.directory))
		}
		if f.directory == "" {
			wrong("--directory is empty")
		}
		root = f.directory
	}
	if root == "" {
		root = "."
	}

	o := options{
		config: salver.Config{
			Root:             root,
			NoListing:        f.noListing,
			Hidden:           f.hidden,
			ServeSecrets:     f.serveSecrets,
			FollowSymlinks:   f.followSymlinks,
			NoSidecars:       f.noSidecars,
			NoCompress:       f.noCompress,
			CompressCache:    f.compressCache,
			DefaultMediaType: f.contentType,
		},
		binding: binding{host: f.bind, lan: f.lan, port: port, asked: asked},
		open:    f.open,
		quiet:   f.quiet,
	}

	if given("bind") {
		if f.lan {
			wrong("--lan and --bind contradict each other")
		}
		host, err := parseBind(f.bind)
		if err != nil {
			wrong("--bind %v", err)
		}
		o.binding.host = host
	}
	o.config.AllowedHosts = allowedHosts(f.allowedHosts, f.lan || given("bind"))

	if given("index") {
		o.config.Index = splitNames(f.index)
	}
	header, bad := parseHeader(f.header)
	o.config.Header = header
	mistakes = append(mistakes, bad...)
	o.config.MediaTypes, bad = parseMediaTypes(f.mediaTypes)
	mistakes = append(mistakes, bad...)
	if given("content-type") && f.contentType == "" {
		wrong("--content-type is empty")
	}

	switch f.protocol {
	case "HTTP/1.1":
	case "HTTP/1.0":
		o.http10 = true
	default:
		wrong("--protocol %q is neither HTTP/1.1 nor HTTP/1.0", f.protocol)
	}

	switch f.engine {
	case "salver":
	case "nethttp":
		o.netHTTP = true
		for _, name := range []string{"memory", "revalidate"} {
			if given(name) {
				wrong("--%s is for --engine salver", name)
			}
		}
	default:
		wrong("--engine %q is neither salver nor nethttp", f.engine)
	}
	var err error
	if o.memory, err = parseSize(f.memory); err != nil {
		mistakes = append(mistakes, mistake{text: "--memory " + err.Error(), hint: "a size is typed as 64MiB"})
	}
	if o.memory < 0 && !o.netHTTP {
		o.config.NoCompress = true // nothing of it could be kept
	}
	switch {
	case given("compress-cache") && f.compressCache == "":
		wrong("--compress-cache is empty")
	case f.compressCache != "" && o.config.NoCompress:
		wrong("--compress-cache has nothing to keep: nothing is compressed")
		o.config.CompressCache = ""
	}
	if given("revalidate") {
		if o.config.Revalidate, err = time.ParseDuration(f.revalidate); err != nil || o.config.Revalidate < 0 {
			mistakes = append(mistakes, mistake{text: fmt.Sprintf("--revalidate %q is not a duration", f.revalidate), hint: "a duration is typed as 1s or 500ms"})
		}
	}

	o.tls, bad = f.parseTLS(o.binding, given)
	mistakes = append(mistakes, bad...)

	if f.logFormat != "none" {
		format, err := accesslog.ParseFormat(f.logFormat)
		if err != nil {
			wrong("--log-format %v, none", err)
		}
		o.format, o.log = format, !f.quiet
	}
	return o, mistakes
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

// parseHeader parses the values of --header, as Python does.
func parseHeader(values []string) (http.Header, []mistake) {
	var mistakes []mistake
	h := http.Header{}
	for _, v := range values {
		name, value, ok := strings.Cut(v, ":")
		name = strings.TrimSpace(name)
		switch {
		case !ok:
			mistakes = append(mistakes, mistake{text: fmt.Sprintf("--header %q has no colon", v), hint: "a header is typed as -H 'Name: value'"})
		case name == "":
			mistakes = append(mistakes, mistake{text: fmt.Sprintf("--header %q has no name", v), hint: "a header is typed as -H 'Name: value'"})
		default:
			h.Add(name, strings.TrimSpace(value))
		}
	}
	return h, mistakes
}

// parseMediaTypes parses the values of --media-type; salver.New checks the types.
func parseMediaTypes(values []string) (map[string]string, []mistake) {
	var mistakes []mistake
	types := map[string]string{}
	for _, v := range values {
		ext, mediaType, ok := strings.Cut(v, "=")
		ext, mediaType = strings.TrimSpace(ext), strings.TrimSpace(mediaType)
		if !ok || len(ext) < 2 || ext[0] != '.' || mediaType == "" {
			mistakes = append(mistakes, mistake{text: fmt.Sprintf("--media-type %q is not of the form .ext=type/subtype", v)})
			continue
		}
		types[ext] = mediaType
	}
	return types, mistakes
}

// printable returns s, quoted if a terminal should not be shown it as it is.
func printable(s string) string {
	if s == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || r == '"' || !strconv.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
