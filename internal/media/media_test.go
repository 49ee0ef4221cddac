package media

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustNew(t testing.TB, overrides map[string]string, fallback string, guess func(string) string) *Types {
	t.Helper()
	types, err := New(overrides, fallback, guess)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// builtIn is what the table says of extensions that people serve.
var builtIn = []struct{ extensions, mediaType string }{
	{"html htm", "text/html"},
	{"css", "text/css"},
	{"js mjs cjs", "text/javascript"},
	{"json map", "application/json"},
	{"jsonld", "application/ld+json"},
	{"wasm", "application/wasm"},
	{"md markdown", "text/markdown"},
	{"txt log ini conf text", "text/plain"},
	{"csv", "text/csv"},
	{"tsv", "text/tab-separated-values"},
	{"xml xsd xsl", "application/xml"},
	{"xhtml", "application/xhtml+xml"},
	{"ts tsx cts jsx vue", "text/plain"},
	{"mts m2ts", "video/mp2t"},
	{"go py rs c h cc cpp java rb pl php sh bat scm org", "text/plain"},
	{"toml", "application/toml"},
	{"yaml yml", "application/yaml"},
	{"sql", "application/sql"},
	{"svg", "image/svg+xml"},
	{"webp", "image/webp"},
	{"avif", "image/avif"},
	{"jxl", "image/jxl"},
	{"ico", "image/vnd.microsoft.icon"},
	{"png", "image/png"},
	{"jpg jpeg", "image/jpeg"},
	{"gif", "image/gif"},
	{"bmp", "image/bmp"},
	{"woff", "font/woff"},
	{"woff2", "font/woff2"},
	{"ttf", "font/ttf"},
	{"otf", "font/otf"},
	{"mp4", "video/mp4"},
	{"m4v", "video/x-m4v"},
	{"webm", "video/webm"},
	{"ogv", "video/ogg"},
	{"mov", "video/quicktime"},
	{"mkv", "video/matroska"},
	{"mp3", "audio/mpeg"},
	{"m4a", "audio/mp4"},
	{"aac", "audio/aac"},
	{"ogg oga opus", "audio/ogg"},
	{"flac", "audio/flac"},
	{"wav", "audio/wav"},
	{"m3u8", "application/vnd.apple.mpegurl"},
	{"mpd", "application/dash+xml"},
	{"vtt", "text/vtt"},
	{"srt", "text/plain"},
	{"pdf", "application/pdf"},
	{"rtf", "application/rtf"},
	{"zip", "application/zip"},
	{"tar", "application/x-tar"},
	{"gz tgz tar.gz html.gz", "application/gzip"},
	{"Z tar.Z", "application/x-compress"},
	{"bz2 tbz2 tar.bz2", "application/x-bzip2"},
	{"xz txz tar.xz", "application/x-xz"},
	{"zst js.zst", "application/zstd"},
	{"br css.br", "application/x-brotli"},
	{"7z", "application/x-7z-compressed"},
	{"rar", "application/vnd.rar"},
	{"jar", "application/java-archive"},
	{"apk", "application/vnd.android.package-archive"},
	{"dmg", "application/x-apple-diskimage"},
	{"iso", "application/x-iso9660-image"},
	{"exe dll", "application/vnd.microsoft.portable-executable"},
	{"deb", "application/vnd.debian.binary-package"},
	{"epub", "application/epub+zip"},
	{"ics", "text/calendar"},
	{"vcf", "text/vcard"},
	{"webmanifest", "application/manifest+json"},
	{"atom", "application/atom+xml"},
	{"rss", "application/rss+xml"},
	{"wsdl", "application/wsdl+xml"},
	{"geojson", "application/geo+json"},
	{"obj", "model/obj"},
	{"stl", "model/stl"},
	{"3gp", "video/3gpp"},
	{"bin img so unheard-of", "application/octet-stream"},
}

func TestOfBuiltIn(t *testing.T) {
	types := mustNew(t, nil, "", nil)
	for _, c := range builtIn {
		want := Type{MediaType: c.mediaType, UTF8: c.mediaType}
		if strings.HasPrefix(c.mediaType, "text/") {
			want.UTF8 += "; charset=utf-8"
		}
		for _, ext := range strings.Fields(c.extensions) {
			for _, name := range []string{"a." + ext, "dir.html/..a." + strings.ToUpper(ext)} {
				if diff := cmp.Diff(want, types.Of(name)); diff != "" {
					t.Errorf("Of(%q) (-want +got):\n%s", name, diff)
				}
			}
		}
	}
	want := Type{MediaType: "image/svg+xml", UTF8: "image/svg+xml", Coding: "gzip"}
	if diff := cmp.Diff(want, types.Of("a.svgz")); diff != "" {
		t.Errorf("Of(a.svgz) (-want +got):\n%s", diff)
	}
}

func TestOfOrder(t *testing.T) {
	types := mustNew(t, map[string]string{
		".Z":    "a/exact",
		".z":    "a/lower",
		".md":   "text/x-md; a=b",
		".txt":  "text/plain; charset=latin1",
		".svgz": "image/x",
		".HTML": "a/loud",
	}, "Text/Unknown", func(name string) string {
		switch name {
		case "guess/me.html":
			return "text/guessed"
		case "bad.html":
			return "text/html\r\nSet-Cookie: a=b"
		}
		return ""
	})
	plain := func(m string) Type { return Type{MediaType: m, UTF8: m} }
	html := Type{MediaType: "text/html", UTF8: "text/html; charset=utf-8"}
	fallback := Type{MediaType: "Text/Unknown", UTF8: "Text/Unknown; charset=utf-8"}
	for name, want := range map[string]Type{
		"guess/me.html":                    {MediaType: "text/guessed", UTF8: "text/guessed; charset=utf-8"},
		"bad.html":                         html,
		"me.html":                          html,
		"me.Html":                          html,
		"me.HTML":                          plain("a/loud"),
		"a.Z":                              plain("a/exact"),
		"a.z":                              plain("a/lower"),
		"a.md":                             {MediaType: "text/x-md; a=b", UTF8: "text/x-md; a=b; charset=utf-8"},
		"a.MD":                             {MediaType: "text/x-md; a=b", UTF8: "text/x-md; a=b; charset=utf-8"},
		"a.txt":                            plain("text/plain; charset=latin1"),
		"a.svgz":                           plain("image/x"),
		"":                                 fallback,
		"a":                                fallback,
		"html":                             fallback,
		".html":                            fallback,
		"...html":                          fallback,
		"d.html/":                          fallback,
		"d.html/a":                         fallback,
		"d.html/.html":                     fallback,
		"a.html.":                          fallback,
		"a.":                               fallback,
		"a.#":                              fallback,
		"a.html\t":                         fallback,
		"a.html\ttext/html; charset=utf-8": fallback,
	} {
		if diff := cmp.Diff(want, types.Of(name)); diff != "" {
			t.Errorf("Of(%q) (-want +got):\n%s", name, diff)
		}
	}
}

func TestNewErrors(t *testing.T) {
	_, err := New(map[string]string{
		"txt":     "text/plain",
		"":        "text/plain",
		".":       "text/plain",
		".tar.gz": "application/gzip",
		"./a":     "text/plain",
		".ok":     "text/plain",
		".bad":    "text",
		"worse":   "",
	}, "none at all", nil)
	want := strings.Join([]string{
		`extension "" (for "text/plain") does not begin with a dot`,
		`extension "." (for "text/plain") is not what follows the last dot of a name`,
		`extension "./a" (for "text/plain") is not what follows the last dot of a name`,
		`extension ".bad": "text" is not a media type`,
		`extension ".tar.gz" (for "application/gzip") is not what follows the last dot of a name`,
		`extension "txt" (for "text/plain") does not begin with a dot`,
		`extension "worse" (for "") does not begin with a dot`,
		`extension "worse": "" is not a media type`,
		`default media type: "none at all" is not a media type`,
	}, "\n")
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNewCopies(t *testing.T) {
	overrides := map[string]string{".a": "a/b"}
	types := mustNew(t, overrides, "", nil)
	overrides[".a"] = "c/d"
	if got := types.Of("x.a").MediaType; got != "a/b" {
		t.Errorf("a later change of the map is seen: %s", got)
	}
}

func TestOfDoesNotAllocate(t *testing.T) {
	types := mustNew(t, map[string]string{".x": "text/x"}, "text/plain", func(name string) string {
		if name == "guessed.x" {
			return "image/x"
		}
		return ""
	})
	for _, name := range []string{"a/b.html", "a.svgz", "a.x", "guessed.x", "a", "A.unheard-of"} {
		if n := testing.AllocsPerRun(100, func() { types.Of(name) }); n != 0 {
			t.Errorf("Of(%q) allocates %v times", name, n)
		}
	}
}

func FuzzOf(f *testing.F) {
	for _, name := range []string{"", "a.html", "A.SVGZ", "..x.y/z.tar.gz", "a.\n", "a.x", "a.X", "a.\xff", "a.123", "a.zzz", "K.\u212aml"} {
		f.Add(name)
	}
	types := mustNew(f, map[string]string{".x": "text/x", ".Y": "image/y"}, "", nil)
	f.Fuzz(func(t *testing.T, name string) {
		got := types.Of(name)
		if diff := cmp.Diff(naiveOf(name), got); diff != "" {
			t.Errorf("Of(%q) (-naive +got):\n%s", name, diff)
		}
		if !Valid(got.MediaType) || !Valid(got.UTF8) {
			t.Errorf("Of(%q) is no media type: %+v", name, got)
		}
	})
}

// naiveOf is what FuzzOf's Types say, by scanning.
func naiveOf(name string) Type {
	elements := strings.Split(name, "/")
	parts := strings.Split(strings.TrimLeft(elements[len(elements)-1], "."), ".")
	ext := parts[len(parts)-1]
	if len(parts) == 1 || ext == "" {
		return Type{MediaType: octetStream, UTF8: octetStream}
	}
	switch {
	case ext == "x" || ext == "X":
		return Type{MediaType: "text/x", UTF8: "text/x; charset=utf-8"}
	case ext == "Y":
		return Type{MediaType: "image/y", UTF8: "image/y"}
	}
	if typ, ok := naiveFind(rows, strings.ToLower(ext)); ok {
		return typ
	}
	return Type{MediaType: octetStream, UTF8: octetStream}
}

func BenchmarkOf(b *testing.B) {
	types := mustNew(b, nil, "", nil)
	b.ReportAllocs()
	for b.Loop() {
		types.Of("assets/js/index.js")
	}
}
