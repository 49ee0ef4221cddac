package salver

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/hot"
	"github.com/salver-http/salver/internal/listing"
	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// ConfigError is one mistake in a [Config].
type ConfigError struct {
	Field string // of Config
	Err   error
}

func (e *ConfigError) Error() string { return "salver: Config." + e.Field + ": " + e.Err.Error() }

// Unwrap returns what is wrong, as [io/fs.ErrNotExist] for a Root that is not there.
func (e *ConfigError) Unwrap() error { return e.Err }

// New checks c and makes a Handler of it. The error joins a [*ConfigError] for every
// mistake that was found.
func New(c Config) (*Handler, error) {
	st, err := newState(c)
	if err != nil {
		return nil, err
	}
	h := new(Handler)
	h.formBytes.Store(formBytes)
	h.take(st)
	return h, nil
}

// Reload checks c and serves by it from the next request on, on the connections that there are,
// too. On an error nothing changes.
func (h *Handler) Reload(c Config) error {
	st, err := newState(c)
	if err != nil {
		return err
	}
	h.take(st)
	return nil
}

// parts are the errors that err joins, err alone when it joins none.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, parts(e)...)
		}
		return all
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// ownNames are at the top of a tree, read for how to serve it and not served.
var ownNames = []string{"_headers", "_redirects", "salver.toml"}

// newState checks c, all of it.
func newState(c Config) (*state, error) {
	var errs []error
	wrong := func(field string, err error) {
		for _, one := range parts(err) {
			errs = append(errs, &ConfigError{field, one})
		}
	}
	s := &plan.Site{NoListing: c.NoListing, Readme: c.Readme}
	var err error
	_, err = media.New(c.MediaTypes, "", nil)
	wrong("MediaTypes", err)
	_, err = media.New(nil, c.DefaultMediaType, nil)
	wrong("DefaultMediaType", err)
	s.Types, _ = media.New(c.MediaTypes, c.DefaultMediaType, c.MediaType)
	s.Hosts, err = plan.NewHosts(c.AllowedHosts)
	wrong("AllowedHosts", err)
	s.Extra, err = extraFields(c.Header)
	wrong("Header", err)
	s.Extra = slices.DeleteFunc(s.Extra, func(f plan.Field) bool {
		if f.Name == "Content-Type" {
			s.ContentType = f.Value // of files, and of the parts of one
		}
		return f.Name == "Content-Type"
	})
	wrong("Fixed", fix(s, c.Fixed))
	coded := hasToken(s.Extra, "Content-Encoding", "") // the files are in a coding already
	o := tree.Options{
		Index: c.Index, Hidden: c.Hidden, Secrets: c.ServeSecrets, FollowSymlinks: c.FollowSymlinks,
		NoSidecars: c.NoSidecars || coded,
	}
	if !c.NoRules {
		o.Own = ownNames
	}
	compress := !c.NoCompress && !coded && !hasToken(s.Extra, "Cache-Control", "no-transform")
	s.NoCodings = o.NoSidecars && !compress
	if o.Index == nil {
		o.Index = []string{"index.html", "index.htm"}
	}
	o.Index = slices.Clone(o.Index)
	wrong("Index", checkIndex(o.Index))
	switch {
	case c.FS != nil && c.Root != "":
		wrong("FS", errors.New("there is a Root, too: only one of them can be served"))
	case c.FS != nil:
		s.Tree = tree.NewFS(c.FS, o)
	default:
		root := c.Root
		if root == "" {
			root = "."
		}
		s.Tree, err = tree.New(root, o)
		wrong("Root", err)
	}
	notes := ownerRules(s, &c, wrong)
	var cache *coding.Dir
	if c.CompressCache != "" {
		cache, err = openCache(c)
		wrong("CompressCache", err)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if c.ErrorLog == nil {
		c.ErrorLog = slog.Default()
	}
	for _, n := range notes {
		c.ErrorLog.Warn(n.Error())
	}
	if s.Rules != nil {
		s.Rules.Report = reportRules(c.ErrorLog)
	}
	if cache != nil {
		cache.OnError = func(err error) { c.ErrorLog.Warn("compressed content is not kept on disk", "cause", err) }
	}
	if compress {
		s.Forms = coding.NewStore(formBytes, cache)
	}
	if c.List != nil {
		s.List = listHook(c.List)
	}
	if c.ErrorPage != nil {
		hook := c.ErrorPage
		s.ErrorPage = func(status int, reason string) plan.Page { return planPage(hook(status, reason)) }
	}
	return &state{site: s, config: &c}, nil
}

// formBytes is how much compressed content a Handler keeps by itself, in bytes.
const formBytes = hot.DefaultBytes / 4

// openCache opens Config.CompressCache.
func openCache(c Config) (*coding.Dir, error) {
	if c.NoCompress {
		return nil, errors.New("nothing is compressed: NoCompress is set, too")
	}
	if c.FS == nil && within(c.CompressCache, cmp.Or(c.Root, ".")) {
		return nil, fmt.Errorf("%s lies in what is served", c.CompressCache)
	}
	return coding.OpenDir(c.CompressCache, cacheBytes)
}

// cacheBytes is how much Config.CompressCache holds, in bytes.
const cacheBytes = 1 << 30

// within reports whether dir, which need not be there yet, is root or beneath it.
func within(dir, root string) bool {
	root, err := filepath.Abs(root)
	if err != nil {
		return false
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return false
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	for rest := ""; ; {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			rel, err := filepath.Rel(root, filepath.Join(real, rest))
			return err == nil && filepath.IsLocal(rel)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir, rest = parent, filepath.Join(filepath.Base(dir), rest)
	}
}

// hasToken reports whether a field of that name lists token, or is there at all where
// token is "".
func hasToken(fields []plan.Field, name, token string) bool {
	return slices.ContainsFunc(fields, func(f plan.Field) bool {
		return f.Name == name && (token == "" || slices.ContainsFunc(strings.Split(f.Value, ","), func(s string) bool {
			return strings.EqualFold(strings.TrimSpace(s), token)
		}))
	})
}

// settled are the fields that salver's framing, caching and ranges depend on.
var settled = map[string]bool{
	"Accept-Ranges": true, "Allow": true, "Connection": true, "Content-Length": true, "Content-Range": true,
	"Date": true, "Etag": true, "Keep-Alive": true, "Last-Modified": true, "Location": true,
	"Retry-After": true, "Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
}

// extraFields checks the fields of Config.Header, all of them, and sorts them by name.
func extraFields(h http.Header) ([]plan.Field, error) {
	var (
		fields []plan.Field
		errs   []error
	)
	for _, name := range slices.Sorted(maps.Keys(h)) {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !semantics.ValidFieldName(name):
			errs = append(errs, fmt.Errorf("%q is not a field name", name))
			continue
		case settled[canonical]:
			errs = append(errs, fmt.Errorf("%s is salver's own to say", canonical))
			continue
		}
		for _, v := range h[name] {
			if !semantics.ValidFieldValue(v) {
				errs = append(errs, fmt.Errorf("%q is not a value for %s", v, canonical))
			}
			fields = append(fields, plan.Field{Name: canonical, Value: v})
		}
	}
	slices.SortStableFunc(fields, func(a, b plan.Field) int { return strings.Compare(a.Name, b.Name) })
	return fields, errors.Join(errs...)
}

// fix gives s the contents of Config.Fixed.
func fix(s *plan.Site, all []Fixed) error {
	var errs []error
	seen := make(map[string]bool)
	for _, f := range all {
		name, ok := strings.CutPrefix(f.Path, "/")
		if !ok || name == "." || !fs.ValidPath(name) || strings.ContainsRune(name, 0) {
			errs = append(errs, fmt.Errorf("%q is not the path of a file", f.Path))
		} else if seen[name] {
			errs = append(errs, fmt.Errorf("%q is there twice", f.Path))
		}
		seen[name] = true
		if _, err := media.New(nil, f.MediaType, nil); err != nil {
			errs = append(errs, err)
		}
		fields, err := extraFields(f.Header)
		if err != nil {
			errs = append(errs, err)
		}
		for _, field := range fields {
			if field.Name == "Content-Type" || field.Name == "Content-Encoding" {
				errs = append(errs, fmt.Errorf("%s is not for the Header of fixed content", field.Name))
			}
		}
		s.Fix(name, cmp.Or(f.MediaType, "application/octet-stream"), f.Content, fields)
	}
	return errors.Join(errs...)
}

func checkIndex(names []string) error {
	var errs []error
	for _, n := range names {
		if n == "" || n == "." || n == ".." || strings.ContainsAny(n, "/\x00") {
			errs = append(errs, fmt.Errorf("%q is not a file name", n))
		}
	}
	return errors.Join(errs...)
}

// listHook lets a hook of Config make the page of a directory.
func listHook(hook func(Directory) (Page, error)) func(string, listing.Dir, *semantics.Request) (plan.Page, error) {
	return func(path string, d listing.Dir, r *semantics.Request) (plan.Page, error) {
		entries, err := entriesOf(d)
		if err != nil {
			return plan.Page{}, err
		}
		page, err := hook(Directory{Path: path, Query: r.Query, Entries: entries})
		return planPage(page), err
	}
}

func planPage(p Page) plan.Page {
	if p.MediaType == "" {
		p.MediaType = "text/html; charset=utf-8"
	}
	return plan.Page(p)
}
