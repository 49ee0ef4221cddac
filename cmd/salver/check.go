package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/salver-http/salver"
)

const checkAbout = `Print what salver would serve with the same flags, environment and salver.toml,
and how, without serving it: how files are cached and compressed, what is kept
back, secrets that lie in the tree, and rules that have no effect, are never
reached, go round, or mean something else to another host.

The exit status is 0 unless something that is to be served cannot be read. With
--strict it is 1 for warnings, too. It is 2 for what salver would not start with.
A directory called check is served by salver ./check.`

// checkFlags are the values of its own flags.
type checkFlags struct {
	format string
	strict bool
}

// set returns them, which set f when they are parsed.
func (f *checkFlags) set() *pflag.FlagSet {
	s := pflag.NewFlagSet("salver check", pflag.ContinueOnError)
	s.SortFlags = false
	s.StringVar(&f.format, "format", "text", "print the report as text, or as `json`")
	s.BoolVar(&f.strict, "strict", false, "exit with 1 when there are warnings")
	return s
}

// checkCommand builds the command beneath salver. args are what salver will be run with.
func (p *process) checkCommand(args []string) *cobra.Command {
	own := new(checkFlags)
	c := &cobra.Command{
		Use:                   "check [flags] [DIR|FILE]",
		Short:                 "print what would be served, and what is wrong with it",
		Long:                  checkAbout,
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     completeArgs,
		RunE: func(*cobra.Command, []string) error {
			return p.check(args)
		},
	}
	c.Flags().AddFlagSet(own.set())
	c.Flags().AddFlagSet(new(flags).flagSet())
	c.Flags().SortFlags = false
	c.SetFlagErrorFunc(func(*cobra.Command, error) error { return p.check(args) })
	must(c.RegisterFlagCompletionFunc("format", oneOf("text", "json")))
	return c
}

// check checks what args, the environment and a file ask for. args begin with the name of the command, or with
// flags before it.
func (p *process) check(args []string) error {
	if i := slices.Index(args, "check"); i >= 0 {
		args = slices.Delete(slices.Clone(args), i, i+1)
	}
	own, rest, mistakes := takeCheckFlags(args)
	o, _, wrong := read(rest, os.Environ(), nil)
	mistakes = append(mistakes, wrong...)
	for i := range mistakes {
		if mistakes[i].hint == argsUsage {
			mistakes[i].hint = "usage: salver check [flags] [DIR|FILE]"
		}
	}
	host, _ := os.Hostname() // without one there is a name less
	mistakes = append(mistakes, o.foreign(host)...)
	_, files := o.lookAtRoots()
	rootErr := files.fault()
	o.tls.lookAt(o.settings, &files)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sites, wrong, err := o.check(ctx)
	mistakes = append(mistakes, wrong...)
	if rootErr == nil && !errors.Is(err, context.Canceled) {
		files.all = append(files.all, asMistakes(err)...)
	}
	switch f := files.fault(); {
	case len(mistakes) > 0:
		return usageFault(append(mistakes, files.all...)...)
	case f != nil:
		f.status = exitUsage
		return f
	case errors.Is(err, context.Canceled):
		return failure("it was ended before all was looked at")
	}
	if !o.quiet {
		io.WriteString(p.stderr, configLine(o.file))
	}
	if err := p.print(sites, own.format); err != nil {
		return failure("the report could not be written: " + err.Error())
	}
	return own.verdict(sites)
}

// takeCheckFlags takes the flags that serving has not out of args.
func takeCheckFlags(args []string) (f checkFlags, rest []string, mistakes []mistake) {
	f.format = "text"
	set := f.set()
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return f, append(rest, args[i:]...), mistakes
		}
		name, value, equals := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		flag := set.Lookup(name)
		if flag == nil || !strings.HasPrefix(args[i], "--") {
			rest = append(rest, args[i])
			continue
		}
		switch {
		case equals:
		case flag.NoOptDefVal != "":
			value = flag.NoOptDefVal
		case i+1 == len(args):
			mistakes = append(mistakes, mistake{text: "--" + name + " needs a value"})
			continue
		default:
			i++
			value = args[i]
		}
		if err := set.Set(name, value); err != nil {
			mistakes = append(mistakes, mistake{text: fmt.Sprintf("--%s is on or off: %q is neither true nor false", name, value)})
		}
	}
	if f.format != "text" && f.format != "json" {
		mistakes = append(mistakes, mistake{text: fmt.Sprintf("--format %q is neither text nor json", f.format)})
	}
	return f, rest, mistakes
}

// checked is what was found of a site.
type checked struct {
	Host           string `json:"host,omitempty"` // "" for those that ask for no site
	Root           string `json:"root"`
	*salver.Report        // its fields stand beside
}

// check checks all that is served. What is wrong with a configuration is a mistake, what is wrong with a directory an error.
func (o options) check(ctx context.Context) (sites []checked, mistakes []mistake, err error) {
	o.each(func(x *site) {
		report, fault := salver.Check(ctx, x.config)
		wrong := o.mistakesIn(fault, x)
		mistakes = append(mistakes, wrong...)
		if fault != nil && len(wrong) == 0 && err == nil {
			if err = fault; !errors.Is(fault, context.Canceled) {
				err = rootFault(fault)
			}
		}
		if report != nil {
			for i := range report.Findings {
				f := &report.Findings[i]
				if flag := flagOf[f.Field]; flag != "" {
					f.Field = strings.TrimSuffix(x.settings.said(flag, valueIn(errors.New(f.Text), flag, x.settings[flag].values)), ":")
				}
			}
		}
		sites = append(sites, checked{x.host, x.config.Root, report})
	})
	return sites, distinct(mistakes), err
}

// print writes the reports: as text, or each as an object of JSON.
func (p *process) print(sites []checked, format string) error {
	var b strings.Builder
	for i, s := range sites {
		if format == "json" {
			e := json.NewEncoder(&b)
			e.SetIndent("", "  ")
			e.SetEscapeHTML(false)
			if err := e.Encode(s); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(reportText(s))
	}
	_, err := io.WriteString(p.stdout, b.String())
	return err
}

// verdict is the fault that the findings amount to, nil for none.
func (f *checkFlags) verdict(sites []checked) error {
	var errs, warnings int
	for _, s := range sites {
		errs += s.count(salver.LevelError)
		warnings += s.count(salver.LevelWarning)
	}
	switch {
	case errs > 0:
		return failure(plural(errs, "error was", "errors were") + " found")
	case f.strict && warnings > 0:
		return failure(plural(warnings, "warning was", "warnings were") + " found")
	}
	return nil
}

func (s checked) count(l salver.Level) (n int) {
	for _, f := range s.Findings {
		if f.Level == l {
			n++
		}
	}
	return n
}
