package precompress_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/salver-http/salver/precompress"
)

// A program that builds a site has its sidecars made at the end, and sees what came of it.
func ExampleRun() {
	public, err := os.MkdirTemp("", "public-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(public)
	page := strings.Repeat("<p>Here we go again.\n", 100)
	if err := os.WriteFile(filepath.Join(public, "index.html"), []byte(page), 0o644); err != nil {
		log.Fatal(err)
	}

	summary, err := precompress.Run(context.Background(), public, precompress.Options{
		Codings: []string{"br", "gzip"},
		Jobs:    1,
		Changed: func(sidecar string, why precompress.Reason) { fmt.Println(sidecar, why) },
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range summary.Codings {
		fmt.Printf("%s: %d written, less than a tenth: %v\n", c.Coding, c.Written, c.After < c.Before/10)
	}
	// Output:
	// index.html.br missing
	// index.html.gz missing
	// br: 1 written, less than a tenth: true
	// gzip: 1 written, less than a tenth: true
}
