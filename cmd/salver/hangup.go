package main

import (
	"os"
	"os/signal"
	"syscall"
)

// onHangup calls reload on every SIGHUP. Where the terminal that the command was started
// at is gone with it, the end of the server was meant, and end is sent the signal: unless
// nohup has said otherwise. stop undoes it.
func onHangup(reload func(), end chan<- os.Signal) (stop func()) {
	hangups := make(chan os.Signal, 1)
	hadTerminal := !signal.Ignored(syscall.SIGHUP) && atTerminal()
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for sig := range hangups {
			if hadTerminal && !atTerminal() {
				end <- sig
				return
			}
			reload()
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(hangups)
	}
}

// atTerminal tells whether any of the standard streams ends at a terminal that is there.
func atTerminal() bool {
	return isTerminal(os.Stdin) || isTerminal(os.Stdout) || isTerminal(os.Stderr)
}
