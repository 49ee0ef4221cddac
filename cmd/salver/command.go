package main

import (
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const about = `salver puts a directory, or one file, on HTTP.

It does what python -m http.server does and takes the same flags. Without
arguments it serves the working directory on port 8000, for this machine only.
An argument of digits is the port: type ./8000 for a directory called 8000, and
./precompress for one that is called as a command is.`

const examples = `  salver                         serve the working directory
  salver site 8080               serve ./site on port 8080
  salver report.pdf              serve one file
  salver --lan --open            serve your network, and look at it yourself
  salver -H 'Cache-Control: max-age=60' --index home.html site
  salver --tls-cert cert.pem --tls-key key.pem --bind example.org site 443
  salver --lan --tls             serve it by HTTPS, with a CA of this machine's own
  salver trust                   make the browsers here believe that CA
  salver precompress site        write zstd, br and gzip of its files beside them`

const environment = `  SALVER_...    what a flag says, as SALVER_BIND=ADDRESS and SALVER_NO_LISTING=true;
                SALVER_PORT is the port. Lists have one value on a line
  NO_COLOR      when not empty, nothing is coloured
  FORCE_COLOR   when not empty, colours are used although no terminal is seen`

const files = `  ./salver.toml   what flags say, as bind = "ADDRESS" and no-listing = true, with a table
                  [site."HOST"] for each host that has its own. It is read wherever salver
                  is started, unless --config says otherwise: look at it before you serve
                  what somebody else has made. Flags come first, then the environment`

const exitStatus = `  0   it was ended by Ctrl-C or SIGTERM
  1   it could not start, or not go on
  2   the command line was wrong`

// command builds the command tree. args are what it will be run with.
func (p *process) command(args []string) *cobra.Command {
	cobra.MousetrapHelpText = "" // started from Explorer it serves, too
	root := &cobra.Command{
		Use:               "salver [flags] [DIR|FILE] [PORT]",
		Short:             "put a directory on HTTP",
		Long:              about,
		Example:           examples,
		Args:              cobra.ArbitraryArgs,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		ValidArgsFunction: completeArgs,
		RunE: func(*cobra.Command, []string) error {
			return p.start(args)
		},
	}
	root.Flags().AddFlagSet(new(flags).flagSet())
	root.Flags().SortFlags = false
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if c != root {
			return err
		}
		return p.start(args)
	})
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		if c != root {
			io.WriteString(p.stdout, subcommandHelp(c))
			return
		}
		io.WriteString(p.stdout, help())
	})
	root.SetVersionTemplate("salver {{.Version}}\n")
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetArgs(append([]string{}, args...))

	root.AddCommand(&cobra.Command{
		Use:               "man",
		Short:             "print the manual page",
		Long:              "Print the manual page, in the format of man(7):\n\n  salver man | man -l -",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		Run:               func(*cobra.Command, []string) { p.stdout.Write(manPage()) }, // a reader may leave early
	})
	root.AddCommand(p.precompressCommand())
	root.AddCommand(p.trustCommand())
	root.AddCommand(p.passwdCommand())
	root.AddCommand(p.checkCommand(args))
	root.InitDefaultCompletionCmd(args...)
	for _, c := range root.Commands() {
		if c.Name() == "completion" { // it takes anything that is no shell for a wish for help
			c.Args, c.RunE = cobra.ArbitraryArgs, shells
		}
	}
	must(root.RegisterFlagCompletionFunc("protocol", oneOf("HTTP/1.1", "HTTP/1.0")))
	must(root.RegisterFlagCompletionFunc("log-format", oneOf("python", "combined", "json", "none")))
	must(root.RegisterFlagCompletionFunc("dialect", oneOf("netlify", "cloudflare")))
	for _, name := range []string{"bind", "allowed-host", "index", "header", "content-type", "media-type", "tls-redirect", "trusted-proxy", "allow", "site", "cache", "immutable", "cors"} {
		must(root.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
	return root
}

// shells is what salver completion does without one of the shells that it knows.
func shells(c *cobra.Command, args []string) error {
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	hint := "type one of them: salver completion " + strings.Join(names, "|")
	if len(args) == 0 {
		return usageFault(mistake{"the name of a shell is missing", hint})
	}
	return usageFault(mistake{printable(args[0]) + " is not a shell that there are completions for", hint})
}

// must is for errors that no input can cause.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func oneOf(values ...cobra.Completion) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}

// completeArgs offers files for the first argument and nothing for a port.
func completeArgs(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// version returns the version that the module was built at.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// help returns what --help prints.
func help() string {
	var b strings.Builder
	b.WriteString(about + "\n\nUsage:\n  salver [flags] [DIR|FILE] [PORT]\n  salver check [flags] [DIR|FILE]\n  salver precompress [flags] DIR\n  salver trust [--remove]\n  salver passwd [flags] FILE USER\n  salver man | completion SHELL | help\n\nExamples:\n" + examples + "\n")
	for _, g := range new(flags).groups() {
		b.WriteString("\n" + g.title + ":\n" + flagUsages(g.set))
	}
	b.WriteString("\nEnvironment:\n" + environment + "\n\nFiles:\n" + files + "\n\nExit status:\n" + exitStatus + "\n")
	return b.String()
}

// flagUsages returns what the help says of flags.
func flagUsages(set *pflag.FlagSet) string {
	usages := set.FlagUsagesWrapped(80)
	set.VisitAll(func(f *pflag.Flag) {
		if isOptional(f) { // two characters are taken from the space behind
			value, _ := pflag.UnquoteUsage(f)
			flag := "--" + f.Name
			usages = strings.Replace(usages, flag+" "+value+"  ", flag+"[="+value+"]", 1)
		}
	})
	return usages
}

// subcommandHelp returns the help of a command beneath salver.
func subcommandHelp(c *cobra.Command) string {
	about := c.Long
	if about == "" {
		about = c.Short
	}
	text := strings.TrimSpace(about) + "\n\nUsage:\n  " + c.UseLine() + "\n"
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			text += "  " + sub.UseLine() + "\n"
		}
	}
	if flags := c.LocalFlags().FlagUsagesWrapped(80); flags != "" {
		text += "\nFlags:\n" + flags
	}
	return text
}
