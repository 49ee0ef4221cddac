// Package conformance holds the cases that say what salver answers, as data in
// testdata, and the lanes that all of them run through. It has no code of its own
// outside of tests.
//
// # A theme
//
// A file of testdata is a theme: a txtar archive with one small tree and the cases
// that ask for it. What stands before the first section says what the theme is about.
//
//	-- config --          what was chosen, one line for each field of salver.Config
//	-- tree --            what an archive cannot say of the tree, one line for each name
//	-- tree/hello.txt --  a file
//	-- fields hello --    field lines that several cases share
//	-- whole-file --      any other name is a case's: <theme>/<name> is its full name
//
// In the config section stand the words hidden, secrets, no-listing, follow-symlinks,
// no-sidecars, no-compress, no-rules, clean-urls, isolate and secure-headers, "dialect NAME", "spa FILE",
// "cache GLOB VALUE", "immutable GLOB", "cors ORIGIN…", "allow NETWORK", "trusted-proxy NETWORK", "auth PREFIX USER:PASSWORD" (the user
// "busy" cannot be asked), "index NAME…", "host NAME…", "field NAME: VALUE", "type .EXT
// MEDIA/TYPE", "default-type MEDIA/TYPE", "fixed /PATH MEDIA/TYPE CONTENT" (which Go quotes),
// "fixed-field NAME: VALUE" (of the one before), "single NAME" (the tree is that file alone),
// "hook FIELD" (with what hooks in config_test.go holds under that name of a field of
// Config), "unprivileged" (root may read any file, so the theme is not for root) and
// "rested" (the theme waits until its files have been at rest for two seconds).
//
// A line of the tree section is a name and what it is: "literal content" as Go quotes
// it, "bytes N" (N bytes of numbered lines of 8 bytes, so that bytes 16 to 23 are
// "0000002\n"), "zeros N", "gzip FILE", "br FILE" or "zstd FILE" (the content of
// another file in that coding), "-> TARGET", "fifo", "dir", or nothing for a name that is
// there already; then perhaps "mtime 2024-01-02T03:04:05Z" (which is the default for
// everything) and "mode 0000". Odd characters of a name are percent-encoded. A name
// that begins with "../" stands beside the tree, not in it, and in the target of a
// link $ROOT is the absolute path of the tree.
//
// # A case
//
//	-- first-five --
//	RFC 9110 §14.1.2: a range counts from 0, and its last position is in it.
//	> GET /hello.txt
//	> Range: bytes=0-4
//	< 206
//	< @hello
//	< Content-Range: bytes 0-4/14
//	< Content-Length: 5
//	= hello.txt 0-4
//	python: 200 (it does not know ranges)
//
// It begins with the section of an RFC that it holds, or another reason. Then:
//
//   - ">" is a line of the request, sent with CRLF. A request line without a version
//     gets HTTP/1.1 and "Host: salver.test", and the blank line after the head goes
//     without saying. After a ">" alone follows content. A line in quotes is unquoted as
//     Go does, and after ">>" it is sent without CRLF.
//   - "<" is first the status, then all fields, in any order. "@hello" stands for
//     the section "fields hello" of the theme or of shared.txtar; a later line of the
//     same name takes the place of the line there, and "-NAME" removes it. The fields
//     of "fields every" are in every answer without being written. Not compared are
//     Date, whose form is checked, and Connection, which belongs to the connection.
//   - "=" is a piece of the content: "text" in quotes, or a file of the tree, perhaps
//     with the positions of its first and last byte; "|" is a line of text and its LF. Pieces follow upon each other. No piece means no content, and an
//     answer to HEAD has none whatever is written. The boundary of a multipart is
//     written BOUNDARY; its length is 32 bytes. "= gzip", "= br" or "= zstd" before the one
//     piece there is: the content decodes to it, whoever compressed it. "= {coding}" is
//     any of them, that of the Content-Encoding that came, which may be written so, too.
//   - "~" in place of pieces is a text in quotes that the content has, after that of the
//     "~" before it: for pages whose looks may change. {length} and {tag} stand for the
//     Content-Length and the Etag that follow from the content that came, {form} for the
//     Etag of content in a coding, {policy} for
//     the Content-Security-Policy that lets its own style and script run and nothing else,
//     and {now} for a Last-Modified of while the test runs. {length FILE}, {tag FILE} and
//     {form FILE} are those of a file of the tree, the last one as the coded form of the
//     file that it is made of; they may stand in fields of the request as well.
//   - "go:" and "python:" say in what http.FileServer and python -m http.server differ,
//     and in parentheses why: the status where it is another one ("none" for a
//     connection closed without an answer, "0.9" for content without a head, "two" when
//     another answer follows), else the
//     differing ones of Content-Type (less parameters), Content-Length,
//     Content-Range, Location, Last-Modified, Allow as they are there or as "no NAME",
//     and the word "content". Of errors (4xx, 5xx) only status and Allow are compared,
//     since everybody has their own page. "-" stands for a request that is not sent to
//     them. A version may come first: "python <3.13: 301 (…)". Themes that
//     choose anything are not compared: they cannot be told.
//   - "mounted:" is the Location below a prefix where that is not the prefix and then the
//     Location, and "not: LANE, LANE (why)" and "only: LANE (why)" name the lanes that
//     a case is not or only for; fs.FS and os.Root stand for trees of that kind.
//
// Each case that is a GET is also sent as HEAD, which must have the same fields. Each
// that is answered 200 is sent again with the entity tag in If-None-Match, which must
// be answered 304, and with a range for its last byte: of coded content by its tag in
// If-Range, and without that of the content itself. What was compressed for an answer
// may give way to something shorter between two of these, and to nothing else.
package conformance
