package conformance

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// answer is a whole response, in the form in which two are compared.
type answer struct {
	Status  string   // or "none", "0.9" and "two", which oracles are capable of
	Fields  []string // sorted, without Date and Connection
	Content string
	texts   []string // of an expectation: what the content has, in this order
	coding  string   // of an expectation: what the content is in that decodes to Content
}

var began = time.Now().Truncate(time.Second)

// newAnswer puts an answer into the form in which it is compared.
func newAnswer(status string, fields []field, content string) (answer, error) {
	a := answer{Status: status, Content: content}
	var boundary string
	for _, f := range fields {
		name := http.CanonicalHeaderKey(f.name)
		switch name {
		case "Date":
			if _, err := http.ParseTime(f.value); err != nil || len(f.value) != len(http.TimeFormat) {
				return a, fmt.Errorf("date %q", f.value)
			}
			continue
		case "Connection":
			continue
		case "Last-Modified":
			// Files of the trees are older than the test, or said to be of the future.
			if t, err := http.ParseTime(f.value); err == nil && !t.Before(began) && !t.After(time.Now()) {
				f.value = "{now}"
			}
		case "Content-Type":
			if m := boundarySyntax.FindStringSubmatch(f.value); m != nil {
				boundary = m[1]
				f.value = strings.Replace(f.value, boundary, "BOUNDARY", 1)
			}
		}
		a.Fields = append(a.Fields, name+": "+f.value)
	}
	if boundary != "" {
		a.Content = strings.ReplaceAll(a.Content, "--"+boundary, "--BOUNDARY")
	}
	slices.Sort(a.Fields)
	return a, nil
}

var boundarySyntax = regexp.MustCompile(`^multipart/byteranges; ?boundary=([0-9a-f]{32,60})$`)

// get is the value of a field, "" when there is none.
func (a *answer) get(name string) string {
	for _, f := range a.Fields {
		if value, ok := strings.CutPrefix(f, name+": "); ok {
			return value
		}
	}
	return ""
}

// Stand-ins for values of an expectation that follow from the rest of the answer.
var (
	inlineStyle  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
)

func source(inline *regexp.Regexp, content string) string {
	m := inline.FindStringSubmatch(content)
	if m == nil {
		return "'none'"
	}
	sum := sha256.Sum256([]byte(m[1]))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// fillIn replaces the stand-ins of an expectation by what they must be in got.
func (a answer) fillIn(got answer) answer {
	r := strings.NewReplacer(
		"{length}", strconv.Itoa(len(got.Content)),
		"{tag}", tagOf(got.Content),
		"{policy}", "default-src 'none'; style-src "+source(inlineStyle, got.Content)+"; script-src "+source(inlineScript, got.Content)+
			"; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	)
	if a.coding != "" {
		name := strings.Replace(a.coding, "{coding}", got.get("Content-Encoding"), 1)
		r = strings.NewReplacer("{length}", strconv.Itoa(len(got.Content)), "{coding}", name, "{form}", formOf(a.Content, name, got.Content))
		if err := decodesTo(name, got.Content, a.Content); err != nil {
			a.Content = err.Error()
		} else {
			a.Content = got.Content
		}
	}
	a.Fields = slices.Clone(a.Fields)
	for i, f := range a.Fields {
		a.Fields[i] = r.Replace(f)
	}
	if a.texts != nil {
		at := 0
		for _, text := range a.texts {
			i := strings.Index(got.Content[at:], text)
			if i < 0 {
				a.Content = "has no " + strconv.Quote(text) + " at " + strconv.Itoa(at) + " or later"
				return a
			}
			at += i + len(text)
		}
		a.Content = got.Content
	}
	return a
}

// diff tells how two answers differ, "" when they do not.
func diff(want, got answer) string {
	if want.Content != got.Content && (max(len(want.Content), len(got.Content)) > 1<<14 || !utf8.ValidString(want.Content+got.Content)) {
		want.Content = fmt.Sprintf("%d bytes, sha256:%x", len(want.Content), sha256.Sum256([]byte(want.Content)))
		got.Content = fmt.Sprintf("%d bytes, sha256:%x", len(got.Content), sha256.Sum256([]byte(got.Content)))
	}
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(answer{}))
}

var errNoHead = errors.New("no status line")

// readAnswer reads one response from an HTTP/1 connection (RFC 9112 §4 to §6), by
// nothing but what the head says of framing.
func readAnswer(r *bufio.Reader, method string) (status string, fields []field, content string, err error) {
	line, err := readLine(r)
	if err != nil {
		return "", nil, line, err
	}
	version, rest, _ := strings.Cut(line, " ")
	status, _, _ = strings.Cut(rest, " ")
	if !strings.HasPrefix(version, "HTTP/1.") || len(status) != 3 {
		left, _ := io.ReadAll(r)
		return "", nil, line + string(left), errNoHead
	}
	length := -1
	for {
		if line, err = readLine(r); err != nil {
			return "", nil, "", err
		}
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return "", nil, "", fmt.Errorf("field line %q", line)
		}
		value = strings.TrimSpace(value)
		fields = append(fields, field{name, value})
		if strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(value); err != nil {
				return "", nil, "", err
			}
		}
	}
	if method == "HEAD" || status == "204" || status == "304" || status[0] == '1' {
		return status, fields, "", nil
	}
	if length < 0 {
		b, err := io.ReadAll(r)
		return status, fields, string(b), err
	}
	b := make([]byte, length)
	n, err := io.ReadFull(r, b)
	return status, fields, string(b[:n]), err
}

func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		if line == "" {
			return "", io.EOF
		}
		return line, errNoHead
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
}
