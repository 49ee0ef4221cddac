package main

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/salver-http/salver"
)

// TestMain turns the tests into the server that the environment names: this is where
// salver.Handler is, see buildHandlers.
func TestMain(m *testing.M) {
	switch os.Getenv(serverVariable) {
	case "":
		os.Exit(m.Run())
	case "salver.Handler":
		fmt.Fprintln(os.Stderr, serveHandler())
	default:
		fmt.Fprintln(os.Stderr, serveFiles())
	}
	os.Exit(1)
}

// serveHandler is serveFiles with salver's handler; net/http is the same.
func serveHandler() error {
	dir, port := os.Args[1], os.Args[2]
	h, err := salver.New(salver.Config{Root: dir})
	if err != nil {
		return err
	}
	return http.ListenAndServe("127.0.0.1:"+port, h)
}
