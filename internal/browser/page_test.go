package browser

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take over one thing before the test fails.
const patience = 15 * time.Second

// page is a tab. What no page of salver's may do is held against the test that
// opened it when it ends: a dialog, an error on the console (violations of the
// Content-Security-Policy are), a request to another origin.
type page struct {
	t      testing.TB
	ctx    context.Context
	origin string

	mu      sync.Mutex
	faults  []string
	answers []answer
	outside map[network.RequestID]string // requests to other origins
}

// answer is what the tab learned of an answer before its content.
type answer struct {
	url          string
	status       int
	contentRange string
	coding       string
}

// open opens a tab for the site at origin, on no page yet.
func open(t testing.TB, origin string) *page {
	t.Helper()
	p := &page{t: t, origin: origin, outside: map[network.RequestID]string{}}
	ctx, cancel := chromedp.NewContext(start(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(p.watch))
	p.ctx = ctx
	t.Cleanup(func() {
		cancel()
		for _, f := range p.takeFaults() {
			t.Error("the page did what it must not: " + f)
		}
	})
	p.do(call(audits.Enable, cdp.Empty{}))
	return p
}

// watch is called for every event of the tab, one at a time.
func (p *page) watch(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fault := ""
	switch e := event.(type) {
	case *cdppage.EventJavascriptDialogOpening:
		fault = "dialog: " + e.Message
		// The page waits for an answer, and so does this goroutine.
		go chromedp.Do(p.ctx, call(cdppage.HandleJavaScriptDialog, cdppage.HandleJavaScriptDialogParams{}))
	case *runtime.EventExceptionThrown:
		fault = "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		fault = "console." + string(e.Type)
	case *log.EventEntryAdded:
		// The browser asks for an icon of its own accord.
		isIcon := e.Entry.URL == p.origin+"/favicon.ico"
		if (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) && !isIcon {
			fault = "console: " + e.Entry.Text + " " + e.Entry.URL
		}
	case *audits.EventIssueAdded:
		if e.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue {
			fault = "violation of the Content-Security-Policy"
		}
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !p.isOurs(u) {
			p.outside[e.RequestID] = u
		}
	case *network.EventLoadingFailed:
		if e.BlockedReason != "" {
			delete(p.outside, e.RequestID) // it was not sent
		}
	case *network.EventResponseReceived:
		contentRange, _ := e.Response.Headers["Content-Range"].(string)
		coding, _ := e.Response.Headers["Content-Encoding"].(string)
		p.answers = append(p.answers, answer{e.Response.URL, int(e.Response.Status), contentRange, coding})
	}
	if fault != "" {
		p.faults = append(p.faults, fault)
	}
}

// isOurs tells of the URL of a request whether nothing is sent to another origin.
func (p *page) isOurs(u string) bool {
	return strings.HasPrefix(u, p.origin+"/") || strings.HasPrefix(u, "data:") || u == "about:blank"
}

// takeFaults returns what was held against the page, and forgets it.
func (p *page) takeFaults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	faults := p.faults
	p.faults = nil
	for _, u := range p.outside {
		faults = append(faults, "request to "+u)
	}
	clear(p.outside)
	return slices.Compact(faults)
}

// answersTo returns what the answers to requests for a target were, in order.
func (p *page) answersTo(target string) []answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []answer
	for _, a := range p.answers {
		if a.url == p.origin+target {
			found = append(found, a)
		}
	}
	return found
}

// do does what has no result.
func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	// The first action opens the tab, which then lives as long as its context.
	if chromedp.FromContext(p.ctx).Target == nil {
		ctx = p.ctx
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// visit opens the page of a target, and returns the status of the answer.
func (p *page) visit(target string) int {
	p.t.Helper()
	return p.follow(chromedp.Navigate(p.origin + target))
}

// follow does something that leads to another page, waits until that has loaded,
// and returns the status of the answer.
func (p *page) follow(steps ...chromedp.Action[chromedp.Void]) int {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	r, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		p.t.Fatal(err)
	}
	if r == nil {
		p.t.Fatal("no answer")
	}
	return int(r.Status)
}

// path returns the path of the page's address, still percent-encoded.
func (p *page) path() string {
	p.t.Helper()
	u, err := url.Parse(eval[string](p, "location.href"))
	if err != nil {
		p.t.Fatal(err)
	}
	return u.EscapedPath()
}

// eval returns the value of an expression of JavaScript in the page, of a promise
// what it comes to. It works where the scripts of pages do not run, too.
func eval[T any](p *page, expression string) T {
	p.t.Helper()
	v, err := tryEval[T](p, expression)
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func tryEval[T any](p *page, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// until waits for an expression to become what differs in nothing. It may be
// replaced with the page in the meantime.
func until[T any](p *page, expression string, differs func(got T) string) {
	p.t.Helper()
	eventually(p.t, expression, func() string {
		got, err := tryEval[T](p, expression)
		if err != nil {
			return err.Error()
		}
		return differs(got)
	})
}

// eventually waits until differs says nothing any more.
func eventually(t testing.TB, what string, differs func() string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		d := differs()
		if d == "" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s did not become (-want +got):\n%s", what, d)
		}
	}
}

// call makes an action of a command of the protocol.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}
