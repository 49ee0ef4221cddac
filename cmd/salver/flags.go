package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// flags are the values of the flags, and where they come from.
type flags struct {
	settings

	bind           string
	lan            bool
	open           bool
	allowedHosts   []string
	trustedProxies []string
	proxyProtocol  bool

	auth         []string
	insecureAuth bool
	allow        []string

	sites          []string
	directory      string
	index          []string
	noListing      bool
	hidden         bool
	serveSecrets   bool
	followSymlinks bool
	noSidecars     bool
	spa            []string
	cleanURLs      bool
	noRules        bool
	dialect        string

	header        []string
	contentType   string
	mediaTypes    []string
	cache         []string
	immutable     []string
	cors          []string
	isolate       bool
	secureHeaders bool
	protocol      string

	engine        string
	memory        string
	noCompress    bool
	compressCache string
	revalidate    string

	tls             bool
	tlsCert         string
	tlsKey          string
	tlsPasswordFile string
	tlsRedirect     string

	logFormat string
	quiet     bool
	config    string

	port string // the last argument; it has a name in the environment and in a file only
}

// flagGroup is a heading of the help and the flags beneath it.
type flagGroup struct {
	title string
	set   *pflag.FlagSet
}

// groups returns the flags, which set f when they are parsed.
func (f *flags) groups() []flagGroup {
	var all []flagGroup
	group := func(title string) *pflag.FlagSet {
		s := pflag.NewFlagSet(title, pflag.ContinueOnError)
		s.SortFlags = false
		all = append(all, flagGroup{title, s})
		return s
	}

	s := group("Who can reach it")
	s.BoolVar(&f.lan, "lan", false, "serve your network: listen on every interface and print the addresses")
	s.StringVarP(&f.bind, "bind", "b", "", "listen on this `ADDRESS` only (default: this machine, 127.0.0.1 and ::1)")
	s.StringArrayVar(&f.allowedHosts, "allowed-host", nil, "answer requests for this host `NAME`; *.NAME for all beneath it (repeatable)")
	s.BoolVar(&f.open, "open", false, "open it in a browser")
	s.StringArrayVar(&f.trustedProxies, "trusted-proxy", nil, "believe what proxies at this `CIDR` say of their client in Forwarded or X-Forwarded-For (repeatable)")
	s.BoolVar(&f.proxyProtocol, "proxy-protocol", false, "be reached by those proxies alone, with a PROXY header before each connection")

	s = group("Who may read")
	s.StringArrayVar(&f.auth, "auth", nil, "ask for a user and a password of those in a file, as `[PREFIX=]FILE`; a PREFIX begins with a slash (repeatable)")
	s.BoolVar(&f.insecureAuth, "insecure-auth", false, "let passwords cross the network in plain HTTP")
	s.StringArrayVar(&f.allow, "allow", nil, "answer clients at this `CIDR` or address only (repeatable)")

	s = group("What is served")
	s.StringVarP(&f.directory, "directory", "d", "", "serve this `DIR` or file, instead of the first argument")
	s.StringArrayVar(&f.index, "index", nil, "`NAMES` that stand for their directory, separated by commas (repeatable; default index.html,index.htm; empty for none)")
	s.BoolVar(&f.noListing, "no-listing", false, "do not list directories without an index")
	s.BoolVar(&f.hidden, "hidden", false, "serve names that begin with a dot, except secrets")
	s.BoolVar(&f.serveSecrets, "serve-secrets", false, "serve .git, .env, .htpasswd and private keys too")
	s.BoolVar(&f.followSymlinks, "follow-symlinks", false, "follow symlinks that lead out of the directory")
	s.BoolVar(&f.noSidecars, "no-sidecars", false, "do not send name.zst, name.br or name.gz in place of the name to those who accept that")

	s.Var(optional{&f.spa}, "spa", "a single-page application: answer navigation to what is not there with this `FILE` (default index.html)")
	s.BoolVar(&f.cleanURLs, "clean-urls", false, "find about.html at /about, and redirect from /about.html to there")
	s.BoolVar(&f.noRules, "no-rules", false, "serve _headers, _redirects and 404.html as files like any other")
	s.StringVar(&f.dialect, "dialect", "netlify", "read _headers and _redirects as this `HOST` does: netlify or cloudflare")
	s.StringArrayVar(&f.sites, "site", nil, "serve another directory to those who ask for a host, as `HOST=DIR`; *.NAME for all beneath it (repeatable)")

	s = group("How it is answered")
	s.StringArrayVarP(&f.header, "header", "H", nil, "send this `'NAME: VALUE'` with all content (repeatable)")
	s.StringVar(&f.contentType, "content-type", "", "the media `TYPE` of files whose type is not known (default application/octet-stream)")
	s.StringArrayVar(&f.mediaTypes, "media-type", nil, "the media type of an extension, as `.EXT=TYPE` (repeatable)")
	s.StringArrayVar(&f.cache, "cache", nil, "the Cache-Control of files that match, as `GLOB=VALUE`; the last that matches counts (repeatable)")
	s.StringArrayVar(&f.immutable, "immutable", nil, "files that match this `GLOB` never change under their name: caches keep them for a year (repeatable)")
	s.Var(optional{&f.cors}, "cors", "let pages of these `ORIGINS` read it, separated by commas (repeatable; default *, which is any)")
	s.BoolVar(&f.isolate, "isolate", false, "isolate pages from other origins (COOP, COEP, CORP), as SharedArrayBuffer needs")
	s.BoolVar(&f.secureHeaders, "secure-headers", false, "send Referrer-Policy, X-Frame-Options and Permissions-Policy; over TLS Strict-Transport-Security, too")
	s.StringVarP(&f.protocol, "protocol", "p", "HTTP/1.1", "the `VERSION` to speak: HTTP/1.1, or HTTP/1.0 to close after every answer")

	s = group("How fast")
	s.BoolVar(&f.noCompress, "no-compress", false, "do not compress text for those who accept that")
	s.StringVar(&f.compressCache, "compress-cache", "", "keep what was compressed well in this `DIR`, too, for the next start")
	s.StringVar(&f.memory, "memory", "64MiB", "keep answers ready to send, up to this `SIZE`, a quarter of it for compressed content; 0 keeps none and compresses nothing")
	s.StringVar(&f.revalidate, "revalidate", "", "answer for this `DURATION` without another look at a file: faster, and up to so much behind (default: look every time)")
	s.StringVar(&f.engine, "engine", "salver", "the `ENGINE`: salver, or nethttp for Go's own, which has HTTP/2 over TLS alone")

	s = group("TLS")
	s.BoolVar(&f.tls, "tls", false, "speak HTTPS; without --tls-cert with a certificate of this machine's own CA, for local names and addresses")
	s.StringVar(&f.tlsCert, "tls-cert", "", "speak HTTPS with the certificate chain in this `FILE`")
	s.StringVar(&f.tlsKey, "tls-key", "", "`FILE` with its private key (default: the certificate's file)")
	s.StringVar(&f.tlsPasswordFile, "tls-password-file", "", "`FILE` with the password of the private key")
	s.StringVar(&f.tlsRedirect, "tls-redirect", "", "answer plain HTTP at this `PORT`, with the address of HTTPS")

	s = group("What it says")
	s.StringVar(&f.logFormat, "log-format", "python", "`FORMAT` of the access log: python, combined, json or none")
	s.BoolVarP(&f.quiet, "quiet", "q", false, "no start-up lines and no access log; errors stay")
	s.StringVar(&f.config, "config", "", "read settings from this `FILE` (default ./salver.toml where there is one; empty for none)")
	s.BoolP("help", "h", false, "print this help")
	s.Bool("version", false, "print the version")
	return all
}

// flagSet returns all flags in one set.
func (f *flags) flagSet() *pflag.FlagSet {
	s := pflag.NewFlagSet("salver", pflag.ContinueOnError)
	s.SortFlags = false
	for _, g := range f.groups() {
		s.AddFlagSet(g.set)
	}
	s.VisitAll(func(f *pflag.Flag) {
		if isOptional(f) {
			f.NoOptDefVal = "true"
		}
	})
	return s
}

// optional is the value of a flag that may go without one; "true" then. Its type makes
// the flag parser ask for none.
type optional struct{ values *[]string }

func (o optional) String() string             { return "" }
func (o optional) Type() string               { return "bool" }
func (o optional) GetSlice() []string         { return *o.values }
func (o optional) Append(s string) error      { return o.Set(s) }
func (o optional) Replace(all []string) error { *o.values = all; return nil }
func (o optional) Set(s string) error         { *o.values = append(*o.values, s); return nil }

// isOptional tells whether the flag may go without its value.
func isOptional(f *pflag.Flag) bool {
	_, ok := f.Value.(optional)
	return ok
}

// scan parses args and goes on after a mistake, so that all are found. rest is what is no flag;
// after a mistake it is nil, since it may be values of unknown flags.
func scan(args []string) (typed settings, rest []string, mistakes []mistake) {
	args = slices.Clone(args)
	for {
		s := new(flags).flagSet()
		err := s.Parse(args)
		if err == nil && mistakes == nil {
			return typedSettings(s), s.Args(), nil
		}
		if err == nil {
			return typedSettings(s), nil, mistakes
		}
		mistakes = append(mistakes, flagMistake(err, s))
		i := offender(args, err)
		if i < 0 {
			return typedSettings(s), nil, mistakes
		}
		args = slices.Delete(args, i, i+1)
	}
}

// offender returns the index of the argument that err is about, -1 if unknown.
func offender(args []string, err error) int {
	var match func(string) bool
	switch e := err.(type) {
	case *pflag.ValueRequiredError: // or the next argument would be the value
		return len(args) - 1
	case *pflag.NotExistError:
		match = func(a string) bool {
			name, _, _ := strings.Cut(a, "=")
			return name == "--"+e.GetSpecifiedName()
		}
		if short := e.GetSpecifiedShortnames(); short != "" {
			match = func(a string) bool {
				return strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.HasSuffix(a, short)
			}
		}
	case *pflag.InvalidValueError:
		match = func(a string) bool {
			return strings.HasPrefix(a, "-") && strings.HasSuffix(a, "="+e.GetValue())
		}
	case *pflag.InvalidSyntaxError:
		match = func(a string) bool { return a == e.GetSpecifiedFlag() }
	default:
		return -1
	}
	return slices.IndexFunc(args, match)
}

// flagMistake puts an error of the flag parser in our words.
func flagMistake(err error, s *pflag.FlagSet) mistake {
	switch e := err.(type) {
	case *pflag.NotExistError:
		if short := e.GetSpecifiedShortnames(); short != "" {
			return mistake{text: "unknown flag " + printable("-"+e.GetSpecifiedName())}
		}
		m := mistake{text: "unknown flag " + printable("--"+e.GetSpecifiedName())}
		if name := e.GetSpecifiedName(); name == "port" {
			m.hint = "the port is the last argument: salver [DIR|FILE] 8080"
		} else if near := nearest(name, s); near != "" {
			m.hint = "did you mean --" + near + "?"
		}
		return m
	case *pflag.ValueRequiredError:
		return mistake{text: "--" + e.GetFlag().Name + " needs a value"}
	case *pflag.InvalidValueError:
		return mistake{text: fmt.Sprintf("--%s is on or off: %q is neither true nor false", e.GetFlag().Name, e.GetValue())}
	case *pflag.InvalidSyntaxError:
		return mistake{text: printable(e.GetSpecifiedFlag()) + " is not a flag"}
	}
	return mistake{text: err.Error()}
}
