package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/salver-http/salver/htpasswd"
)

const passwdAbout = `Give a user a password, in a file for salver --auth: add the user, or replace
the password. The file is made when it is not there, for nobody but you. All
other lines of it stay as they are.

The password is asked for twice and not shown; from a pipe one line is read. In
the file stands a hash of it, by argon2id.

A server that runs takes it at once. A directory called passwd is served by
salver ./passwd.`

const passwdUsage = "usage: salver passwd [flags] FILE USER"

// bcryptCost is what each check of a hash by --bcrypt costs: 1024 rounds, as OWASP's cheat sheet on storing
// passwords asks for at least.
const bcryptCost = 10

// passwdFlags are the values of its flags.
type passwdFlags struct{ remove, bcrypt bool }

// set returns the flags, which set f when they are parsed.
func (f *passwdFlags) set() *pflag.FlagSet {
	s := pflag.NewFlagSet("salver passwd", pflag.ContinueOnError)
	s.SortFlags = false
	s.BoolVar(&f.remove, "delete", false, "take the user out of the file")
	s.BoolVar(&f.bcrypt, "bcrypt", false, "hash by bcrypt, for other servers that read the file, too")
	s.BoolP("help", "h", false, "print this help")
	return s
}

// passwdCommand builds the command beneath salver.
func (p *process) passwdCommand() *cobra.Command {
	f := new(passwdFlags)
	c := &cobra.Command{
		Use:                   "passwd [flags] FILE USER",
		Short:                 "give a user a password, for salver --auth",
		Long:                  passwdAbout,
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if mistakes := f.mistakes(args); len(mistakes) > 0 {
				return passwdFault(mistakes...)
			}
			if f.remove {
				return p.removeUser(args[0], args[1])
			}
			return p.passwd(args[0], args[1], f.bcrypt, os.Stdin)
		},
		ValidArgsFunction: completeArgs,
	}
	c.Flags().AddFlagSet(f.set())
	c.Flags().SortFlags = false
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return passwdFault(flagMistake(err, c.Flags())) })
	return c
}

// passwdFault is usageFault for its own flags.
func passwdFault(mistakes ...mistake) *fault {
	for i := range mistakes {
		if mistakes[i].hint == "" {
			mistakes[i].hint = "salver passwd --help explains the flags"
		}
	}
	return usageFault(mistakes...)
}

// mistakes tells what is wrong with the command line.
func (f *passwdFlags) mistakes(args []string) (mistakes []mistake) {
	wrong := func(hint, text string) { mistakes = append(mistakes, mistake{text, hint}) }
	switch len(args) {
	case 0:
		wrong(passwdUsage+"; salver ./passwd serves a directory of that name", "passwd needs a file and a user")
	case 1:
		wrong(passwdUsage, "passwd needs a user")
	case 2:
		if args[0] == "" {
			wrong(passwdUsage, "the file's name is empty")
		}
		if err := htpasswd.CheckName(args[1]); err != nil {
			wrong(passwdUsage, err.Error())
		}
	default:
		wrong(passwdUsage, fmt.Sprintf("%d arguments are too many", len(args)))
	}
	if f.remove && f.bcrypt {
		wrong("", "--delete and --bcrypt contradict each other")
	}
	return mistakes
}

// passwd puts a user into a file, or another password.
func (p *process) passwd(name, user string, bcrypt bool, stdin *os.File) error {
	if _, err := readUsers(name); err != nil { // nobody is to type for nothing
		return fileFault(err)
	}
	password, err := p.askPassword(user, stdin)
	if err != nil {
		return err
	}
	hash, err := hashOf(password, bcrypt)
	if err != nil {
		return failure(err.Error() + "; nothing was written")
	}
	file, err := readUsers(name)
	if err != nil {
		return fileFault(err)
	}
	text, replaced, err := htpasswd.Put(file.text, user, hash)
	if err != nil {
		return failure(err.Error())
	}
	if err := file.write(text); err != nil {
		return fileFault(err)
	}
	switch who, where := printable(user), printable(name); {
	case file.info == nil:
		fmt.Fprintf(p.stdout, "%s was made, with user %s\n", where, who)
	case replaced:
		fmt.Fprintf(p.stdout, "user %s has another password in %s\n", who, where)
	default:
		fmt.Fprintf(p.stdout, "user %s was added to %s\n", who, where)
	}
	p.warnOf(name)
	return nil
}

func hashOf(password string, bcrypt bool) (string, error) {
	if bcrypt {
		return htpasswd.HashBcrypt(password, bcryptCost)
	}
	return htpasswd.Hash(password)
}

// removeUser takes a user out of a file.
func (p *process) removeUser(name, user string) error {
	file, err := readUsers(name)
	if err == nil && file.info == nil {
		err = &os.PathError{Op: "open", Path: name, Err: errNoFile}
	}
	if err != nil {
		return fileFault(err)
	}
	text, removed := htpasswd.Remove(file.text, user)
	if !removed {
		return failure(fmt.Sprintf("there is no user %s in %s", printable(user), printable(name)))
	}
	if err := file.write(text); err != nil {
		return fileFault(err)
	}
	fmt.Fprintf(p.stdout, "user %s was taken out of %s\n", printable(user), printable(name))
	p.warnOf(name)
	return nil
}

// warnOf tells of the lines for which salver --auth would not take the file.
func (p *process) warnOf(name string) {
	if _, err := htpasswd.Open(name); err != nil {
		for _, e := range parts(err) {
			fmt.Fprintf(p.stderr, "salver: warning: %v\n", e)
		}
		fmt.Fprintln(p.stderr, "salver: hint: salver --auth takes "+printable(filepath.Base(name))+" once these lines are mended")
	}
}
