package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// script is text like that of a library in JavaScript, the same on every machine: the
// cost of compressing and how much it saves depend on the text. gzip at level 1 makes a
// third or a quarter of it, as of react-dom, bootstrap.js and d3.js.
type script struct {
	r      *rand.Rand
	names  []string
	b      strings.Builder
	indent int
}

// scriptText returns length bytes of it. Only whole numbers are drawn, because the
// mathematical functions differ between processors.
func scriptText(length int, r *rand.Rand) string {
	s := &script{r: r}
	for range 350 {
		s.names = append(s.names, s.newName())
	}
	for s.b.Len() < length {
		s.function()
	}
	return s.b.String()[:length]
}

var scriptWords = strings.Fields(`node value key event element parent child index length type name context state update
	render queue lane fiber root effect hook ref props style class attribute target listener handler offset size width height scale range domain
	time date format parse string number array object map set list entry path point line area curve arc angle color data join enter exit select
	append remove insert before after next previous first last current pending is has get set create make apply dispatch commit begin complete
	schedule flush resolve reject promise error warn message stack trace source token match test replace split trim slice push pop shift call bind
	document window frame tick delay duration ease modal tooltip collapse carousel dropdown toggle show hide transition config default option
	static native layout measure bounds margin padding position scroll focus blur pointer mouse touch drag zoom brush layer depth mask flag bit`)

// newName makes a name of one word to three.
func (s *script) newName() string {
	name := s.word()
	for s.r.IntN(5) > 1 && len(name) < 18 {
		w := s.word()
		name += strings.ToUpper(w[:1]) + w[1:]
	}
	return name
}

func (s *script) word() string { return scriptWords[s.r.IntN(len(scriptWords))] }

// name draws a name; few are frequent and many are rare, as in writing.
func (s *script) name() string {
	n := s.r.IntN(len(s.names)) + 1
	n = s.r.IntN(n) + 1
	return s.names[s.r.IntN(n)]
}

// pick draws one of some forms.
func (s *script) pick(forms ...string) string { return forms[s.r.IntN(len(forms))] }

func (s *script) line(form string, args ...any) {
	s.b.WriteString(strings.Repeat("  ", s.indent))
	fmt.Fprintf(&s.b, form, args...)
	s.b.WriteByte('\n')
}

// block writes a head, lines within and an end.
func (s *script) block(head, end string, lines int) {
	s.line("%s {", head)
	s.indent++
	for range lines {
		s.statement()
	}
	s.indent--
	s.line("}%s", end)
}

func (s *script) function() {
	if s.r.IntN(3) == 0 {
		s.comment()
	}
	params := make([]string, s.r.IntN(4))
	for i := range params {
		params[i] = s.name()
	}
	head := s.pick("function %s(%s)", "function %s(%s)", "export function %s(%s)", "const %s = (%s) =>", "async function %s(%s)")
	s.block(fmt.Sprintf(head, s.newName(), strings.Join(params, ", ")), "", 2+s.r.IntN(9))
	s.b.WriteByte('\n')
}

func (s *script) comment() {
	s.b.WriteString(strings.Repeat("  ", s.indent) + "//")
	for range 4 + s.r.IntN(9) {
		s.b.WriteString(" " + s.pick("the", "of", "a", "to", "is", "in", s.word(), s.word(), s.word(), s.word()))
	}
	s.b.WriteString(".\n")
}

func (s *script) statement() {
	switch n := s.r.IntN(16); {
	case n < 4:
		s.line("%s %s = %s;", s.pick("const", "let", "var"), s.name(), s.expression(0))
	case n < 7:
		s.line("%s.%s = %s;", s.name(), s.name(), s.expression(0))
	case n < 10:
		s.line("%s;", s.call(0))
	case n == 10:
		s.line("return %s;", s.expression(0))
	case n == 11:
		s.comment()
	case n == 12 && s.indent < 5:
		i := s.pick("i", "j", "k")
		s.block(fmt.Sprintf("for (let %s = 0; %s < %s.length; ++%s)", i, i, s.name(), i), "", 1+s.r.IntN(4))
	case s.indent < 5:
		s.block("if ("+s.condition()+")", "", 1+s.r.IntN(3))
	default:
		s.line("if (%s) return %s;", s.condition(), s.expression(1))
	}
}

func (s *script) condition() string {
	switch s.r.IntN(4) {
	case 0:
		return s.name() + s.pick(" === ", " !== ") + s.pick("null", "undefined", "true", s.text())
	case 1:
		return s.pick("", "!") + s.name() + "." + s.name()
	case 2:
		return s.name() + s.pick(" < ", " > ", " <= ", " & ") + s.expression(2)
	}
	return s.pick("", "!") + s.call(2)
}

func (s *script) call(depth int) string {
	args := make([]string, s.r.IntN(4))
	for i := range args {
		args[i] = s.expression(depth + 1)
	}
	return s.pick("", s.name()+".", "this.") + s.name() + "(" + strings.Join(args, ", ") + ")"
}

func (s *script) expression(depth int) string {
	n := s.r.IntN(12)
	if depth > 1 {
		n %= 7
	}
	switch n {
	case 0, 1, 2:
		return s.name()
	case 3:
		return s.name() + "." + s.name()
	case 4:
		return s.number()
	case 5:
		return s.text()
	case 6:
		return s.pick("null", "this", "[]", "{}", "true", "false")
	case 7:
		return s.expression(depth+1) + s.pick(" + ", " - ", " * ", " || ", " && ", " | ") + s.expression(depth+1)
	case 8:
		return s.condition() + " ? " + s.expression(depth+1) + " : " + s.expression(depth+1)
	case 9:
		return "{" + s.name() + ": " + s.expression(depth+1) + ", " + s.name() + ": " + s.expression(depth+1) + "}"
	}
	return s.call(depth)
}

func (s *script) number() string {
	if s.r.IntN(3) == 0 {
		return fmt.Sprintf("%d.%d", s.r.IntN(100), s.r.IntN(1000))
	}
	return fmt.Sprint(s.r.IntN(1 << s.r.IntN(14)))
}

// text is a string, of one word or a message.
func (s *script) text() string {
	words := []string{s.word()}
	if s.r.IntN(5) == 0 {
		for range 2 + s.r.IntN(5) {
			words = append(words, s.pick("the", "a", "of", "is", s.word(), s.word()))
		}
	}
	return `"` + strings.Join(words, s.pick(" ", " ", "-")) + `"`
}
