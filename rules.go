package salver

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/salver-http/salver/internal/clientaddr"
	"github.com/salver-http/salver/internal/plan"
	"github.com/salver-http/salver/internal/rules"
	"github.com/salver-http/salver/internal/semantics"
)

// ownerRules gives s what c says by path, by origin and by client. The tree of s is nil where there is
// none. The notes are of rules in files that are left out.
func ownerRules(s *plan.Site, c *Config, wrong func(field string, err error)) (notes []error) {
	dialect, err := rules.ParseDialect(c.Dialect)
	wrong("Dialect", err)
	if s.Tree != nil && !c.NoRules && err == nil && !s.Tree.IsSingle() {
		var errs []error
		s.Rules, notes, errs = plan.NewRuleFiles(s.Tree, dialect)
		wrong("Root", errors.Join(errs...))
	}
	if c.SPA != "" {
		s.App = (&url.URL{Path: "/" + c.SPA}).EscapedPath()
		wrong("SPA", checkApp(s, c.SPA))
	}
	s.CleanURLs = c.CleanURLs
	s.Cache, err = cacheRules(c.Cache)
	wrong("Cache", err)
	immutable, err := immutables(c.Immutable)
	wrong("Immutable", err)
	s.Cache = append(s.Cache, immutable...)
	s.Origins, err = plan.NewOrigins(c.CORS)
	wrong("CORS", err)
	if c.Isolate {
		s.Always = append(s.Always, isolated(c.CORS)...)
	}
	if c.SecureHeaders {
		s.Always, s.Strict = append(s.Always, secureFields...), true
	}
	if c.Auth != nil || c.Allow != nil || c.TrustedProxies != nil {
		s.Admission = &plan.Admission{Allow: prefixes(c.Allow), Trusted: prefixes(c.TrustedProxies), CleanURLs: c.CleanURLs}
		s.Admission.Realms, err = realms(c.Auth)
		wrong("Auth", err)
	}
	return notes
}

// reportRules tells the log of rule files that have changed.
func reportRules(log *slog.Logger) func(name string, used bool, problems []error) {
	return func(name string, used bool, problems []error) {
		for _, p := range problems {
			if used {
				log.Warn(p.Error())
			} else {
				log.Error(p.Error())
			}
		}
		if !used {
			log.Warn(name + ": the last good rules stay in force")
		} else {
			log.Info(name + ": the rules in it are in force")
		}
	}
}

// checkApp makes sure that the page of an application is there.
func checkApp(s *plan.Site, name string) error {
	if path.Clean("/"+name) != "/"+name {
		return fmt.Errorf("%q is not the name of a file", name)
	}
	if s.Tree == nil {
		return nil
	}
	res, err := s.Tree.Resolve(s.App, nil)
	if err != nil {
		return fmt.Errorf("%s is not there, or not served: %w", name, err)
	}
	defer res.Close()
	if res.File == nil && res.Sidecars == nil {
		return fmt.Errorf("%s is not a file", name)
	}
	return nil
}

func cacheRules(all []CacheRule) ([]plan.CacheRule, error) {
	var (
		list []plan.CacheRule
		errs []error
	)
	for _, r := range all {
		g, err := rules.ParseGlob(r.Glob)
		if err != nil {
			errs = append(errs, err)
		}
		if !semantics.ValidFieldValue(r.Value) {
			errs = append(errs, fmt.Errorf("%q is not a value for Cache-Control", r.Value))
		} else if err := semantics.CheckCacheControl(r.Value); err != nil {
			errs = append(errs, fmt.Errorf("%q is not a value for Cache-Control: %w", r.Value, err))
		}
		list = append(list, plan.CacheRule{Glob: g, Value: r.Value})
	}
	return list, errors.Join(errs...)
}

func immutables(globs []string) ([]plan.CacheRule, error) {
	var (
		list []plan.CacheRule
		errs []error
	)
	for _, text := range globs {
		g, err := rules.ParseGlob(text)
		if err != nil {
			errs = append(errs, err)
		}
		list = append(list, plan.Immutable(g))
	}
	return list, errors.Join(errs...)
}

// isolated are the fields of Config.Isolate. What every other origin may read it may embed, too. Of several origins
// that cannot be said; those that may read can embed by CORS.
func isolated(cors []string) []plan.Field {
	resource := "same-origin"
	if slices.Contains(cors, "*") {
		resource = "cross-origin"
	}
	return []plan.Field{
		{Name: "Cross-Origin-Embedder-Policy", Value: "require-corp"},
		{Name: "Cross-Origin-Opener-Policy", Value: "same-origin"},
		{Name: "Cross-Origin-Resource-Policy", Value: resource},
	}
}

// secureFields are those of Config.SecureHeaders, but for the one of TLS.
var secureFields = []plan.Field{
	{Name: "Permissions-Policy", Value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
	{Name: "Referrer-Policy", Value: "strict-origin-when-cross-origin"},
	{Name: "X-Frame-Options", Value: "SAMEORIGIN"},
}

// prefixes is nil for nil.
func prefixes(all []netip.Prefix) clientaddr.Prefixes {
	if all == nil {
		return nil
	}
	return append(clientaddr.Prefixes{}, all...)
}

// realms checks the parts of a site that are for some.
func realms(all []Auth) ([]plan.Realm, error) {
	var (
		list []plan.Realm
		errs []error
		seen []string
	)
	for _, a := range all {
		name := strings.Trim(a.Prefix, "/")
		switch {
		case name == "":
			name = "."
		case path.Clean("/"+name) != "/"+name || strings.ContainsRune(name, 0):
			errs = append(errs, fmt.Errorf("%q is not the path of a file or a directory", a.Prefix))
			continue
		case runtime.GOOS == "darwin" && strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 }):
			// Its file systems have several names for one.
			errs = append(errs, fmt.Errorf("%q is not ASCII: protect the directory above it", a.Prefix))
			continue
		}
		if slices.ContainsFunc(seen, func(s string) bool { return strings.EqualFold(s, name) }) {
			errs = append(errs, fmt.Errorf("%q is there twice", a.Prefix))
		}
		seen = append(seen, name)
		if a.Users == nil {
			errs = append(errs, fmt.Errorf("there are no Users for %q", a.Prefix))
			continue
		}
		list = append(list, plan.NewRealm(name, a.Users.Check))
	}
	return list, errors.Join(errs...)
}
