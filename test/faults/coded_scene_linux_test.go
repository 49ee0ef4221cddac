package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// accepts are the values of Accept-Encoding that scenes are asked with.
var accepts = []string{"gzip", "br", "zstd", "gzip, deflate, br, zstd"}

// coded are the requests for a target in codings. The first has the tag that the
// conditional ones send.
func coded(target string) []probe {
	var all []probe
	for _, a := range accepts {
		all = append(all, probe{target: target, fields: "Accept-Encoding: " + a + "\r\n"})
	}
	return append(
		all, probe{target: target},
		probe{target: target, fields: all[0].fields, conditional: true},
		probe{target: target, fields: all[0].fields + "Range: bytes=1-9\r\n"},
	)
}

// bigText is more than salver reads before it answers.
const bigText = 66 << 10

// code writes in a coding to a name what is nobody else's coded content.
func (s *scene) code(name, coding, text string, cuts ...int) {
	s.write(name, string(s.encode(coding, text, cuts...)))
}

// encode remembers what it returns.
func (s *scene) encode(coding, text string, cuts ...int) []byte {
	if s.serial++; cuts == nil {
		cuts = []int{1 + s.serial%(len(text)-1)}
	}
	b := encode(s.t, coding, []byte(text), cuts...)
	if s.sidecars == nil {
		s.sidecars = map[string]bool{}
	}
	s.sidecars[string(b)] = true
	return b
}

// isSidecar reports whether coded content is, or was, that of a sidecar.
func (s *scene) isSidecar(b []byte) bool { return s.sidecars[string(b)] }

// codeAll gives a name sidecars in all codings.
func (s *scene) codeAll(name, text string) {
	for _, c := range codings {
		s.code(name+c.suffix, c.name, text)
	}
}

// script is the content of page.js, which is written anew when it is not there.
func (s *scene) script() string {
	b, err := os.ReadFile(s.in("page.js"))
	if os.IsNotExist(err) {
		s.write("page.js", s.text(600))
		return s.script()
	}
	s.must(err)
	return string(b)
}

// spoil lets spoil make the sidecar of page.js in one of the codings one that must not be
// sent, or makes it good when it is not.
func (s *scene) spoil(spoil func(name, coding string)) {
	c := codings[s.random.IntN(len(codings))]
	name, text := "page.js"+c.suffix, s.script()
	if h := holding(filepath.Dir(s.dir), s.in("page.js")); h.sidecars[c.name] != nil {
		spoil(name, c.name)
		return
	}
	s.clear(name)
	s.code(name, c.name, text)
}

// anew gives page.js another good sidecar of the same content in one of the codings, by do.
func (s *scene) anew(do func(name, coded string)) {
	c := codings[s.random.IntN(len(codings))]
	name, text := "page.js"+c.suffix, s.script()
	if info, err := os.Lstat(s.in(name)); err == nil && !info.Mode().IsRegular() {
		s.clear(name)
	}
	do(name, string(s.encode(c.name, text)))
}

// codedChanges are those on which only an answer in a coding can rest, and those of content
// that it was coded from.
var codedChanges = []change{
	{"a sidecar, or none", "coded", func(s *scene) { s.spoil(func(name, _ string) { s.clear(name) }) }},
	{"a sidecar that is older", "coded", func(s *scene) {
		s.spoil(func(name, _ string) {
			at := time.Unix(1e9, 0)
			s.must(os.Chtimes(s.in(name), at, at))
		})
	}},
	{"a sidecar of other content", "coded", func(s *scene) {
		s.spoil(func(name, coding string) { s.code(name, coding, s.text(600)) })
	}},
	{"a sidecar of other content by rename", "coded", func(s *scene) {
		s.spoil(func(name, coding string) { s.over(name, string(s.encode(coding, s.text(600)))) })
	}},
	{"a sidecar that is cut", "coded", func(s *scene) {
		s.spoil(func(name, _ string) {
			info, err := os.Stat(s.in(name))
			s.must(err)
			s.must(os.Truncate(s.in(name), info.Size()-3))
		})
	}},
	{"a sidecar of another format", "coded", func(s *scene) {
		s.spoil(func(name, _ string) { s.keepTime(name, func() { s.inPlace(name, "text") }) })
	}},
	{"a sidecar that is larger", "coded", func(s *scene) {
		s.spoil(func(name, coding string) {
			cuts := make([]int, 500)
			for i := range cuts {
				cuts[i] = i + 1
			}
			s.code(name, coding, s.script(), cuts...)
		})
	}},
	{"a sidecar that leads out of the tree", "coded", func(s *scene) {
		s.spoil(func(name, coding string) {
			outside := filepath.Join(s.t.TempDir(), name)
			s.must(os.WriteFile(outside, s.encode(coding, s.script()), 0o644))
			s.link(outside, name)
		})
	}},
	{"a sidecar that is a link to another coding's", "coded", func(s *scene) {
		s.spoil(func(name, _ string) {
			other := "page.js" + codings[0].suffix
			if other == name {
				other = "page.js" + codings[1].suffix
			}
			s.link(other, name)
		})
	}},
	{"a sidecar that is a directory", "coded", func(s *scene) {
		s.spoil(func(name, _ string) {
			s.clear(name)
			s.must(os.Mkdir(s.in(name), 0o755))
		})
	}},
	{"a sidecar that is a FIFO", "coded", func(s *scene) {
		s.spoil(func(name, _ string) {
			s.clear(name)
			s.must(syscall.Mkfifo(s.in(name), 0o644))
		})
	}},
	{"another sidecar in place", "coded", func(s *scene) { s.anew(s.write) }},
	{"another sidecar in place, time put back", "coded", func(s *scene) {
		s.anew(func(name, coded string) {
			at := time.Now().Add(time.Hour) // of whatever age its file is
			s.write(name, coded)
			s.must(os.Chtimes(s.in(name), at, at))
		})
	}},
	{"another sidecar by rename", "coded", func(s *scene) { s.anew(s.over) }},
	{"another sidecar by a link", "coded", func(s *scene) {
		s.anew(func(name, coded string) {
			other := fmt.Sprintf("store/%d", s.serial)
			s.write(other, coded)
			s.link(other, name)
		})
	}},
	{"all sidecars, or none", "coded", func(s *scene) {
		text := s.script()
		if s.exists("page.js.br") {
			for _, c := range codings {
				s.clear("page.js" + c.suffix)
			}
		} else {
			s.codeAll("page.js", text)
		}
	}},
	{"edit beside sidecars", "coded", func(s *scene) { s.write("page.js", s.text(600)) }},
	{"edit beside sidecars, time put back", "coded", func(s *scene) {
		s.keepTime("page.js", func() { s.inPlace("page.js", s.text(600)) })
	}},
	{"edit beside sidecars, time set before", "coded", func(s *scene) {
		s.write("page.js", s.text(600))
		at := time.Unix(1e9, 0)
		s.must(os.Chtimes(s.in("page.js"), at, at))
	}},
	{"rename over beside sidecars, same time and length", "coded", func(s *scene) {
		s.keepTime("page.js", func() { s.over("page.js", s.text(600)) })
	}},
	{"edit beside sidecars, by a memory map", "coded", func(s *scene) {
		s.script()
		s.mapped("page.js")
	}},
	{"edit a file and its sidecars", "coded", func(s *scene) {
		text := s.text(600)
		s.write("page.js", text)
		for _, c := range codings {
			s.clear("page.js" + c.suffix)
		}
		s.codeAll("page.js", text)
	}},
	{"the file goes, or comes", "coded", func(s *scene) {
		s.toggle("page.js", func() { s.write("page.js", s.text(600)) })
	}},
	{"the file and all sidecars go, or come", "coded", func(s *scene) {
		text := s.text(600)
		for _, c := range codings {
			s.clear("page.js" + c.suffix)
		}
		s.toggle("page.js", func() {
			s.write("page.js", text)
			s.codeAll("page.js", text)
		})
	}},
	{"a file beside lone sidecars, or none", "lone", func(s *scene) {
		s.toggle("lone.css", func() { s.write("lone.css", s.text(600)) })
	}},
	{"a lone sidecar of other content", "lone", func(s *scene) {
		s.clear("lone.css")
		s.code("lone.css.br", "br", s.text(600))
	}},
	{"lone sidecars of other content, by rename", "lone", func(s *scene) {
		s.clear("lone.css")
		text := s.text(600)
		for _, c := range codings {
			s.over("lone.css"+c.suffix, string(s.encode(c.name, text)))
		}
	}},
	{"lone sidecars, or none", "lone", func(s *scene) {
		s.clear("lone.css")
		was := s.exists("lone.css.gz")
		for _, c := range codings {
			s.clear("lone.css" + c.suffix)
		}
		if !was {
			s.code("lone.css.gz", "gzip", s.text(600))
		}
	}},
	{"a lone sidecar for nothing", "none.css", func(s *scene) {
		c := codings[s.random.IntN(len(codings))]
		s.toggle("none.css"+c.suffix, func() { s.code("none.css"+c.suffix, c.name, s.text(600)) })
	}},
	{"a lone sidecar that is broken, for a listing", "packed/", func(s *scene) {
		s.clear("packed/index.html.gz")
		s.write(fmt.Sprintf("packed/index.%d.gz", s.random.IntN(1e9)), "")
		s.write("packed/index.html.gz", "text")
	}},
	{"a lone sidecar of an index for a listing, or none", "packed/", func(s *scene) {
		s.toggle("packed/index.html.gz", func() { s.code("packed/index.html.gz", "gzip", s.text(600)) })
	}},
	{"edit what is compressed", "fly.css", func(s *scene) { s.write("fly.css", s.text(600)) }},
	{"edit what is compressed, time put back", "fly.css", func(s *scene) {
		s.keepTime("fly.css", func() { s.inPlace("fly.css", s.text(600)) })
	}},
	{"rename over what is compressed, same time and length", "fly.css", func(s *scene) {
		s.keepTime("fly.css", func() { s.over("fly.css", s.text(600)) })
	}},
	{"edit what is long and compressed", "big.txt", func(s *scene) { s.inPlace("big.txt", s.text(40)) }},
	{"rename over what is long and compressed, same time and length", "big.txt", func(s *scene) {
		s.keepTime("big.txt", func() { s.over("big.txt", s.text(bigText)) })
	}},
	{"a compressed listing", "coded list", func(s *scene) {
		s.clear("list/index.html")
		s.write(fmt.Sprintf("list/coded%d", s.random.IntN(1e9)), "")
	}},
}
