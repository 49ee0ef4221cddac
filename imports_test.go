package salver_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// imports is what each package may import beside the standard library, tests apart:
// the walk of a request, downwards only.
var imports = map[string]struct {
	may string // of this module by path, of others by module
	not string // of the standard library
	why string
}{
	".":                              {may: "certfile internal/clientaddr internal/coding internal/engine internal/hot internal/http1 internal/listing internal/media internal/message internal/plan internal/rules internal/semantics internal/tree", why: "who imports it gets x/sys, otter, doublestar, two compressors and x/net's hpack, by way of internal/tree, internal/hot, internal/rules, internal/coding and internal/http2, and nothing else"},
	"accesslog":                      {may: ".", why: "it writes salver.Access"},
	"certfile":                       {may: "internal/filestamp", not: "net/http", why: "any server of TLS can use it"},
	"htpasswd":                       {may: "internal/filestamp golang.org/x/crypto", not: "net/http net", why: "any server that asks for a password can use it"},
	"markdown":                       {may: "github.com/yuin/goldmark golang.org/x/net", why: "whoever does not show READMEs does not import it"},
	"cmd/salver":                     {may: ". accesslog certfile htpasswd markdown precompress cmd/salver/internal/localca cmd/salver/internal/truststore cmd/salver/internal/upgrade github.com/spf13/cobra github.com/spf13/pflag github.com/dustin/go-humanize github.com/pelletier/go-toml/v2 github.com/pires/go-proxyproto github.com/pkg/browser github.com/youmark/pkcs8 golang.org/x/term rsc.io/qr", why: "the command uses the public packages, so that any program can do what it does"},
	"cmd/salver/internal/localca":    {may: "golang.org/x/net", not: "net/http", why: "it signs certificates, of x/net it takes the list of public suffixes"},
	"cmd/salver/internal/truststore": {not: "net/http net", why: "it runs the tools of systems and browsers"},
	"cmd/salver/internal/upgrade":    {may: ".", why: "it redirects, and writes salver.Access"},
	"precompress":                    {may: "internal/coding internal/media internal/semantics internal/tree github.com/klauspost/compress github.com/andybalholm/brotli", not: "net/http net", why: "it writes what the server finds, by the rules of the server, and serves nothing"},
	"internal/clientaddr":            {not: "net/http net os io", why: "it reads what proxies say, and asks nobody"},
	"internal/coding":                {may: "internal/semantics internal/turns github.com/klauspost/compress github.com/andybalholm/brotli", not: "net/http net", why: "it codes content, and knows neither its name nor who asks"},
	"internal/engine":                {may: "internal/hot internal/http1 internal/http2 internal/message internal/plan internal/semantics internal/tree internal/turns golang.org/x/sys", why: "it moves bytes between connections and the lane"},
	"internal/filestamp":             {may: "golang.org/x/sys", not: "net/http net", why: "it is about files alone"},
	"internal/hot":                   {may: "internal/plan internal/tree github.com/maypok86/otter/v2", not: "net/http os net", why: "it keeps plans, and knows no connection"},
	"internal/http1":                 {may: "internal/message internal/plan internal/semantics", not: "os io net", why: "it is syntax, and does no I/O"},
	"internal/http2":                 {may: "internal/message internal/plan golang.org/x/net", not: "os io net", why: "it is syntax, and does no I/O"},
	"internal/message":               {may: "internal/plan internal/semantics", not: "net/http os io net", why: "it is what the syntaxes have in common"},
	"internal/plan":                  {may: "internal/clientaddr internal/coding internal/listing internal/media internal/rules internal/semantics internal/tree", not: "net/http os", why: "it decides, and neither sends nor opens"},
	"internal/tree":                  {may: "internal/coding internal/listing internal/semantics internal/turns golang.org/x/sys", not: "net/http", why: "it knows names and files; of HTTP only what a tag is"},
	"internal/listing":               {not: "net/http os", why: "it opens nothing and knows no message"},
	"internal/media":                 {not: "net/http os", why: "the table is the same on every system"},
	"internal/media/gen":             {why: "it makes the table"},
	"internal/rules":                 {may: "internal/media internal/semantics github.com/bmatcuk/doublestar/v4", not: "net/http net os io", why: "rules are text, and pure functions of a request"},
	"internal/semantics":             {not: "net/http os io net", why: "rules are pure functions"},
	"internal/turns":                 {not: "net/http net", why: "it is about time, and knows no work"},
}

// isModule reports whether dir is a module of its own.
func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func TestImports(t *testing.T) {
	const module = "github.com/salver-http/salver"
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := d.Name(); d.IsDir() && name != "." && (base == "testdata" || isModule(name) || strings.HasPrefix(base, ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		pkg := path.Dir(filepath.ToSlash(name))
		rule, ok := imports[pkg]
		if seen[pkg] = true; !ok {
			if pkg != "internal/conformance" && pkg != "internal/browser" && pkg != "test/faults" { // test support
				t.Errorf("%s: no rule says what package %s may import", name, pkg)
			}
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if rest, ok := strings.CutPrefix(imported, module); ok {
				if imported = strings.TrimPrefix(rest, "/"); imported == "" {
					imported = "."
				}
			} else if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
				if slices.Contains(strings.Fields(rule.not), imported) {
					t.Errorf("%s imports %s: %s", name, imported, rule.why)
				}
				continue
			}
			if !slices.ContainsFunc(strings.Fields(rule.may), func(m string) bool {
				return imported == m || m != "." && strings.Contains(m, ".") && strings.HasPrefix(imported, m+"/")
			}) {
				t.Errorf("%s imports %s: %s", name, imported, rule.why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range imports {
		if !seen[pkg] {
			t.Errorf("there is no package %s", pkg)
		}
	}
}
