package salver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
)

// Report is what [Check] found: what would be served, and what is worth a look.
type Report struct {
	Findings []Finding `json:"findings"` // the worst first

	// Directories, Files and Bytes are what would be served. Of Directories Indexed have a file that stands for
	// them. Sidecars are not among the Files.
	Directories int        `json:"directories"`
	Indexed     int        `json:"indexed"`
	Listed      int        `json:"listed"` // directories that are shown as a listing
	Files       int        `json:"files"`
	Bytes       int64      `json:"bytes"`
	Classes     []Class    `json:"classes"` // the one with the most bytes first
	Sidecars    Sidecars   `json:"sidecars"`
	Hidden      int        `json:"hidden"`     // names that are kept back because they begin with a dot
	Secrets     []Secret   `json:"secrets"`    // the first thousand
	ErrorPages  []string   `json:"errorPages"` // their names
	SPA         string     `json:"spa"`        // the name of the page of the application, "" for none
	RuleFiles   []RuleFile `json:"ruleFiles"`
	// Truncated says that there were more names than were looked at.
	Truncated bool `json:"truncated"`
}

// Level says how much a [Finding] matters.
type Level string

const (
	LevelError   Level = "error"   // something that is to be served cannot be
	LevelWarning Level = "warning" // something has no effect, or not the one that was meant
	LevelNote    Level = "note"    // something to know
)

// Finding is something that is worth a look.
type Finding struct {
	Level Level `json:"level"`
	// Field is that of the Config that it is about, "" for none.
	Field string `json:"field,omitempty"`
	// File is the name of a file or a directory, relative to the root; "" for what
	// is about the Config.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`   // from 1, 0 for none
	Column int    `json:"column,omitempty"` // from 1, in bytes; 0 for none
	Text   string `json:"text"`
	Hint   string `json:"hint,omitempty"` // what to do about it, "" where that is plain
}

// Class is the files of one media type that are sent with one Cache-Control.
type Class struct {
	MediaType    string `json:"mediaType"`
	CacheControl string `json:"cacheControl"`
	Files        int    `json:"files"`
	Bytes        int64  `json:"bytes"`
	// Compressible are the files that are worth a content coding. Of them Bare have no sidecar of use, and
	// Compressed of those are compressed for answers.
	Compressible int `json:"compressible"`
	Bare         int `json:"bare"`
	Compressed   int `json:"compressed"`
}

// Sidecars are files that hold others in a content coding.
type Sidecars struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	Stale int   `json:"stale"` // not used: older than their file, or not smaller
}

// Secret is a name that others are rarely meant to read: .git, .env and their kind, and private keys.
type Secret struct {
	Name   string `json:"name"`
	Served bool   `json:"served"`
}

// RuleFile is a file of rules at the top of the tree.
type RuleFile struct {
	Name    string `json:"name"`
	Dialect string `json:"dialect"`
	Rules   int    `json:"rules"` // those that are obeyed
}

// Limits of what Check looks at and tells of.
const (
	checkNames   = 1_000_000
	checkSecrets = 1000
	checkAlike   = 100 // findings of one kind
)

// Check says what a [Handler] of c would serve and how, and serves nothing. The error is that of [New], or that of
// ctx. Contents are not read, but for files of rules and those whose name says that they may hold a private key.
// Directories that symlinks lead to are not looked into. Nothing is written: the directory
// of CompressCache is not made.
func Check(ctx context.Context, c Config) (*Report, error) {
	return check(ctx, c, checkNames)
}

func check(ctx context.Context, c Config, names int) (*Report, error) {
	cacheErr := checkCache(&c)
	c.ErrorLog = slog.New(slog.DiscardHandler) // the report has it all
	st, err := newState(c)
	if err := errors.Join(err, cacheErr); err != nil {
		return nil, err
	}
	s, err := newSurvey(ctx, st.site, &c, names)
	if err != nil {
		return nil, err
	}
	if err := s.walk(); err != nil {
		return nil, err
	}
	s.readRules()
	s.checkChoices()
	s.checkRules()
	return s.finish(), nil
}

// checkCache takes the CompressCache out of c, which New would make and clear up. What is wrong with it is
// told as New does.
func checkCache(c *Config) error {
	dir := c.CompressCache
	if dir == "" {
		return nil
	}
	c.CompressCache = ""
	wrong := func(err error) error { return &ConfigError{"CompressCache", err} }
	switch info, err := os.Stat(dir); {
	case c.NoCompress:
		return wrong(errors.New("nothing is compressed: NoCompress is set, too"))
	case c.FS == nil && within(dir, cmp.Or(c.Root, ".")):
		return wrong(fmt.Errorf("%s lies in what is served", dir))
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return wrong(err)
	case !info.IsDir():
		return wrong(fmt.Errorf("%s is not a directory", dir))
	}
	return nil
}

var levels = []Level{LevelError, LevelWarning, LevelNote}

// finish puts what was found in order.
func (s *survey) finish() *Report {
	r := &s.report
	for _, c := range s.classes {
		r.Classes = append(r.Classes, *c)
	}
	slices.SortFunc(r.Classes, func(a, b Class) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.MediaType, b.MediaType), cmp.Compare(a.CacheControl, b.CacheControl))
	})
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(levels, a.Level), slices.Index(levels, b.Level)),
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
		)
	})
	return r
}

// find adds a finding. Of one kind only so many are told; kind is "" where there cannot be many.
func (s *survey) find(kind string, f Finding) {
	if kind != "" {
		if s.alike[kind]++; s.alike[kind] > checkAlike {
			return
		}
		if s.alike[kind] == checkAlike {
			f.Text += "; more of the kind are not told"
		}
	}
	s.report.Findings = append(s.report.Findings, f)
}
