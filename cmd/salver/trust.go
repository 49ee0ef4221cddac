package main

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/salver-http/salver/cmd/salver/internal/localca"
	"github.com/salver-http/salver/cmd/salver/internal/truststore"
)

const trustAbout = `Make the system and the browsers here believe the certificates of salver --tls:
put the CA of this machine, which is made when there is none, into their stores.
It is good for local names and private addresses only, and its key stays in a
file that only you can read.

The store of the system takes sudo, which asks for your password. Browsers have
stores of their own on Linux, which take certutil of NSS. What could not be done
is told with the commands to type. It may be run again at any time.

A phone gets the CA from salver --lan --tls, at /.salver/ca.
A directory called trust is served by salver ./trust.`

// trustFlags are the values of its flags.
type trustFlags struct{ remove bool }

// set returns the flags, which set f when they are parsed.
func (f *trustFlags) set() *pflag.FlagSet {
	s := pflag.NewFlagSet("salver trust", pflag.ContinueOnError)
	s.SortFlags = false
	s.BoolVar(&f.remove, "remove", false, "take the CA out of the stores; its files stay")
	s.BoolP("help", "h", false, "print this help")
	return s
}

// trustCommand builds the command beneath salver.
func (p *process) trustCommand() *cobra.Command {
	f := new(trustFlags)
	c := &cobra.Command{
		Use:                   "trust [--remove]",
		Short:                 "make browsers believe salver --tls",
		Long:                  trustAbout,
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return trustFault(mistake{fmt.Sprintf("salver trust takes no %s", printable(args[0])), "a directory called trust is served by salver ./trust"})
			}
			return p.trust(f.remove, thisSystem(p.getenv))
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().AddFlagSet(f.set())
	c.Flags().SortFlags = false
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return trustFault(flagMistake(err, c.Flags())) })
	return c
}

// trustFault is usageFault for its own flags.
func trustFault(m mistake) *fault {
	if m.hint == "" {
		m.hint = "salver trust --help explains the flags"
	}
	return usageFault(m)
}

// thisSystem is the machine that this runs on.
func thisSystem(getenv func(string) string) *truststore.System {
	home, _ := os.UserHomeDir()
	return &truststore.System{
		OS: runtime.GOOS, Home: home, DataHome: getenv("XDG_DATA_HOME"), Root: "/", User: os.Getuid(),
		Admin: os.Geteuid() == 0, Terminal: isTerminal(os.Stdin), LookPath: exec.LookPath, Run: truststore.Exec,
	}
}

// trust puts the CA into the stores of the system, or takes it out.
func (p *process) trust(remove bool, system *truststore.System) error {
	if who := p.getenv("SUDO_USER"); system.Admin && who != "" && who != "root" {
		return failure("by sudo this would be the CA of root, not that of "+printable(who),
			"type salver trust without sudo, which it runs by itself where it has to")
	}
	dir, err := localca.Dir()
	if err != nil {
		return failure("there is no place for the local CA: " + err.Error())
	}
	if remove {
		ca, err := installed(dir)
		if err != nil {
			return err
		}
		return p.tell(system.Remove(ca))
	}
	host, _ := os.Hostname()
	ca, err := localca.Open(dir, host, time.Now())
	if err != nil {
		return authorityFault(err)
	}
	file, err := ca.ShowCert()
	if err != nil {
		return authorityFault(err)
	}
	fmt.Fprintf(p.stdout, "%s\n  certificate %s\n  SHA-256 %s\n", ca.Name(), printable(file), ca.Fingerprint())
	c, err := certificateIn(file)
	if err != nil {
		return authorityFault(err)
	}
	return p.tell(system.Install(c))
}

// installed returns what is known of the CA that may be in stores; the zero Certificate
// when there are no files of it any more.
func installed(dir string) (truststore.Certificate, error) {
	file := localca.CertFile(dir)
	if ca, err := localca.Load(dir, time.Now()); err == nil {
		if file, err = ca.ShowCert(); err != nil {
			return truststore.Certificate{}, authorityFault(err)
		}
	}
	c, err := certificateIn(file) // also that of a CA that has ended or is damaged
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNoCertificate) {
		return truststore.Certificate{}, nil
	}
	if err != nil {
		return c, authorityFault(err)
	}
	return c, nil
}

var errNoCertificate = errors.New("there is no certificate in it")

// certificateIn reads the certificate in a file.
func certificateIn(file string) (c truststore.Certificate, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return c, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return c, errNoCertificate
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return c, errNoCertificate
	}
	sum := sha1.Sum(cert.Raw) // by which systems name it
	return truststore.Certificate{Name: cert.Subject.CommonName, PEM: text, SHA1: hex.EncodeToString(sum[:]), File: file}, nil
}

// tell writes what became of the stores, and returns what could not be done.
func (p *process) tell(results []truststore.Result) error {
	f := &fault{status: exitFailed}
	changed := false
	for _, r := range results {
		changed = changed || r.State == truststore.Added || r.State == truststore.Removed
		if r.State != truststore.Failed {
			fmt.Fprintf(p.stdout, "%s: %s\n", r.Store, r.State)
			continue
		}
		f.messages = append(f.messages, r.Store+": "+r.Why)
		for _, c := range r.Type {
			f.hints = append(f.hints, "type "+c)
		}
	}
	if changed {
		fmt.Fprintln(p.stdout, "browsers that run are to be started anew")
	}
	if len(f.messages) > 0 {
		return f
	}
	return nil
}
