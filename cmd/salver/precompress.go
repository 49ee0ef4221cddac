package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/salver-http/salver/precompress"
)

const precompressAbout = `Write sidecars beside the files of a directory: style.css.zst, style.css.br and
style.css.gz beside style.css. salver sends them to whoever takes that coding,
and so do other servers that are told to.

Files of 256 bytes and more are compressed that are text, or shrink as text
does, unless they would not get shorter. Names that salver does not serve are
passed over, and symlinks are not followed.

A sidecar has the time of its file, and while it has it is up to date. An older
one is replaced. A newer one was made by somebody else and stays as it is.

It may be ended and run again at any time: it goes on where it was.
A directory called precompress is served by salver ./precompress.`

const precompressUsage = "usage: salver precompress [flags] DIR"

// precompressFlags are the values of its flags.
type precompressFlags struct {
	codings    []string
	jobs       int
	hidden     bool
	mediaTypes []string
	check      bool
	verify     bool
	remove     bool
}

// set returns the flags, which set f when they are parsed.
func (f *precompressFlags) set() *pflag.FlagSet {
	s := pflag.NewFlagSet("salver precompress", pflag.ContinueOnError)
	s.SortFlags = false
	s.StringArrayVar(&f.codings, "codings", nil, "make sidecars in these codings, by their `NAMES`, separated by commas (default zstd,br,gzip)")
	s.BoolVar(&f.check, "check", false, "write nothing: name what is missing or out of date, and exit with 1 if anything is")
	s.BoolVar(&f.verify, "verify", false, "decode what seems to be up to date, or is newer than its file, and replace it where it is wrong")
	s.BoolVar(&f.remove, "remove", false, "remove the sidecars of files that are there")
	s.BoolVar(&f.hidden, "hidden", false, "include names that begin with a dot, except secrets")
	s.StringArrayVar(&f.mediaTypes, "media-type", nil, "the media type of an extension, as `.EXT=TYPE` (repeatable)")
	s.IntVarP(&f.jobs, "jobs", "j", 0, "work on `N` sidecars at once (default: as many as there are processors)")
	s.BoolP("help", "h", false, "print this help")
	return s
}

// precompressCommand builds the command beneath salver.
func (p *process) precompressCommand() *cobra.Command {
	f := new(precompressFlags)
	c := &cobra.Command{
		Use:                   "precompress [flags] DIR",
		Short:                 "write compressed files beside those of a directory",
		Long:                  precompressAbout,
		DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, args []string) error {
			dir, o, mistakes := f.parse(args, c.Flags().Changed)
			if len(mistakes) > 0 {
				return precompressFault(mistakes...)
			}
			return p.precompress(dir, o)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return nil, cobra.ShellCompDirectiveFilterDirs
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().AddFlagSet(f.set())
	c.Flags().SortFlags = false
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		m := flagMistake(err, c.Flags())
		if e := new(pflag.InvalidValueError); errors.As(err, &e) && e.GetFlag().Name == "jobs" {
			m.text = fmt.Sprintf("--jobs %q is not a number", e.GetValue())
		}
		return precompressFault(m)
	})
	must(c.RegisterFlagCompletionFunc("codings", oneOf(precompress.Codings()...)))
	for _, name := range []string{"jobs", "media-type"} {
		must(c.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
	return c
}

// precompressFault is usageFault for its own flags.
func precompressFault(mistakes ...mistake) *fault {
	for i := range mistakes {
		if mistakes[i].hint == "" {
			mistakes[i].hint = "salver precompress --help explains the flags"
		}
	}
	return usageFault(mistakes...)
}

// parse turns the flags and the arguments that are left into what is to be done.
func (f *precompressFlags) parse(args []string, given func(string) bool) (dir string, o precompress.Options, mistakes []mistake) {
	wrong := func(hint, format string, a ...any) {
		mistakes = append(mistakes, mistake{fmt.Sprintf(format, a...), hint})
	}
	switch {
	case len(args) == 0:
		wrong(precompressUsage+"; salver ./precompress serves a directory of that name", "precompress needs a directory")
	case len(args) > 1:
		wrong(precompressUsage, "%d arguments are too many", len(args))
	case args[0] == "":
		wrong(precompressUsage, "an argument is empty")
	default:
		dir = args[0]
	}
	o = precompress.Options{Jobs: f.jobs, Hidden: f.hidden, Check: f.check, Verify: f.verify, Remove: f.remove}
	if given("codings") {
		if o.Codings = splitNames(f.codings); len(o.Codings) == 0 {
			wrong("", "--codings is empty")
		}
	}
	for _, name := range o.Codings {
		if all := precompress.Codings(); !slices.Contains(all, name) {
			wrong("", "--codings %q is none of %s", name, strings.Join(all, ", "))
		}
	}
	if given("jobs") && f.jobs < 1 {
		wrong("", "--jobs %d is not a number of jobs", f.jobs)
	}
	for _, name := range []string{"check", "verify"} {
		if f.remove && given(name) {
			wrong("", "--remove and --%s contradict each other", name)
		}
	}
	var bad []mistake
	o.MediaTypes, bad = parseMediaTypes(f.mediaTypes)
	return dir, o, append(mistakes, bad...)
}

// precompress does what o asks for until it is done or ended.
func (p *process) precompress(dir string, o precompress.Options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	var changes []string
	if o.Check {
		o.Changed = func(name string, why precompress.Reason) {
			changes = append(changes, printable(filepath.Join(dir, filepath.FromSlash(name)))+": "+why.String())
		}
	}
	line := newProgressLine(p)
	o.Progress = line.show
	s, err := precompress.Run(ctx, dir, o)
	line.clear()
	if e := new(precompress.OptionError); errors.As(err, &e) {
		var mistakes []mistake
		for _, e := range parts(err) {
			mistakes = append(mistakes, mistake{text: "--media-type: " + errors.Unwrap(e).Error()}) // all others were found before
		}
		return precompressFault(mistakes...)
	}
	if len(s.Codings) == 0 { // it did not begin
		return fileFault(err)
	}
	slices.Sort(changes)
	for _, c := range changes {
		io.WriteString(p.stdout, c+"\n")
	}
	if len(changes) == 0 {
		io.WriteString(p.stdout, summaryText(s, o.Remove))
	}
	f := runFault(dir, s, err)
	if len(changes) > 0 {
		f.messages = append(f.messages, plural(len(changes), "sidecar is", "sidecars are")+" not as they should be")
		f.hints = append(f.hints, "without --check they are brought up to date")
	}
	if len(f.messages) > 0 {
		return f
	}
	return nil
}

// runFault tells of the files that failed, and of an end before all was done.
func runFault(dir string, s precompress.Summary, err error) *fault {
	f := &fault{status: exitFailed}
	files := 0
	for _, err := range parts(err) {
		e := new(fs.PathError)
		switch {
		case err == nil:
		case errors.Is(err, context.Canceled):
			f.messages = append(f.messages, "it was ended before all was done")
			f.hints = append(f.hints, "the same command goes on from here")
		case errors.As(err, &e):
			files++
			f.messages = append(f.messages, printable(filepath.Join(dir, filepath.FromSlash(e.Path)))+": "+e.Err.Error())
		default:
			f.messages = append(f.messages, err.Error())
		}
	}
	if more := s.Failed - files; more > 0 {
		f.messages = append(f.messages, plural(more, "more file", "more files")+" failed")
	}
	return f
}

// summaryText says what was done.
func summaryText(s precompress.Summary, removed bool) string {
	var b strings.Builder
	if removed {
		b.WriteString(plural(s.Removed(), "sidecar", "sidecars") + " removed")
	} else {
		fmt.Fprintf(&b, "%s: %s written, %d up to date", plural(s.Files, "file", "files"), plural(s.Written(), "sidecar", "sidecars"), s.UpToDate())
		if n := s.Removed(); n > 0 {
			fmt.Fprintf(&b, ", %d removed", n)
		}
	}
	if n := s.LeftAlone(); n > 0 {
		fmt.Fprintf(&b, ", %d left alone", n)
	}
	b.WriteString("\n")
	for _, c := range s.Codings {
		if c.Before > 0 {
			fmt.Fprintf(&b, "  %-5s %s for %s, %.0f %% saved\n", c.Coding, humanize.IBytes(uint64(c.After)), humanize.IBytes(uint64(c.Before)), 100*c.Saved())
		}
	}
	return b.String()
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
