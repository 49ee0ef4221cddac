package conformance

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/internal/coding"
	"github.com/salver-http/salver/internal/listing"
	"github.com/salver-http/salver/internal/media"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/rules"
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
		case "no-rules":
			c.NoRules = true
		case "dialect":
			c.Dialect = rest
		case "spa":
			c.SPA = rest
		case "clean-urls":
			c.CleanURLs = true
		case "cache":
			glob, value, _ := strings.Cut(rest, " ")
			c.Cache = append(c.Cache, salver.CacheRule{Glob: glob, Value: value})
		case "immutable":
			c.Immutable = append(c.Immutable, rest)
		case "cors":
			c.CORS = strings.Fields(rest)
		case "isolate":
			c.Isolate = true
		case "secure-headers":
			c.SecureHeaders = true
		case "auth":
			prefix, pair, _ := strings.Cut(rest, " ")
			c.Auth = append(c.Auth, salver.Auth{Prefix: prefix, Users: oneUser(pair)})
		case "allow":
			c.Allow = append(c.Allow, netip.MustParsePrefix(rest))
		case "trusted-proxy":
			c.TrustedProxies = append(c.TrustedProxies, netip.MustParsePrefix(rest))
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

// oneUser is the only user there is, as user:password; "busy" stands for one that cannot be asked.
type oneUser string

// Check implements [salver.Users].
func (u oneUser) Check(user, password string) (bool, error) {
	if u == "busy" {
		return false, errors.New("busy today")
	}
	return string(u) == user+":"+password, nil
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
	if !c.NoRules {
		o.Own = []string{"_headers", "_redirects", "salver.toml"}
	}
	if c.FS != nil {
		s.Tree = tree.NewFS(c.FS, o)
	} else if s.Tree, err = tree.New(c.Root, o); err != nil {
		return nil, err
	}
	return s, ownerOf(s, c)
}

// ownerOf is what the owner of a site wants, in s.
func ownerOf(s *plan.Site, c salver.Config) error {
	dialect, err := rules.ParseDialect(c.Dialect)
	if err != nil {
		return err
	}
	if !c.NoRules && !s.Tree.IsSingle() {
		var errs []error
		if s.Rules, _, errs = plan.NewRuleFiles(s.Tree, dialect); len(errs) > 0 {
			return errors.Join(errs...)
		}
	}
	if c.SPA != "" {
		s.App = (&url.URL{Path: "/" + c.SPA}).EscapedPath()
	}
	s.CleanURLs = c.CleanURLs
	for _, r := range c.Cache {
		g, err := rules.ParseGlob(r.Glob)
		if err != nil {
			return err
		}
		s.Cache = append(s.Cache, plan.CacheRule{Glob: g, Value: r.Value})
	}
	for _, text := range c.Immutable {
		g, err := rules.ParseGlob(text)
		if err != nil {
			return err
		}
		s.Cache = append(s.Cache, plan.CacheRule{Glob: g, Value: "public, max-age=31536000, immutable"})
	}
	if s.Origins, err = plan.NewOrigins(c.CORS); err != nil {
		return err
	}
	always := func(name, value string) { s.Always = append(s.Always, plan.Field{Name: name, Value: value}) }
	if c.Isolate {
		always("Cross-Origin-Opener-Policy", "same-origin")
		always("Cross-Origin-Embedder-Policy", "require-corp")
		if !slices.Contains(c.CORS, "*") {
			always("Cross-Origin-Resource-Policy", "same-origin")
		} else {
			always("Cross-Origin-Resource-Policy", "cross-origin")
		}
	}
	if s.Strict = c.SecureHeaders; s.Strict {
		always("Referrer-Policy", "strict-origin-when-cross-origin")
		always("X-Frame-Options", "SAMEORIGIN")
		always("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	}
	if c.Auth != nil || c.Allow != nil || c.TrustedProxies != nil {
		s.Admission = &plan.Admission{Allow: c.Allow, Trusted: c.TrustedProxies, CleanURLs: c.CleanURLs}
		for _, a := range c.Auth {
			name := strings.Trim(a.Prefix, "/")
			if name == "" {
				name = "."
			}
			s.Admission.Realms = append(s.Admission.Realms, plan.NewRealm(name, a.Users.Check))
		}
	}
	return nil
}
