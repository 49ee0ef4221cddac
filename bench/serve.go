package main

import (
	"net/http"
	"os"
)

// serverVariable in the environment turns this program into the server that it names.
const serverVariable = "SALVER_BENCH_SERVER"

// serveFiles is net/http's own server of files; it returns when it can't go on.
func serveFiles() error {
	dir, addr := os.Args[1], "127.0.0.1:"+os.Args[2]
	files := http.FileServer(http.Dir(dir))
	if len(os.Args) > 4 {
		return http.ListenAndServeTLS(addr, os.Args[3], os.Args[4], files)
	}
	return http.ListenAndServe(addr, files)
}
