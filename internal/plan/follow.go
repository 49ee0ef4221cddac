package plan

import (
	"errors"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/salver-http/salver/internal/rules"
	"github.com/salver-http/salver/internal/tree"
)

// follow answers with what the target leads to, in this order:
//
//  1. a redirect or rewrite of the owner's that goes before files;
//  2. the file of that name, or the index of the directory; with clean URLs name.html, too;
//  3. a redirect or rewrite that files go before;
//  4. the page of the application, where the target is navigated to;
//  5. the listing of the directory.
func (s *Site) follow(a *asked) (*Response, error) {
	act := s.rule(a, false)
	bare := act != nil && s.lists() && act.LeadsTo(a.unslashed()) // it takes a slash away, which listings need
	if act != nil && act.Forced && !bare {
		return s.act(a, act)
	}
	res, err := s.Tree.Resolve(a.path, a.basis)
	if err != nil && isFinal(err) {
		return nil, err
	}
	others := act != nil || s.App != "" || s.CleanURLs
	if bare && act.Forced && (err != nil || res.Directory == nil) {
		res.Close()
		return s.act(a, act)
	}
	there := err == nil && (res.Directory == nil || !others) &&
		(!res.Unslashed || !others || s.hasIndex(a, a.path+"/"))
	if there {
		if forced := s.rule(a, true); forced != nil {
			res.Close()
			return s.act(a, forced)
		}
		return s.found(a, res)
	}
	if s.CleanURLs {
		if p, cerr := s.clean(a); p != nil || cerr != nil {
			res.Close()
			return p, cerr
		}
	}
	if act != nil && !(bare && err == nil && res.Directory != nil) {
		res.Close()
		return s.act(a, act)
	}
	if s.App != "" && s.isNavigation(a) {
		res.Close()
		return s.planAt(a, s.App)
	}
	if err != nil {
		return nil, err
	}
	if res.Unslashed {
		return s.slash(a)
	}
	return s.planResource(a, res)
}

// rule returns what the first rule asks for that matches, nil for none; forced is for those alone
// that go before files.
func (s *Site) rule(a *asked, forced bool) *rules.Action {
	if a.target.Path == "" || forced && !a.own.redirects.HasForced() {
		return nil
	}
	act, found, byCookie := a.own.redirects.Find(&a.target, forced)
	if byCookie {
		a.by |= VaryCookie
	}
	if !found {
		return nil
	}
	return &act
}

// isFinal reports whether an error is not that of a missing file: nothing else is to be answered.
func isFinal(err error) bool {
	return errors.Is(err, tree.ErrMalformed) || errors.Is(err, tree.ErrChanged) || tree.IsExhausted(err)
}

// found answers with a file, or with where it is to be asked for.
func (s *Site) found(a *asked, res tree.Resource) (*Response, error) {
	if res.Unslashed {
		return s.slash(a)
	}
	if s.CleanURLs {
		if location := s.cleaner(a, nameOf(&res)); location != "" {
			res.Close()
			return moved(301, location), nil
		}
	}
	return s.planResource(a, res)
}

// slash sends who has left the slash of a directory away there. Where rules send them back, the index is answered
// without it.
func (s *Site) slash(a *asked) (*Response, error) {
	path := a.path + "/"
	if a.target.Path == "" || a.own.redirects.Len() == 0 {
		return redirect(a.Request), nil
	}
	index := s.hasIndex(a, path)
	if !s.leadsBack(a, path, index || s.lists()) || !index && s.lists() && s.leadsBare(a, path) {
		return redirect(a.Request), nil
	}
	res, err := s.look(a, path)
	if err != nil {
		return nil, err
	}
	return s.planResource(a, res)
}

// lists reports whether a directory without an index has a listing.
func (s *Site) lists() bool { return !s.NoListing && s.App == "" }

// unslashed is the target without a slash at its end, from where salver would add one: a rule that leads there does not take
// the slash of a listing away.
func (a *asked) unslashed() *rules.Target {
	t := a.target
	t.Path = strings.TrimSuffix(t.Path, "/")
	return &t
}

// leadsBack reports whether rules send who is sent from the target to another path back again; forced is for those alone
// that go before files.
func (s *Site) leadsBack(a *asked, path string, forced bool) bool {
	name, slash, err := tree.ParsePath(path)
	if err != nil || a.target.Path == "" {
		return false
	}
	to := a.target
	to.Path = rulePath(name, slash)
	back, byCookie := a.own.redirects.LeadsBack(&a.target, to, forced)
	if byCookie {
		a.by |= VaryCookie
	}
	return back
}

// leadsBare reports whether the first rule for path, which is that of the target with a slash, leads to the target: it takes a
// slash away that listings need.
func (s *Site) leadsBare(a *asked, path string) bool {
	name, slash, err := tree.ParsePath(path)
	if err != nil {
		return false
	}
	t := a.target
	t.Path = rulePath(name, slash)
	act, found, _ := a.own.redirects.Find(&t, true)
	return found && act.LeadsTo(&a.target)
}

const htmlExt = ".html"

// clean answers with name.html where name is asked for, and sends there who asks for name with a slash.
// It returns nil where there is no such file.
func (s *Site) clean(a *asked) (*Response, error) {
	bare := strings.TrimRight(a.path, "/")
	dotted := isDots(lastOf(bare))
	if dotted { // a directory by another name, to which nothing can be appended
		name, _, err := tree.ParsePath(a.path)
		if err != nil || name == "." {
			return nil, nil
		}
		bare = (&url.URL{Path: "/" + name}).EscapedPath()
	}
	if bare == "" || isPage(bare) {
		return nil, nil
	}
	if name, _, err := tree.ParsePath(bare + htmlExt); err == nil {
		if p := s.mayRead(a, name); p != nil { // before anything is looked up
			return p, nil
		}
	}
	res, err := s.Tree.Resolve(bare+htmlExt, a.basis)
	switch {
	case err != nil && isFinal(err):
		return nil, err
	case err != nil:
		return nil, nil
	case nameOf(&res) == "":
		res.Close()
		return nil, nil
	}
	if forced := s.rule(a, true); forced != nil {
		res.Close()
		return s.act(a, forced)
	}
	if last := lastOf(bare); last == "index" && !dotted { // the page of a directory by another name
		if index := strings.TrimSuffix(bare, last); s.leadsTo(a, index, nameOf(&res)) && !s.leadsBack(a, index, true) {
			res.Close()
			return moved(301, cleanLocation(a.Request, "", bare != a.path)), nil
		}
	}
	if bare != a.path && !dotted && !s.leadsBack(a, bare, true) {
		res.Close()
		return moved(301, cleanLocation(a.Request, lastOf(bare), true)), nil
	}
	return s.planResource(a, res)
}

// cleaner is where the file of that name is to be asked for instead, when it was asked for by its
// whole name; "" when the shorter target leads elsewhere.
func (s *Site) cleaner(a *asked, name string) string {
	short, ok := cutEncoded(a.path, htmlExt)
	if !ok || !strings.HasSuffix(name, htmlExt) || strings.HasSuffix(short, "/") {
		return ""
	}
	last := lastOf(short)
	if isDots(last) || isPage(last) {
		return "" // that leads elsewhere, and this to nothing
	}
	if last == "index" {
		index := strings.TrimSuffix(short, last)
		if s.leadsTo(a, index, name) {
			if s.leadsBack(a, index, true) {
				return ""
			}
			return cleanLocation(a.Request, "", false)
		}
	}
	if s.leadsTo(a, short, "") && !s.hasIndex(a, short+"/") && !s.leadsBack(a, short, true) {
		return cleanLocation(a.Request, last, false)
	}
	return ""
}

// lastOf is the last segment of an encoded path.
func lastOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// isPage reports whether an encoded path ends as the whole name of a page does.
func isPage(path string) bool {
	_, ok := cutEncoded(path, htmlExt)
	return ok
}

// isDots reports whether a segment, however it is written, is a dot segment (RFC 3986 §5.2.4).
func isDots(segment string) bool {
	rest, ok := cutEncoded(segment, ".")
	if !ok || rest == "" {
		return ok
	}
	rest, ok = cutEncoded(rest, ".")
	return ok && rest == ""
}

// cutEncoded cuts a suffix off an encoded path, however its characters are written.
func cutEncoded(path, suffix string) (short string, ok bool) {
	for i := len(suffix) - 1; i >= 0; i-- {
		n := len(path)
		switch {
		case n >= 3 && path[n-3] == '%':
			c, err := strconv.ParseUint(path[n-2:], 16, 8)
			if err != nil || byte(c) != suffix[i] {
				return "", false
			}
			path = path[:n-3]
		case n >= 1 && path[n-1] == suffix[i]:
			path = path[:n-1]
		default:
			return "", false
		}
	}
	return path, true
}

// leadsTo reports whether a path leads to the file of that name; "" is for none at all.
func (s *Site) leadsTo(a *asked, path, name string) bool {
	res, err := s.Tree.Resolve(path, a.basis)
	if err != nil {
		return name == "" && !isFinal(err)
	}
	defer res.Close()
	return nameOf(&res) == name
}

// hasIndex reports whether there is a file to answer for the directory with.
func (s *Site) hasIndex(a *asked, path string) bool {
	res, err := s.Tree.Resolve(path, a.basis)
	if err != nil {
		return false
	}
	defer res.Close()
	return nameOf(&res) != ""
}

// isNavigation reports whether the target looks like a place in an application, and not like a file
// of it: it has no extension, or the browser says that it goes there (Fetch Metadata §2.3).
func (s *Site) isNavigation(a *asked) bool {
	name, slash, err := tree.NormalizePath(a.path)
	if err == nil && (slash || name == "." || path.Ext(name) == "") {
		return true
	}
	a.by |= VaryAccept | VaryFetchMode
	return strings.EqualFold(a.FetchMode.Text, "navigate") && acceptsHTML(a)
}

// act does what a rule says.
func (s *Site) act(a *asked, act *rules.Action) (*Response, error) {
	switch {
	case act.Status >= 400:
		p := s.fail(act.Status, nil)
		p.page = act.Path
		return p, nil
	case act.Status >= 300:
		return moved(act.Status, mounted(a.Mount, act.Location)), nil
	}
	return s.planAt(a, act.Path)
}

// planAt answers with the file at another path than that of the target.
func (s *Site) planAt(a *asked, path string) (*Response, error) {
	a.fallback = true
	if name, _, err := tree.ParsePath(path); err == nil {
		if p := s.mayRead(a, name); p != nil { // before anything is looked up
			return p, nil
		}
	}
	res, err := s.look(a, path)
	if err != nil {
		return nil, err
	}
	return s.planResource(a, res)
}

// look finds the file at path, as follow does, or nothing.
func (s *Site) look(a *asked, path string) (tree.Resource, error) {
	res, err := s.Tree.Resolve(path, a.basis)
	if err == nil && res.Unslashed {
		res, err = s.Tree.Resolve(path+"/", a.basis)
	}
	switch {
	case err == nil && nameOf(&res) != "":
		return res, nil
	case err == nil:
		res.Close()
		err = tree.ErrNotFound
	case isFinal(err):
		return tree.Resource{}, err
	}
	if bare := strings.TrimRight(path, "/"); s.CleanURLs && bare != "" {
		if res, cerr := s.Tree.Resolve(bare+htmlExt, a.basis); cerr == nil {
			if nameOf(&res) != "" {
				return res, nil
			}
			res.Close()
		}
	}
	return tree.Resource{}, err
}
