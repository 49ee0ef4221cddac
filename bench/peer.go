package main

import (
	"net/http"
	"strconv"
	"strings"
)

// place is where a server finds its files and where it listens.
type place struct {
	site string // the directory that it serves
	port int    // on 127.0.0.1
	dir  string // for files of its own
	root bool   // it is started as root
	// codings is what it takes coded content from, status what it will answer.
	codings codings
	status  int
	// cert and key are the files of its certificate over TLS, "" without TLS.
	cert, key string
}

// peer is a server that can take part.
type peer struct {
	name string
	// program is looked for on PATH; "" is one that has to be built.
	program string
	// debian is the package that has the program.
	debian string
	// version is the arguments for which the program tells its version.
	version []string
	// conf writes its configuration, nil if it has none.
	conf func(place) string
	// arguments are those of its command line; conf is the name of its configuration.
	arguments func(at place, conf string) []string
	// env is added to its environment.
	env func(place) []string
}

// peers are all that can take part but the handlers, in the order in which they are
// visited.
func peers() []peer {
	return []peer{
		{
			name: "nginx", program: "nginx", debian: "nginx-light", version: []string{"-v"}, conf: nginxConf,
			arguments: func(at place, conf string) []string { return []string{"-p", at.dir, "-c", conf} },
		},
		{
			name: "h2o", program: "h2o", debian: "h2o", version: []string{"-v"}, conf: h2oConf,
			arguments: func(_ place, conf string) []string { return []string{"-c", conf} },
		},
		{
			name: "lighttpd", program: "lighttpd", debian: "lighttpd", version: []string{"-v"}, conf: lighttpdConf,
			arguments: func(_ place, conf string) []string { return []string{"-D", "-f", conf} },
		},
		{
			name: "caddy", program: "caddy", debian: "caddy", version: []string{"version"}, conf: caddyConf,
			arguments: func(_ place, conf string) []string {
				return []string{"run", "--config", conf, "--adapter", "caddyfile"}
			},
			// It would keep a copy of its configuration at home.
			env: func(at place) []string {
				return []string{"HOME=" + at.dir, "XDG_CONFIG_HOME=" + at.dir, "XDG_DATA_HOME=" + at.dir}
			},
		},
		{name: "net/http", arguments: directoryAndPort, env: served("net/http")},
		{name: "salver", version: []string{"--version"}, arguments: salverArguments},
		{name: "floor", arguments: floorArguments},
		{name: "http.FileServer", arguments: directoryAndPort, env: served("http.FileServer")},
		{name: "salver.Handler", arguments: directoryAndPort, env: served("salver.Handler")},
	}
}

func directoryAndPort(at place, _ string) []string {
	if at.cert != "" {
		return []string{at.site, portText(at), at.cert, at.key}
	}
	return []string{at.site, portText(at)}
}

func salverArguments(at place, _ string) []string {
	args := []string{"--bind", "127.0.0.1", "--directory", at.site, portText(at)}
	if at.cert != "" {
		args = append(args, "--tls-cert", at.cert, "--tls-key", at.key)
	}
	return args
}

// floorArguments names the files that the floor answers from memory.
func floorArguments(at place, _ string) []string {
	targets := []string{"/1k.html", "/10k.html", "/100k.js"}
	switch {
	case at.status == http.StatusNotModified:
		targets = []string{"304:/10k.html"}
	case at.codings == sidecars:
		targets = []string{"gzip:/" + sidecarName}
	}
	return append([]string{at.site, portText(at)}, targets...)
}

func served(kind string) func(place) []string {
	return func(place) []string { return []string{serverVariable + "=" + kind} }
}

// nginxConf has what makes nginx fast for files. What it says of errors, and there is
// one for each 404, would cost it time, so that it says none. It compresses at its own
// level, 1, and says Vary as the others do unasked. Over TLS it has HTTP/2 as well, as
// nginx before 1.25.1 and after it understands, and TLS 1.3, which it has not by itself
// before 1.23.4.
func nginxConf(at place) string {
	over, certificate := "", ""
	if at.cert != "" {
		over, certificate = " ssl http2", `
		ssl_certificate "{cert}";
		ssl_certificate_key "{key}";
		ssl_protocols TLSv1.2 TLSv1.3;`
	}
	coded := ""
	switch at.codings {
	case onTheFly:
		coded = "gzip on;\n\tgzip_types text/javascript text/css image/svg+xml;\n\tgzip_vary on;"
	case sidecars:
		coded = "gzip_static on;\n\tgzip_vary on;"
	}
	return fill(at, `worker_processes 1;
daemon off;
master_process off;
pid "{dir}/nginx.pid";
error_log stderr crit;
events { worker_connections 16384; }
http {
	types { text/html html; text/javascript js mjs; text/plain txt; text/css css; image/svg+xml svg; }
	default_type application/octet-stream;
	`+coded+`
	access_log off;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 1000000000;
	open_file_cache max=20000 inactive=60s;
	open_file_cache_valid 10s;
	open_file_cache_min_uses 1;
	client_body_temp_path "{dir}/body";
	proxy_temp_path "{dir}/proxy";
	fastcgi_temp_path "{dir}/fastcgi";
	uwsgi_temp_path "{dir}/uwsgi";
	scgi_temp_path "{dir}/scgi";
	server {
		listen 127.0.0.1:{port} backlog=4096`+over+`;`+certificate+`
		root "{site}";
		autoindex on;
	}
}
`)
}

// h2oConf: started as root h2o would become nobody, who may not be let into the
// directory. It would close connections of HTTP/2 that have rested for 10 s.
func h2oConf(at place) string {
	certificate := ""
	if at.cert != "" {
		certificate = `  ssl:
    certificate-file: "{cert}"
    key-file: "{key}"
http2-idle-timeout: 75
`
	}
	user := ""
	if at.root {
		user = "user: root\n"
	}
	coded := map[codings]string{onTheFly: "compress: [gzip]\n", sidecars: "file.send-compressed: ON\n"}[at.codings]
	return user + coded + fill(at, `num-threads: 1
max-connections: 16384
listen:
  host: 127.0.0.1
  port: {port}
`+certificate+`hosts:
  default:
    paths:
      /:
        file.dir: "{site}"
        file.dirlisting: ON
        file.mime.settypes:
          text/html: ".html"
          text/javascript: ".js"
          text/plain: ".txt"
`)
}

// lighttpdConf has lighttpd keep what it has compressed, which it does only when told where.
func lighttpdConf(at place) string {
	coded := ""
	if at.codings == onTheFly {
		coded = `server.modules += ("mod_deflate")
deflate.mimetypes = ("text/javascript")
deflate.allowed-encodings = ("gzip")
deflate.cache-dir = "{dir}/deflate"
`
	}
	return fill(at, `server.document-root = "{site}"
server.bind = "127.0.0.1"
server.port = {port}
server.max-fds = 16384
server.max-connections = 16384
server.max-keep-alive-requests = 1000000000
server.modules = ("mod_dirlisting")
dir-listing.activate = "enable"
mimetype.assign = (".html" => "text/html", ".js" => "text/javascript", ".txt" => "text/plain")
`+coded)
}

// caddyConf has no HTTP/3, which nobody asks for and every answer would mention.
func caddyConf(at place) string {
	scheme, protocols, certificate := "http", "", ""
	if at.cert != "" {
		scheme, protocols, certificate = "https", "\n\tservers {\n\t\tprotocols h1 h2\n\t}", `
	tls "{cert}" "{key}"`
	}
	files := "file_server browse"
	switch at.codings {
	case onTheFly:
		files = "encode gzip\n\t" + files
	case sidecars:
		files += " {\n\t\tprecompressed gzip\n\t}"
	}
	return fill(at, `{
	admin off
	auto_https off`+protocols+`
}
`+scheme+`://127.0.0.1:{port} {`+certificate+`
	root * "{site}"
	`+files+`
}
`)
}

// fill puts a place into a configuration; all four languages escape within quotation
// marks alike.
func fill(at place, conf string) string {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace
	return strings.NewReplacer("{dir}", quote(at.dir), "{site}", quote(at.site), "{port}", portText(at), "{cert}", quote(at.cert), "{key}", quote(at.key)).Replace(conf)
}

func portText(at place) string { return strconv.Itoa(at.port) }
