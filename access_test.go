package salver

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/salver-http/salver/internal/engine"
	"github.com/salver-http/salver/internal/http1"
	"github.com/salver-http/salver/internal/message"
)

const getWithAll = "GET /a%20b?c=d HTTP/1.1\r\nHost: localhost:8000\r\nReferer: http://localhost:8000/\r\nUser-Agent: curl/8\r\n\r\n"

// exchange is an answer to a request, of which the buffer is returned too.
func exchange(t testing.TB, request string) (*engine.Exchange, []byte) {
	t.Helper()
	b, h := []byte(request), new(message.Head)
	if _, v := http1.Parse(b, h); v != http1.Accepted {
		t.Fatalf("%q: verdict %d", request, v)
	}
	return &engine.Exchange{Head: h, Major: 1, Remote: "[::1]:50412", Began: time.Now(), Status: 200, Sent: 1234}, b
}

// TestAccessOf: what a log is told is whole, and stays so when the buffer of the request
// has the next one.
func TestAccessOf(t *testing.T) {
	failed := errors.New("failed")
	tests := map[string]struct {
		request string
		change  func(*engine.Exchange)
		want    Access
	}{
		"all": {
			request: getWithAll,
			want: Access{
				Host: "localhost:8000", Method: "GET", Target: "/a%20b?c=d", Status: 200, Length: 1234,
				Referer: "http://localhost:8000/", UserAgent: "curl/8",
			},
		},
		"least":       {request: "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", want: Access{Host: "h", Method: "HEAD", Target: "/", Status: 200, Length: 1234}},
		"empty query": {request: "GET /? HTTP/1.1\r\nHost: h\r\n\r\n", want: Access{Host: "h", Method: "GET", Target: "/?", Status: 200, Length: 1234}},
		"refused": {
			request: getWithAll,
			change:  func(x *engine.Exchange) { x.Head, x.Status, x.Cause = nil, 400, failed },
			want:    Access{Status: 400, Length: 1234, Cause: failed},
		},
		"cut short": {
			request: "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
			change:  func(x *engine.Exchange) { x.Sent, x.Err = 7, failed },
			want:    Access{Host: "h", Method: "GET", Target: "/", Status: 200, Length: 7, Cause: failed},
		},
	}
	for name, tt := range tests {
		x, b := exchange(t, tt.request)
		if tt.change != nil {
			tt.change(x)
		}
		tt.want.Time, tt.want.RemoteAddr, tt.want.Proto = x.Began, "[::1]:50412", "HTTP/1.1"
		got := accessOf(x)
		clear(b)
		if got.Duration <= 0 || got.Duration > time.Minute {
			t.Errorf("%s: it took %v", name, got.Duration)
		}
		if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(Access{}, "Duration"), cmpopts.EquateErrors()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestAccessAllocates holds that an answer for the log is one piece of garbage, and one
// without a log none.
func TestAccessAllocates(t *testing.T) {
	x, _ := exchange(t, getWithAll)
	for want, log := range []func(Access){nil, func(Access) {}} {
		h, c := new(Handler), &Config{AccessLog: log}
		if n := testing.AllocsPerRun(100, func() { h.done(c, *x) }); n != float64(want) {
			t.Errorf("%v allocations, want %d", n, want)
		}
	}
}

func BenchmarkAccess(b *testing.B) {
	x, _ := exchange(b, getWithAll)
	h, c := new(Handler), &Config{AccessLog: func(Access) {}}
	b.ReportAllocs()
	for b.Loop() {
		h.done(c, *x)
	}
}
