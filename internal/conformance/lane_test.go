package conformance

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/salver-http/salver"
	"github.com/salver-http/salver/internal/plan"
)

// lane is one way from a request to its answer.
type lane struct {
	name string
	of   string // the lane that it is another way through, "" for none
	// unraced says that the race detector is not to look at it, as other lanes and tests go
	// through the same code and it takes several times as long.
	unraced bool
	tree    string // the only kind of tree that it is sent, "" for all
	mount   string // what stands before the path of every target
	// takes reports whether the lane can be sent a request at all.
	takes func(*request) bool
	start func(testing.TB, salver.Config) exchange
}

// exchange answers one request. It is not for concurrent use.
type exchange func(request) (answer, error)

// lanes are all there are; each is sent every case.
var lanes = []lane{
	{name: "plan", unraced: true, takes: isPlain, start: startPlan},
	{name: "net/http", takes: isAny, start: startHTTP},
	{name: "mount", mount: "/mnt", unraced: true, takes: isOriginForm, start: startMount},
	{name: "HTTP/1.1", takes: isAny, start: startServer},
	{name: "split", of: "HTTP/1.1", tree: "directory", takes: isAny, start: startSplit},
	{name: "TLS", of: "HTTP/1.1", tree: "directory", unraced: true, takes: isAny, start: startTLS},
	{name: "relayed", of: "HTTP/1.1", tree: "directory", unraced: true, takes: isAny, start: startRelayed},
	{name: "HTTP/2", takes: isFitForHTTP2, start: startHTTP2},
	{name: "h2c", of: "HTTP/2", tree: "directory", unraced: true, takes: isFitForHTTP2, start: startCleartext2},
	{name: "split 2", of: "HTTP/2", tree: "directory", unraced: true, takes: isFitForHTTP2, start: startSplit2},
	{name: "net/http 2", of: "HTTP/2", tree: "directory", unraced: true, takes: isFitForHTTP2, start: startNetHTTP2},
}

func isAny(*request) bool          { return true }
func isPlain(r *request) bool      { return r.raw == "" }
func isOriginForm(r *request) bool { return r.raw == "" && strings.HasPrefix(r.target, "/") }

func newHandler(t testing.TB, c salver.Config) *salver.Handler {
	t.Helper()
	h, err := salver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// startPlan reads the pieces of a plan without any server.
func startPlan(t testing.TB, c salver.Config) exchange {
	t.Helper()
	site, err := siteOf(c)
	if err != nil {
		t.Fatal(err)
	}
	return func(r request) (answer, error) {
		req := r.semantics()
		p := site.Plan(&req, time.Now())
		defer p.Close()
		return render(p)
	}
}

func render(p *plan.Response) (answer, error) {
	var (
		fields  []field
		content strings.Builder
	)
	for _, f := range p.Fields {
		fields = append(fields, field{f.Name, f.Value})
	}
	for _, piece := range p.Pieces {
		b := piece.Bytes
		if b == nil {
			b = make([]byte, piece.Length)
			if _, err := p.File.ReadAt(b, piece.First); err != nil && err != io.EOF {
				return answer{}, err
			}
		}
		if int64(len(b)) != piece.Length {
			return answer{}, fmt.Errorf("a piece of %d bytes says that it has %d", len(b), piece.Length)
		}
		content.Write(b)
	}
	return newAnswer(fmt.Sprint(p.Status), fields, content.String())
}

func startHTTP(t testing.TB, c salver.Config) exchange {
	t.Helper()
	return serve(t, newHandler(t, c), "")
}

func startMount(t testing.TB, c salver.Config) exchange {
	t.Helper()
	const mount = "/mnt"
	return serve(t, http.StripPrefix(mount, newHandler(t, c)), mount)
}

// hotLanes answer by what they have kept. They are not of lanes: they take only what rests.
var hotLanes = []lane{
	{name: "hot", of: "HTTP/1.1", takes: isAny, start: startHot},
	{name: "hot 2", of: "HTTP/2", takes: isFitForHTTP2, start: startHot2},
}

// startServer answers by the HTTP/1.1 lane, which keeps nothing, on a connection of its
// own for each request.
func startServer(t testing.TB, c salver.Config) exchange {
	t.Helper()
	addr := listen(t, &salver.Server{Handler: newHandler(t, c), Memory: -1})
	return func(r request) (answer, error) { return ask(addr, &r) }
}

// startTLS is startServer over TLS.
func startTLS(t testing.TB, c salver.Config) exchange {
	t.Helper()
	addr := listenTLS(t, &salver.Server{Handler: newHandler(t, c), Memory: -1})
	return func(r request) (answer, error) {
		conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return answer{}, err
		}
		return askOn(conn, &r)
	}
}

// startRelayed is startServer behind a proxy that says who the client is.
func startRelayed(t testing.TB, c salver.Config) exchange {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &salver.Server{Handler: newHandler(t, c), Memory: -1}
	go s.Serve(relaying{l})
	t.Cleanup(func() { s.Close() })
	return func(r request) (answer, error) { return ask(l.Addr().String(), &r) }
}

type relaying struct{ net.Listener }

func (l relaying) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return salver.Relayed(c.(*net.TCPConn), c.RemoteAddr()), nil
}

func startHot(t testing.TB, c salver.Config) exchange {
	t.Helper()
	addr := listen(t, &salver.Server{Handler: newHandler(t, c)})
	return thrice(func(r request) (answer, error) { return ask(addr, &r) })
}

func startHot2(t testing.TB, c salver.Config) exchange {
	t.Helper()
	return thrice(ask2(t, listenTLS(t, &salver.Server{Handler: newHandler(t, c)}), dialTLS2))
}

// thrice asks three times: the second answer is kept, the third is what was kept.
func thrice(ask exchange) exchange {
	return func(r request) (answer, error) {
		first, err := ask(r)
		for same, others := 0, 0; same < 2 && err == nil; {
			var again answer
			if again, err = ask(r); err != nil {
				break
			}
			d := diff(first, again)
			switch {
			case d == "":
				same++
			case overtaken(first, again) && others < 8:
				first, same, others = again, 0, others+1
			default:
				return again, fmt.Errorf("asked again: %s", d)
			}
		}
		return first, err
	}
}

// listen serves on a loopback address, which it returns.
func listen(t testing.TB, s *salver.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

// serve answers by net/http on a connection of its own for each request.
func serve(t testing.TB, h http.Handler, mount string) exchange {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	addr := s.Listener.Addr().String()
	return func(r request) (answer, error) {
		r.target = mount + r.target
		return ask(addr, &r)
	}
}

var errMore = errors.New("more than one answer")

// ask sends a request on a connection of its own, byte for byte, and makes sure
// that nothing follows the answer.
func ask(addr string, r *request) (answer, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return answer{}, err
	}
	return askOn(conn, r)
}

// askOn is ask on a connection, which it closes.
func askOn(conn net.Conn, r *request) (answer, error) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return answer{}, err
	}
	if _, err := io.WriteString(conn, r.bytes()); err != nil {
		return answer{}, err
	}
	in := bufio.NewReader(conn)
	status, fields, content, err := readAnswer(in, r.method)
	if err != nil {
		return answer{Content: content}, err
	}
	a, err := newAnswer(status, fields, content)
	if err != nil {
		return a, err
	}
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil && !errors.Is(err, net.ErrClosed) {
		// The other end may have closed already.
		return a, nil
	}
	if more, _ := io.ReadAll(in); len(more) > 0 {
		return a, fmt.Errorf("%w: %q", errMore, more[:min(len(more), 100)])
	}
	return a, nil
}
