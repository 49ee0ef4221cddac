package salver_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/salver-http/salver"
)

// counted are users of whom one is asked for by name, and how often they were.
type counted struct {
	asked atomic.Int64
	gone  atomic.Bool
}

func (u *counted) Check(user, password string) (bool, error) {
	u.asked.Add(1)
	if user == "busy" {
		return false, errors.New("too many")
	}
	return !u.gone.Load() && user == "ann" && password == "secret", nil
}

// send sends a request with some fields, and returns the status and the content.
func (c *client) send(t testing.TB, path string, fields map[string]string) (status int, content string) {
	t.Helper()
	r, err := http.NewRequest("GET", c.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range fields {
		r.Header.Set(name, value)
	}
	resp, err := c.tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

const (
	right = "Basic YW5uOnNlY3JldA=="
	wrong = "Basic YW5uOndyb25n"
	busy  = "Basic YnVzeTo="
)

// TestHotIsGuarded: what is ready to be sent is for those alone who may have it, each request is asked
// about once, and a user who was taken away is let in no more.
func TestHotIsGuarded(t *testing.T) {
	t.Parallel()
	users := new(counted)
	h := newHandler(t, salver.Config{
		Root:      writeTree(t, map[string]string{"in/x": "secret", "out": "open", "p.html": "page", "_redirects": "/way/* /in/:splat 200\n"}),
		CleanURLs: true,
		Auth:      []salver.Auth{{Prefix: "/in", Users: users}, {Prefix: "/p.html", Users: users}},
	})
	rest()
	for name, c := range clients(t, h) {
		t.Run(name, func(t *testing.T) {
			users.gone.Store(false)
			for range 5 {
				for _, path := range []string{"/in/x", "/way/x", "/p", "/in/none"} {
					for range 4 { // until it is hot, if it can be
						if status, _ := c.send(t, path, map[string]string{"Authorization": right}); status != 200 && path != "/in/none" || status == 401 {
							t.Fatalf("%s is answered %d to who may read it", path, status)
						}
					}
					for sent, want := range map[string]int{"": 401, wrong: 401, "Basic !": 401, "Bearer x": 401, busy: 503} {
						fields := map[string]string{}
						if sent != "" {
							fields["Authorization"] = sent
						}
						if status, content := c.send(t, path, fields); status != want || content == "secret" || content == "page" {
							t.Errorf("%s with %q is answered %d %q, want %d", path, sent, status, content, want)
						}
					}
				}
				if status, content := c.send(t, "/out", nil); status != 200 || content != "open" {
					t.Errorf("what is open is answered %d %q", status, content)
				}
			}
			for _, sent := range []string{right, wrong} {
				before := users.asked.Load()
				c.send(t, "/in/x", map[string]string{"Authorization": sent})
				if n := users.asked.Load() - before; n != 1 {
					t.Errorf("%q was asked about %d times", sent, n)
				}
			}
			users.gone.Store(true)
			if status, _ := c.send(t, "/in/x", map[string]string{"Authorization": right}); status != 401 {
				t.Errorf("who was taken away is answered %d", status)
			}
		})
	}
}

// TestHotIsForAddresses: what is ready to be sent is not for addresses that are not answered, and the log tells of the
// client behind the proxy.
func TestHotIsForAddresses(t *testing.T) {
	t.Parallel()
	var last atomic.Value
	h := newHandler(t, salver.Config{
		Root:           writeTree(t, map[string]string{"x": "x"}),
		Allow:          []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		AccessLog:      func(a salver.Access) { last.Store(a.RemoteAddr) },
	})
	rest()
	for name, c := range clients(t, h) {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				for client, want := range map[string]int{"192.0.2.1": 200, "192.0.2.2": 200, "198.51.100.1": 403, "": 403, "192.0.2.1, 198.51.100.1": 403} {
					fields := map[string]string{}
					if client != "" {
						fields["X-Forwarded-For"] = client
					}
					if status, _ := c.send(t, "/x", fields); status != want {
						t.Errorf("%q is answered %d, want %d", client, status, want)
					}
					if client == "192.0.2.2" {
						waitFor(t, func() bool { return last.Load() == client })
					}
				}
			}
		})
	}
}

// TestReadmeIsGuarded: a listing does not show the README that a password is asked for.
func TestReadmeIsGuarded(t *testing.T) {
	t.Parallel()
	tree := writeTree(t, map[string]string{"README.md": "secret", "open/README.md": "open", "x": "x"})
	h := newHandler(t, salver.Config{
		Root: tree, Auth: []salver.Auth{{Prefix: "/README.md", Users: new(counted)}},
		Readme: func(text []byte) ([]byte, error) { return append([]byte("<p>shown: "), text...), nil },
	})
	for path, want := range map[string]bool{"/": false, "/open/": true} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept", "text/html")
		h.ServeHTTP(w, r)
		if got := strings.Contains(w.Body.String(), "shown: "); w.Code != 200 || got != want {
			t.Errorf("%s is answered %d, and shows a README: %v", path, w.Code, got)
		}
	}
}

// slow are users of whom a wrong password takes until it is let go.
type slow struct {
	begun chan struct{}
	end   chan struct{}
}

func (u *slow) Check(_, password string) (bool, error) {
	if password != "secret" {
		u.begun <- struct{}{}
		<-u.end
		return false, nil
	}
	return true, nil
}

// TestGuessesHoldNobodyUp: while the password for something that is hot is looked at, others come and are answered,
// in a mux as well.
func TestGuessesHoldNobodyUp(t *testing.T) {
	t.Parallel()
	users := &slow{make(chan struct{}, 40), make(chan struct{}, 80)}
	h := newHandler(t, salver.Config{
		Root: writeTree(t, map[string]string{"in": "secret", "out": "open"}),
		Auth: []salver.Auth{{Prefix: "/in", Users: users}},
	})
	mux := http.NewServeMux()
	mux.Handle("/", h)
	rest()
	for name, handler := range map[string]http.Handler{"alone": h, "mux": mux} {
		t.Run(name, func(t *testing.T) {
			addr := strings.TrimPrefix(clients(t, handler)["HTTP/1.1"].url, "http://")
			// All at once, so that requests have come before their connections are accepted.
			ask := func(auth string) (status string) {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					return err.Error()
				}
				defer c.Close()
				c.SetDeadline(time.Now().Add(patience))
				io.WriteString(c, "GET /in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: "+auth+"\r\n\r\n")
				b, err := io.ReadAll(c)
				if err != nil || len(b) < 12 {
					return fmt.Sprintf("%q, %v", b, err)
				}
				return string(b[9:12])
			}
			for range 5 { // until it is hot
				if status := ask(right); status != "200" {
					t.Fatal(status)
				}
			}
			var guesses sync.WaitGroup
			for range cap(users.begun) {
				guesses.Go(func() {
					if status := ask(wrong); status != "401" {
						t.Errorf("a guess is answered %s", status)
					}
				})
			}
			for range cap(users.begun) {
				select {
				case <-users.begun:
				case <-time.After(patience):
					t.Error("a guess waits for another")
				}
			}
			if status := ask(right); status != "200" {
				t.Errorf("others are answered %s", status)
			}
			for range cap(users.begun) {
				users.end <- struct{}{}
			}
			guesses.Wait()
		})
	}
}

// waitFor waits until something is so, which it is soon.
func waitFor(t testing.TB, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come to be so")
		}
	}
}
