package main

import (
	"fmt"
	"io"

	"github.com/pkg/browser"
)

// openBrowser shows url in a browser. A failure is only a hint: the server runs.
func openBrowser(url string, stderr io.Writer) {
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	if err := browser.OpenURL(url); err != nil {
		fmt.Fprintf(stderr, "salver: hint: no browser could be opened; go to %s\n", url)
	}
}
