package salver

import (
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

// Config is all that can be chosen about a [Handler], as plain data: one field
// for each flag of the command, in the same words. The zero Config serves the
// working directory. [New] checks it once and keeps a copy; changing it
// afterwards changes nothing. Functions in it may be called concurrently.
type Config struct {
	// Root is the directory to serve, or a single file, which is then served at
	// "/" and at "/" with its name. Default ".". The path is looked at again
	// while serving, so that a deploy which swaps a symlink is picked up.
	Root string

	// FS is served instead of a Root when it is not nil. An embed.FS and a
	// zip.Reader, also behind [fs.Sub], are known never to change; of any other
	// a file is believed to be unchanged only while its size and modification time are.
	// What an FS opens is its own affair: os.DirFS follows symlinks out of its
	// directory, and a Root does not.
	FS fs.FS

	// Index holds the names that stand for their directory, in order. nil means
	// index.html, then index.htm; an empty slice means none.
	Index []string

	// NoListing answers 404 for a directory that has no index.
	NoListing bool

	// Hidden lists and serves files and directories whose name begins with a
	// dot. Without it they are not found, /.well-known/ (RFC 8615) excepted.
	Hidden bool

	// ServeSecrets serves what is kept back whatever Hidden says: .git, .env and
	// its variants, .htpasswd and their kind, and private keys.
	ServeSecrets bool

	// FollowSymlinks follows symlinks that lead out of Root. Without it they
	// are not found; those that stay inside are always followed.
	FollowSymlinks bool

	// MediaTypes maps file name extensions, with the dot, to media types, ahead
	// of the built-in table (Python's extensions_map). The exact case is looked
	// up first, then the lower case. A text type without a charset parameter is
	// given charset=utf-8 when the content is valid UTF-8.
	MediaTypes map[string]string

	// DefaultMediaType is said of files whose type is not known. Default
	// application/octet-stream.
	DefaultMediaType string

	// MediaType is asked first for the media type of a file, by its
	// slash-separated name relative to the root; "" leaves it to the tables
	// (Python's guess_type). It must be a pure function of the name.
	MediaType func(name string) string

	// Header holds extra fields for answers that carry or confirm content: 200,
	// 206 and 304, not redirects or errors. A field that salver sets itself is
	// replaced, except that values of Vary are added, and that a Content-Type is
	// said of files only. Fields on which
	// framing or caching depend (Content-Length, Etag and their kind) are refused.
	Header http.Header

	// Revalidate is for how long a [Server] may answer from memory without looking
	// whether the files have changed. 0, the default, looks at every request, at the
	// cost of one system call for a file: a change is seen by the very next request.
	// [Handler.ServeHTTP] always looks.
	Revalidate time.Duration

	// NoSidecars leaves name.zst, name.br and name.gz to be files like any other. Without it
	// they are sent in place of the name that they stand beside, to those who accept
	// their content coding (RFC 9110 §8.4), as long as they hold its content.
	NoSidecars bool

	// NoCompress compresses nothing for an answer. Without it text of 256 bytes to 8 MiB
	// is compressed once for those who accept that, and kept in memory (see Server.Memory).
	// Neither is compressed where Header has a Content-Encoding, or no-transform
	// in Cache-Control.
	NoCompress bool

	// CompressCache is a directory where what was compressed well outlives the process, up to
	// 1 GiB; it is made when it is not there. "" means none. It must not lie in Root.
	CompressCache string

	// Fixed is content that is answered for paths of its own, whatever else is served there: as
	// a file would be, but listed nowhere, and sent in no content coding.
	Fixed []Fixed

	// NoRules leaves _headers and _redirects at the top of the tree, and error pages (404.html) in it,
	// to be files like any other. Without it the first two are read as their hosts do, and not
	// served; see docs/rules.md.
	NoRules bool

	// Dialect is whose reading of _headers and _redirects is meant: "netlify", which is the
	// default, or "cloudflare".
	Dialect string

	// SPA is the slash-separated name, relative to the root, of the page of a single-page application:
	// it answers, with 200, for whatever is not there and is navigated to. "" means none.
	SPA string

	// CleanURLs finds about.html at /about, and redirects from /about.html to there.
	CleanURLs bool

	// Cache chooses the Cache-Control of files; the last that matches is taken, and
	// no-cache where none does.
	Cache []CacheRule

	// Immutable holds globs, as CacheRule.Glob, of files whose content never changes under their
	// name: they go before Cache, with "public, max-age=31536000, immutable".
	Immutable []string

	// CORS holds the origins whose pages may read what is served (Fetch §3.2), each as
	// "https://example.org"; "*" is any. nil means none but the own.
	CORS []string

	// Isolate sends Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy:
	// require-corp and Cross-Origin-Resource-Policy: same-origin, which SharedArrayBuffer
	// and precise timers need.
	Isolate bool

	// SecureHeaders sends Referrer-Policy, X-Frame-Options and a Permissions-Policy, and over
	// TLS Strict-Transport-Security (RFC 6797).
	SecureHeaders bool

	// Auth asks for a user and a password (RFC 7617). Of several whose Prefix matches the longest counts.
	Auth []Auth

	// Allow holds the addresses that are answered, any other is told 403. nil allows all.
	Allow []netip.Prefix

	// TrustedProxies are the addresses whose Forwarded (RFC 7239), or else X-Forwarded-For and X-Forwarded-Proto,
	// is believed about who the client is; where both are there and differ, nobody is. nil believes nobody.
	TrustedProxies []netip.Prefix

	// AllowedHosts, when not empty, holds the names that may stand in the Host
	// field; any other is answered 421 (Misdirected Request), which ends DNS
	// rebinding. A leading "*." stands for any number of labels. A name goes
	// without a port. IP addresses are always allowed: an address cannot be rebound.
	AllowedHosts []string

	// List makes the page for a directory that has no index, instead of the
	// built-in listing (Python's list_directory).
	List func(Directory) (Page, error)

	// ErrorPage makes the content of an error answer, instead of the built-in
	// page (Python's error_message_format). It is called with statuses from 400.
	ErrorPage func(status int, reason string) Page

	// Readme turns the README.md of a listed directory into HTML that is safe to
	// stand in a page of this origin; the result is shown below the listing.
	// nil shows none. Package markdown has one.
	Readme func(markdown []byte) (html []byte, err error)

	// AccessLog is called once for every answer, after its last byte. It must
	// not block. Package accesslog has one that never does.
	AccessLog func(Access)

	// ErrorLog is told the cause of answers that are the server's own fault; the
	// client is told fixed words. nil means [slog.Default].
	ErrorLog *slog.Logger
}

// Fixed is content that is answered for a path.
type Fixed struct {
	// Path begins with a slash and is not encoded; it is below the prefix, if any, that a
	// mux takes away. There are no empty, "." and ".." segments in it.
	Path string
	// MediaType is said of the content, with its parameters. Default
	// application/octet-stream.
	MediaType string
	// Content is not to be changed afterwards.
	Content []byte
	// Header holds further fields; they go before those of the same name in
	// [Config.Header], and are bound by the same rules.
	Header http.Header
}

// CacheRule is a Cache-Control for some files.
type CacheRule struct {
	// Glob is matched against the slash-separated name of a file, relative to the root: * and ?
	// stand for characters other than a slash, ** for any number of directories, {a,b} for either,
	// [a-z] for one of a class. Without a slash in it, it is matched against the last segment alone.
	Glob  string
	Value string // of Cache-Control
}

// Auth protects a part of the site.
type Auth struct {
	// Prefix is the decoded path of what is protected: of a file, or of a directory with all
	// beneath it. "" and "/" are all.
	Prefix string
	Users  Users
}

// Users tells who may read. Package htpasswd has one for files.
type Users interface {
	// Check reports whether the password is that of the user. It may be called concurrently and may take
	// as long as a hash does. An error says that this could not be found out; the client is told 503.
	Check(user, password string) (bool, error)
}

// Page is content that a hook of [Config] made.
type Page struct {
	MediaType string // with its parameters; "" means text/html; charset=utf-8
	Content   []byte
}

// Directory is what [Config.List] is told of a directory.
type Directory struct {
	// Path is the decoded path of the directory in the target, from "/" to "/".
	// It need not be valid UTF-8.
	Path string
	// Query is the query of the target, still encoded.
	Query string
	// Entries are what can be served, sorted by name.
	Entries []Entry
}

// Entry is one name in a [Directory].
type Entry struct {
	Name    string // as on disk; need not be valid UTF-8
	IsDir   bool   // whether it is a directory, or a link to one
	Link    bool   // whether it is a symlink
	Size    int64  // in bytes, of what a link leads to; 0 for directories
	ModTime time.Time
}

// Access is what [Config.AccessLog] is told of an answer.
type Access struct {
	Time time.Time // when the request's head had been read
	// RemoteAddr is the address and port of the peer, as net/http gives it, or the address alone
	// of the client that a trusted proxy tells of.
	RemoteAddr string
	Host       string
	Method     string
	Target     string // as it was sent, not escaped for a log
	Proto      string // "HTTP/1.1"
	Status     int
	Length     int64 // bytes of content that were sent
	Duration   time.Duration
	Referer    string
	UserAgent  string
	// Cause is why the answer is an error, or was cut short, where the status does
	// not tell; nil otherwise. Clients are not told.
	Cause error
}
