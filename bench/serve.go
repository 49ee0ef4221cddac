package main

import (
	"net/http"
	"os"
)

// serverVariable in the environment turns this program into the server that it names.
const serverVariable = "SALVER_BENCH_SERVER"

// serveFiles is net/http's own server of files; it returns when it can't go on.
func serveFiles() error {
	dir, port := os.Args[1], os.Args[2]
	return http.ListenAndServe("127.0.0.1:"+port, http.FileServer(http.Dir(dir)))
}
