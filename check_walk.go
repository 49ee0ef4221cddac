package salver

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/rules"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// survey is a walk through a tree.
type survey struct {
	ctx    context.Context
	site   *plan.Site
	config *Config
	left   int // names that may still be looked at
	report Report

	// all has every name that lies in the tree, and public those that are no secrets.
	all, public *tree.Tree
	sidecars    bool // they are sent in place of others
	index       []string

	classes  map[class]*Class
	alike    map[string]int // findings by their kind
	globs    []globUse      // by the order of site.Cache
	prefixes []bool         // which of config.Auth have something in them
	links    bool           // there are directories that were not looked into

	dialect   rules.Dialect
	texts     [][]byte // of ruleNames; nil where there are none
	headers   *rules.Headers
	redirects *rules.Redirects
	froms     map[string]bool // paths that rules are for
}

type class struct{ mediaType, cacheControl string }

// globUse says what a rule of caching is good for.
type globUse struct {
	matches bool // some file
	chosen  bool // for some file
}

func newSurvey(ctx context.Context, site *plan.Site, c *Config, names int) (*survey, error) {
	s := &survey{
		ctx: ctx, site: site, config: c, left: names, classes: make(map[class]*Class), alike: make(map[string]int),
		globs: make([]globUse, len(site.Cache)), prefixes: make([]bool, len(c.Auth)),
		sidecars: !c.NoSidecars && !site.NoCodings, index: c.Index,
	}
	if s.index == nil {
		s.index = []string{"index.html", "index.htm"}
	}
	s.report = Report{
		Findings: []Finding{}, Classes: []Class{}, Secrets: []Secret{}, ErrorPages: []string{}, RuleFiles: []RuleFile{}, SPA: c.SPA,
	}
	var err error
	if s.all, err = treeOf(c, tree.Options{Hidden: true, Secrets: true, NoSidecars: true}); err != nil {
		return nil, err
	}
	s.public, err = treeOf(c, tree.Options{Hidden: true, NoSidecars: true})
	return s, err
}

func treeOf(c *Config, o tree.Options) (*tree.Tree, error) {
	if c.FS != nil {
		return tree.NewFS(c.FS, o), nil
	}
	return tree.New(cmp.Or(c.Root, "."), o)
}

// encoded is the path of a target for a name of the tree, "" for the root.
func encoded(name string) string { return (&url.URL{Path: "/" + name}).EscapedPath() }

// lookUp reports why a name is not there for t, nil when it is.
func lookUp(t *tree.Tree, path string) error {
	res, err := t.Resolve(path, nil)
	if err == nil {
		res.Close()
	}
	return err
}

// found is a name of a directory and what it leads to.
type found struct {
	name string // relative to the root
	link bool
	dir  bool
	size int64
	time time.Time
}

// walk goes through the tree, parents before what is in them.
func (s *survey) walk() error {
	if s.all.IsSingle() {
		return s.single()
	}
	s.directory("")
	below := []string{""}
	for len(below) > 0 {
		dir := below[len(below)-1]
		below = below[:len(below)-1]
		names, err := s.read(dir)
		if s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		if err != nil && (s.config.Hidden || !isHidden(dir)) {
			s.find("unreadable", Finding{Level: LevelError, File: cmp.Or(dir, "."), Text: "the directory cannot be read: " + reason(err), Hint: "let whoever runs salver read it"})
		}
		if s.report.Truncated {
			return nil
		}
		var deeper []string
		sizes := make(map[string]found)
		for _, f := range names {
			switch {
			case !f.dir:
				if s.isServed(f) {
					sizes[f.name] = f
				}
			case s.enter(f):
				deeper = append(deeper, f.name)
			}
		}
		for _, f := range names {
			if _, ok := sizes[f.name]; ok {
				s.file(f, sizes)
			}
		}
		slices.Reverse(deeper)
		below = append(below, deeper...)
	}
	return nil
}

// single is walk for a tree of one file.
func (s *survey) single() error {
	res, err := s.all.Resolve("/", nil)
	if err != nil {
		return err
	}
	defer res.Close()
	s.file(found{name: filepath.Base(s.config.Root), size: res.File.Stamp.Size}, nil)
	return nil
}

// read returns the names in a directory in order.
func (s *survey) read(dir string) (names []found, err error) {
	path := encoded(dir)
	if dir != "" {
		path += "/"
	}
	res, err := s.all.Resolve(path, nil)
	if err != nil {
		return nil, err
	}
	defer res.Close()
	prefix := ""
	if dir != "" {
		prefix = dir + "/"
	}
	err = res.Directory.Names(func(name string, typ fs.FileMode) bool {
		if s.left == 0 {
			s.report.Truncated = true
			s.find("", Finding{Level: LevelWarning, Text: "there are more names than are looked at: the rest is not in this report"})
			return false
		}
		if s.left--; s.left%256 == 0 && s.ctx.Err() != nil {
			return false
		}
		f := found{name: prefix + name, link: typ == fs.ModeSymlink}
		info, err := res.Directory.Info(name)
		if err != nil {
			s.lost(f, err)
			return true
		}
		f.dir, f.size, f.time = info.IsDir, info.Size, info.ModTime
		names = append(names, f)
		return true
	})
	slices.SortFunc(names, func(a, b found) int { return strings.Compare(a.name, b.name) })
	return names, err
}

// lost tells of a name that leads to nothing in the tree.
func (s *survey) lost(f found, err error) {
	switch {
	case !f.link && errors.Is(err, fs.ErrNotExist): // it has just gone
	case isHidden(f.name) && !s.config.Hidden:
	case !f.link:
		s.find("unreadable", Finding{Level: LevelError, File: f.name, Text: "it cannot be read: " + reason(err), Hint: "let whoever runs salver read it"})
	case lookUp(s.site.Tree, encoded(f.name)) == nil:
		s.links = true
		s.find("out", Finding{Level: LevelWarning, File: f.name, Text: "the symlink leads out of what is served and is followed; what is there was not looked at"})
	default:
		s.find("lost", Finding{Level: LevelWarning, File: f.name, Text: "the symlink leads to nothing in what is served: it is answered with 404"})
	}
}

// isServed reports whether a file is, and counts it where it is not.
func (s *survey) isServed(f found) bool {
	path := encoded(f.name)
	err := lookUp(s.site.Tree, path)
	if (err != nil || s.config.ServeSecrets) && s.isSecret(path) {
		// Beneath a secret all is one.
		if dir, _, ok := cutLast(f.name); !ok || !s.isSecret(encoded(dir)) {
			s.secret(f.name, err == nil)
		}
		return err == nil
	}
	switch {
	case err == nil:
		s.linked(f)
	case isHidden(f.name) && !s.config.Hidden:
		s.keepBack(f.name)
	case errors.Is(err, fs.ErrPermission):
		s.find("unreadable", Finding{Level: LevelError, File: f.name, Text: "it cannot be read: " + reason(err), Hint: "let whoever runs salver read it"})
	}
	return err == nil
}

// linked tells of a symlink by which a secret can be read.
func (s *survey) linked(f found) {
	if !f.link || s.config.FS != nil || s.config.ServeSecrets {
		return
	}
	root, err := filepath.EvalSymlinks(cmp.Or(s.config.Root, "."))
	if err != nil {
		return
	}
	target, err := filepath.EvalSymlinks(filepath.Join(root, filepath.FromSlash(f.name)))
	if err != nil {
		return
	}
	if target, err = filepath.Rel(root, target); err != nil || !filepath.IsLocal(target) {
		return
	}
	if name := filepath.ToSlash(target); s.isSecret(encoded(name)) {
		s.find("secret", Finding{
			Level: LevelWarning, File: f.name, Text: "the symlink leads to " + name + ", a secret by its name or content, which can be read by this name",
			Hint: "take the symlink out of what is served",
		})
	}
}

// keepBack counts a name that begins with a dot, and not what is beneath one.
func (s *survey) keepBack(name string) {
	if dir, _, _ := cutLast(name); !isHidden(dir) {
		s.report.Hidden++
	}
}

// isSecret reports whether what is there at path is there only for those who serve secrets.
func (s *survey) isSecret(path string) bool {
	return lookUp(s.all, path) == nil && lookUp(s.public, path) != nil
}

func (s *survey) secret(name string, served bool) {
	if len(s.report.Secrets) < checkSecrets {
		s.report.Secrets = append(s.report.Secrets, Secret{name, served})
	}
	if served {
		s.find("secret", Finding{Level: LevelWarning, File: name, Text: "it is a secret by its name or content, and can be read", Hint: "take it out of what is served, or serve no secrets"})
	}
}

// enter counts a directory, and reports whether it is to be looked into.
func (s *survey) enter(f found) bool {
	path := encoded(f.name)
	served := lookUp(s.site.Tree, path) == nil
	if (!served || s.config.ServeSecrets) && s.isSecret(path) {
		// Beneath a secret all is one.
		if parent, _, ok := cutLast(f.name); !ok || !s.isSecret(encoded(parent)) {
			s.secret(f.name+"/", served)
		}
		if !served {
			return false
		}
	}
	switch {
	case served:
		s.linked(f)
		s.directory(f.name)
	case isHidden(f.name):
		s.keepBack(f.name)
	}
	if f.link {
		s.links = s.links || served
		return false // it may lead to where it is
	}
	return true
}

// directory counts one that is served.
func (s *survey) directory(name string) {
	path := encoded(name)
	if name != "" {
		path += "/"
	}
	s.report.Directories++
	s.note(name)
	res, err := s.site.Tree.Resolve(path, nil)
	if err != nil {
		return
	}
	defer res.Close()
	switch {
	case res.File != nil, res.Sidecars != nil:
		s.report.Indexed++
	case !s.config.NoListing && s.config.SPA == "": // where a directory is a place in the application
		s.report.Listed++
	}
}

// note takes down that a served name is in some part of the site that is for users.
func (s *survey) note(name string) {
	for i, a := range s.config.Auth {
		if prefix := strings.Trim(a.Prefix, "/"); prefix == "" || strings.EqualFold(prefix, name) {
			s.prefixes[i] = true
		}
	}
}

// file counts a file that is served. beside are those in its directory that are served.
func (s *survey) file(f found, beside map[string]found) {
	s.note(f.name)
	s.cached(f.name)
	if s.sidecars && s.isSidecar(f, beside) {
		return
	}
	target := encoded(f.name)
	if dir, last, _ := cutLast(f.name); slices.Contains(s.index, last) {
		target = path.Dir(target)
		if dir != "" {
			target += "/"
		}
	} else if s.config.CleanURLs {
		target = strings.TrimSuffix(target, ".html")
	}
	d := s.site.Describe(target, f.name)
	k := class{d.MediaType, d.CacheControl}
	c := s.classes[k]
	if c == nil {
		c = &Class{MediaType: k.mediaType, CacheControl: k.cacheControl}
		s.classes[k] = c
	}
	s.report.Files++
	s.report.Bytes += f.size
	c.Files++
	c.Bytes += f.size
	if worth, soon := plan.WorthCoding(f.size); d.Compressible && worth {
		c.Compressible++
		if !s.hasSidecar(f, beside) {
			c.Bare++
			if d.Compressed && soon {
				c.Compressed++
			}
		}
	}
	s.errorPage(f.name)
}

// cached takes down which rules of caching a file has.
func (s *survey) cached(name string) {
	chosen := false
	for i := len(s.site.Cache) - 1; i >= 0; i-- {
		if s.site.Cache[i].Glob.Match(name) {
			s.globs[i].matches = true
			s.globs[i].chosen = s.globs[i].chosen || !chosen
			chosen = true
		}
	}
}

// isSidecar reports whether f holds what is beside it, and counts it then.
func (s *survey) isSidecar(f found, beside map[string]found) bool {
	for _, c := range coding.All {
		name, ok := strings.CutSuffix(f.name, coding.Suffix(c))
		of, there := beside[name]
		if !ok || !there {
			continue
		}
		s.report.Sidecars.Files++
		s.report.Sidecars.Bytes += f.size
		if text := stale(f, of); text != "" {
			s.report.Sidecars.Stale++
			s.find("stale", Finding{Level: LevelWarning, File: f.name, Text: text, Hint: "salver precompress brings sidecars up to date"})
		}
		return true
	}
	return false
}

func (s *survey) hasSidecar(f found, beside map[string]found) bool {
	return s.sidecars && slices.ContainsFunc(coding.All[:], func(c semantics.Coding) bool {
		sidecar, ok := beside[f.name+coding.Suffix(c)]
		return ok && stale(sidecar, f) == ""
	})
}

// stale says why a sidecar of a file is of no use, "" when it may be. Whether it holds the content of the file only that
// tells.
func stale(sidecar, file found) string {
	switch {
	case sidecar.size >= file.size:
		return "it is not smaller than the file that it is a sidecar of, and not sent in its place"
	case sidecar.time.Before(file.time):
		return "it is older than the file that it is a sidecar of, and not sent in its place"
	}
	return ""
}

// isHidden reports whether a name, or a directory that it is in, begins with a dot, but for /.well-known/.
func isHidden(name string) bool {
	if first, rest, _ := strings.Cut(name, "/"); first == ".well-known" {
		name = rest
	}
	return name != "" && slices.ContainsFunc(strings.Split(name, "/"), func(seg string) bool { return strings.HasPrefix(seg, ".") })
}

// cutLast cuts the last segment off.
func cutLast(name string) (dir, last string, ok bool) {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return "", name, false
	}
	return name[:i], name[i+1:], true
}

// reason is what is wrong, without the name.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}
