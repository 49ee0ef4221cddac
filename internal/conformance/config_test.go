package conformance

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/listing"
	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/semantics"
	"github.com/salver-http/salver/internal/tree"
)

// hooks are what "hook NAME" of a config section sets.
var hooks = map[string]func(*salver.Config){
	"List": func(c *salver.Config) {
		c.List = func(d salver.Directory) (salver.Page, error) {
			var b strings.Builder
			fmt.Fprintf(&b, "%s?%s\n", d.Path, d.Query)
			for _, e := range d.Entries {
				fmt.Fprintf(&b, "%s %t %d\n", e.Name, e.IsDir, e.Size)
			}
			return salver.Page{MediaType: "text/plain", Content: []byte(b.String())}, nil
		}
	},
	"ListFails": func(c *salver.Config) {
		c.List = func(salver.Directory) (salver.Page, error) {
			return salver.Page{}, fmt.Errorf("no list today")
		}
	},
	"ErrorPage": func(c *salver.Config) {
		c.ErrorPage = func(status int, reason string) salver.Page {
			return salver.Page{MediaType: "text/plain", Content: fmt.Appendf(nil, "%d %s\n", status, reason)}
		}
	},
	"MediaType": func(c *salver.Config) {
		c.MediaType = func(name string) string {
			if strings.HasPrefix(name, "letters/") {
				return "message/rfc822"
			}
			return ""
		}
	},
	"Readme": func(c *salver.Config) {
		c.Readme = func(markdown []byte) ([]byte, error) {
			return fmt.Appendf(nil, "<p>%d bytes</p>", len(markdown)), nil
		}
	},
}

// configOf reads a config section. single is the name of the file that is the tree.
func configOf(ls []string) (c salver.Config, single string, err error) {
	c.ErrorLog = slog.New(slog.DiscardHandler)
	for _, l := range ls {
		word, rest, _ := strings.Cut(l, " ")
		switch word {
		case "hidden":
			c.Hidden = true
		case "secrets":
			c.ServeSecrets = true
		case "no-listing":
			c.NoListing = true
		case "follow-symlinks":
			c.FollowSymlinks = true
		case "no-sidecars":
			c.NoSidecars = true
		case "no-compress":
			c.NoCompress = true
		case "index":
			c.Index = strings.Fields(rest)
			if c.Index == nil {
				c.Index = []string{}
			}
		case "host":
			c.AllowedHosts = strings.Fields(rest)
		case "field":
			name, value, _ := strings.Cut(rest, ": ")
			if c.Header == nil {
				c.Header = make(http.Header)
			}
			c.Header.Add(name, value)
		case "type":
			ext, typ, _ := strings.Cut(rest, " ")
			if c.MediaTypes == nil {
				c.MediaTypes = make(map[string]string)
			}
			c.MediaTypes[ext] = typ
		case "fixed":
			path, rest, _ := strings.Cut(rest, " ")
			typ, quoted, _ := strings.Cut(rest, " ")
			content, err := strconv.Unquote(quoted)
			if err != nil {
				return c, "", fmt.Errorf("%q: %w", l, err)
			}
			c.Fixed = append(c.Fixed, salver.Fixed{Path: path, MediaType: typ, Content: []byte(content)})
		case "fixed-field":
			if len(c.Fixed) == 0 {
				return c, "", fmt.Errorf("%q belongs to nothing fixed", l)
			}
			f := &c.Fixed[len(c.Fixed)-1]
			name, value, _ := strings.Cut(rest, ": ")
			if f.Header == nil {
				f.Header = make(http.Header)
			}
			f.Header.Add(name, value)
		case "default-type":
			c.DefaultMediaType = rest
		case "hook":
			if hooks[rest] == nil {
				return c, "", fmt.Errorf("there is no hook %q", rest)
			}
			hooks[rest](&c)
		case "single":
			single = rest
		case "unprivileged", "rested":
		default:
			return c, "", fmt.Errorf("what is %q?", l)
		}
	}
	return c, single, nil
}

// siteOf is salver.New once more, as simply as can be, for the lane that has no
// handler around its site.
func siteOf(c salver.Config) (*plan.Site, error) {
	s := &plan.Site{NoListing: c.NoListing, Readme: c.Readme}
	var err error
	if s.Types, err = media.New(c.MediaTypes, c.DefaultMediaType, c.MediaType); err != nil {
		return nil, err
	}
	if s.Hosts, err = plan.NewHosts(c.AllowedHosts); err != nil {
		return nil, err
	}
	for name, values := range c.Header {
		for _, v := range values {
			if name == "Content-Type" {
				s.ContentType = v
				continue
			}
			s.Extra = append(s.Extra, plan.Field{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(s.Extra, func(a, b plan.Field) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range c.Fixed {
		var own []plan.Field
		for name, values := range f.Header {
			for _, v := range values {
				own = append(own, plan.Field{Name: name, Value: v})
			}
		}
		slices.SortStableFunc(own, func(a, b plan.Field) int { return strings.Compare(a.Name, b.Name) })
		s.Fix(strings.TrimPrefix(f.Path, "/"), f.MediaType, f.Content, own)
	}
	if hook := c.ErrorPage; hook != nil {
		s.ErrorPage = func(status int, reason string) plan.Page { return plan.Page(hook(status, reason)) }
	}
	if hook := c.List; hook != nil {
		s.List = func(path string, d listing.Dir, r *semantics.Request) (plan.Page, error) {
			var entries []salver.Entry
			err := d.Names(func(name string, typ fs.FileMode) bool {
				if info, err := d.Info(name); err == nil {
					entries = append(entries, salver.Entry{
						Name: name, IsDir: info.IsDir, Link: typ == fs.ModeSymlink, Size: info.Size, ModTime: info.ModTime,
					})
				}
				return true
			})
			if err != nil {
				return plan.Page{}, err
			}
			slices.SortFunc(entries, func(a, b salver.Entry) int { return strings.Compare(a.Name, b.Name) })
			page, err := hook(salver.Directory{Path: path, Query: r.Query, Entries: entries})
			return plan.Page(page), err
		}
	}
	coded := c.Header.Get("Content-Encoding") != ""
	o := tree.Options{
		Index: c.Index, Hidden: c.Hidden, Secrets: c.ServeSecrets, FollowSymlinks: c.FollowSymlinks,
		NoSidecars: c.NoSidecars || coded,
	}
	if !c.NoCompress && !coded && !strings.Contains(strings.ToLower(strings.Join(c.Header["Cache-Control"], ",")), "no-transform") {
		s.Forms = coding.NewStore(16<<20, nil)
	}
	s.NoCodings = o.NoSidecars && s.Forms == nil
	if o.Index == nil {
		o.Index = []string{"index.html", "index.htm"}
	}
	if c.FS != nil {
		s.Tree = tree.NewFS(c.FS, o)
		return s, nil
	}
	s.Tree, err = tree.New(c.Root, o)
	return s, err
}
