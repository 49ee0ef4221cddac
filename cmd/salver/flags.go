package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// flags are the values of the flags as they were typed.
type flags struct {
	bind         string
	lan          bool
	open         bool
	allowedHosts []string

	directory      string
	index          []string
	noListing      bool
	hidden         bool
	serveSecrets   bool
	followSymlinks bool
	noSidecars     bool

	header      []string
	contentType string
	mediaTypes  []string
	protocol    string

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

	s = group("What is served")
	s.StringVarP(&f.directory, "directory", "d", "", "serve this `DIR` or file, instead of the first argument")
	s.StringArrayVar(&f.index, "index", nil, "`NAMES` that stand for their directory, separated by commas (repeatable; default index.html,index.htm; empty for none)")
	s.BoolVar(&f.noListing, "no-listing", false, "do not list directories without an index")
	s.BoolVar(&f.hidden, "hidden", false, "serve names that begin with a dot, except secrets")
	s.BoolVar(&f.serveSecrets, "serve-secrets", false, "serve .git, .env, .htpasswd and private keys too")
	s.BoolVar(&f.followSymlinks, "follow-symlinks", false, "follow symlinks that lead out of the directory")
	s.BoolVar(&f.noSidecars, "no-sidecars", false, "do not send name.zst, name.br or name.gz in place of the name to those who accept that")

	s = group("How it is answered")
	s.StringArrayVarP(&f.header, "header", "H", nil, "send this `'NAME: VALUE'` with all content (repeatable)")
	s.StringVar(&f.contentType, "content-type", "", "the media `TYPE` of files whose type is not known (default application/octet-stream)")
	s.StringArrayVar(&f.mediaTypes, "media-type", nil, "the media type of an extension, as `.EXT=TYPE` (repeatable)")
	s.StringVarP(&f.protocol, "protocol", "p", "HTTP/1.1", "the `VERSION` to speak: HTTP/1.1, or HTTP/1.0 to close after every answer")

	s = group("How fast")
	s.BoolVar(&f.noCompress, "no-compress", false, "do not compress text for those who accept that")
	s.StringVar(&f.compressCache, "compress-cache", "", "keep what was compressed well in this `DIR`, too, for the next start")
	s.StringVar(&f.memory, "memory", "64MiB", "keep answers ready to send, up to this `SIZE`, a quarter of it for compressed content; 0 keeps none and compresses nothing")
	s.StringVar(&f.revalidate, "revalidate", "", "answer for this `DURATION` without another look at a file: faster, and up to so much behind (default: look every time)")
	s.StringVar(&f.engine, "engine", "salver", "the `ENGINE` for HTTP/1.1: salver, or nethttp for Go's own")

	s = group("TLS")
	s.BoolVar(&f.tls, "tls", false, "speak HTTPS; without --tls-cert with a certificate of this machine's own CA, for local names and addresses")
	s.StringVar(&f.tlsCert, "tls-cert", "", "speak HTTPS with the certificate chain in this `FILE`")
	s.StringVar(&f.tlsKey, "tls-key", "", "`FILE` with its private key (default: the certificate's file)")
	s.StringVar(&f.tlsPasswordFile, "tls-password-file", "", "`FILE` with the password of the private key")
	s.StringVar(&f.tlsRedirect, "tls-redirect", "", "answer plain HTTP at this `PORT`, with the address of HTTPS")

	s = group("What it says")
	s.StringVar(&f.logFormat, "log-format", "python", "`FORMAT` of the access log: python, combined, json or none")
	s.BoolVarP(&f.quiet, "quiet", "q", false, "no start-up lines and no access log; errors stay")
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
	return s
}

// scan parses args and goes on after a mistake, so that all are found.
func scan(args []string) (f *flags, given func(string) bool, mistakes []mistake) {
	args = slices.Clone(args)
	for {
		f = new(flags)
		s := f.flagSet()
		err := s.Parse(args)
		if err == nil {
			return f, s.Changed, mistakes
		}
		mistakes = append(mistakes, flagMistake(err, s))
		i := offender(args, err)
		if i < 0 {
			return f, s.Changed, mistakes
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
		if near := nearest(e.GetSpecifiedName(), s); near != "" {
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
