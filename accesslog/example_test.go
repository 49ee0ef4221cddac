package accesslog_test

import (
	"log"
	"net/http"
	"os"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/accesslog"
)

func Example() {
	lines := accesslog.New(os.Stderr, accesslog.Options{Format: accesslog.Combined})
	defer lines.Close()
	site, err := salver.New(salver.Config{Root: "site", AccessLog: lines.Access})
	if err != nil {
		log.Fatal(err)
	}
	log.Print(http.ListenAndServe("localhost:8000", site))
}
