package salver_test

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/fstest"

	"github.com/salver-http/salver"
)

// The five lines of Python's manual:
//
//	PORT = 8000
//	Handler = http.server.SimpleHTTPRequestHandler
//	with socketserver.TCPServer(("", PORT), Handler) as httpd:
//	    print("serving at port", PORT)
//	    httpd.serve_forever()
func Example() {
	h, err := salver.New(salver.Config{Root: "testdata/public"})
	if err != nil {
		log.Fatal(err)
	}
	// log.Fatal(http.ListenAndServe("127.0.0.1:8000", h))
	get(h, "/")
	// Output:
	// 200 text/html; charset=utf-8
	// <!DOCTYPE html>
	// <title>Welcome</title>
	// <h1>Welcome</h1>
}

//go:embed testdata/public
var embedded embed.FS

// Files in an embed.FS have no modification time. Their entity tags are made of
// their content, so that clients need not fetch twice what they have.
func ExampleConfig_embedFS() {
	public, err := fs.Sub(embedded, "testdata/public")
	if err != nil {
		log.Fatal(err)
	}
	h, err := salver.New(salver.Config{FS: public})
	if err != nil {
		log.Fatal(err)
	}
	get(h, "/style.css")
	// Output:
	// 200 text/css; charset=utf-8
	// body { margin: 2rem }
}

// Below a mux the redirect that adds a slash keeps the prefix.
func ExampleHandler_mux() {
	h, err := salver.New(salver.Config{Root: "testdata/public"})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/static/", http.StripPrefix("/static", h))
	get(mux, "/static/style.css")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/static/docs?lang=en", nil))
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output:
	// 200 text/css; charset=utf-8
	// body { margin: 2rem }
	// 301 /static/docs/?lang=en
}

// What http.FileServer needs a wrapper for each: no listings, extra fields, a
// fallback for what is not found.
func ExampleNew_insteadOfFileServer() {
	// http.Handle("/", http.FileServer(http.Dir("testdata/public")))
	h, err := salver.New(salver.Config{
		Root:      "testdata/public",
		NoListing: true,
		Header:    http.Header{"Cache-Control": {"max-age=600"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/style.css", nil))
	fmt.Println(w.Code, w.Header().Get("Cache-Control"))
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/docs/", nil))
	fmt.Println(w.Code, w.Header().Get("Cache-Control"))
	// Output:
	// 200 max-age=600
	// 404 no-cache
}

func ExampleConfig_mediaTypes() {
	h, err := salver.New(salver.Config{
		Root:       "testdata/public",
		MediaTypes: map[string]string{".md": "text/plain"},
		MediaType: func(name string) string {
			if name == "style.css" {
				return "text/x-not-css"
			}
			return "" // as usual
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	get(h, "/docs/notes.md")
	get(h, "/style.css")
	// Output:
	// 200 text/plain; charset=utf-8
	// # Notes
	//
	// Plain text, served as it is.
	// 200 text/x-not-css; charset=utf-8
	// body { margin: 2rem }
}

func ExampleConfig_list() {
	h, err := salver.New(salver.Config{
		Root:  "testdata/public",
		Index: []string{}, // list every directory
		List: func(d salver.Directory) (salver.Page, error) {
			var b strings.Builder
			for _, e := range d.Entries {
				fmt.Fprintf(&b, "%s%s: %d bytes\n", d.Path, e.Name, e.Size)
			}
			return salver.Page{MediaType: "text/plain; charset=utf-8", Content: []byte(b.String())}, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	get(h, "/docs/")
	// Output:
	// 200 text/plain; charset=utf-8
	// /docs/notes.md: 38 bytes
}

func ExampleConfig_errorPage() {
	h, err := salver.New(salver.Config{
		Root: "testdata/public",
		ErrorPage: func(status int, reason string) salver.Page {
			return salver.Page{
				MediaType: "application/json",
				Content:   fmt.Appendf(nil, "{\"status\":%d,\"reason\":%q}\n", status, reason),
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	get(h, "/missing")
	// Output:
	// 404 application/json
	// {"status":404,"reason":"File not found"}
}

// get prints what a handler answers.
func get(h http.Handler, target string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
	content, _ := io.ReadAll(w.Body)
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	fmt.Print(string(content))
}

// A single-page application, whose hashed assets never change.
func ExampleConfig_application() {
	h, err := salver.New(salver.Config{
		FS: fstest.MapFS{
			"index.html":       {Data: []byte("<title>app</title>\n")},
			"assets/a-1b2c.js": {Data: []byte("start()\n")},
		},
		SPA:       "index.html",
		Immutable: []string{"assets/**"},
	})
	if err != nil {
		log.Fatal(err)
	}
	get(h, "/users/7")
	get(h, "/assets/a-1b2c.js")
	// Output:
	// 200 text/html; charset=utf-8
	// <title>app</title>
	// 200 text/javascript; charset=utf-8
	// start()
}

// Several sites by the names of their hosts.
func ExampleNewSites() {
	site := func(text string) *salver.Handler {
		h, err := salver.New(salver.Config{FS: fstest.MapFS{"index.html": {Data: []byte(text + "\n")}}})
		if err != nil {
			log.Fatal(err)
		}
		return h
	}
	sites, err := salver.NewSites(map[string]*salver.Handler{
		"docs.example.org": site("docs"),
		"*.example.org":    site("any other"),
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	// log.Fatal((&salver.Server{Addr: ":8000", Handler: sites}).ListenAndServe())
	for _, host := range []string{"docs.example.org", "shop.example.org", "example.com"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		sites.ServeHTTP(w, r)
		text := "\n"
		if w.Code == 200 {
			text = " " + w.Body.String()
		}
		fmt.Printf("%s: %d%s", host, w.Code, text)
	}
	// Output:
	// docs.example.org: 200 docs
	// shop.example.org: 200 any other
	// example.com: 421
}
