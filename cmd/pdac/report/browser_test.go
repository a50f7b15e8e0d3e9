package report_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser shows pages in Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context
	url string
	// said has what a page does that no page may do.
	said chan string
}

// newBrowser starts Chromium and a server of some pages, by path; without Chromium it
// skips the rest of the test.
func newBrowser(t *testing.T, pages map[string]string) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && program == "" {
			program = found
		}
	}
	if program == "" {
		t.Skip("Chromium is not installed")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, pages[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.WSURLReadTimeout(time.Minute), chromedp.WindowSize(1280, 900))...)
	t.Cleanup(stop)
	ctx, done := chromedp.NewContext(ctx)
	t.Cleanup(done)
	b := &browser{t: t, ctx: ctx, url: server.URL, said: make(chan string, 1_000)}
	if err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, server.URL+"/") && !strings.HasPrefix(e.Request.URL, "data:") {
				b.said <- "it requests " + e.Request.URL
			}
		case *runtime.EventConsoleAPICalled:
			b.said <- "it writes to the console"
		case *runtime.EventExceptionThrown:
			b.said <- "its script fails: " + e.ExceptionDetails.Text
		case *log.EventEntryAdded:
			b.said <- "the browser reports: " + e.Entry.Text
		}
	}); err != nil {
		t.Fatal(err)
	}
	return b
}

// open shows a page.
func (b *browser) open(path string) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Navigate(b.url+path)); err != nil {
		b.t.Fatalf("%s: %v", path, err)
	}
}

// check reports what a page does that no page may do, and other faults of it.
func (b *browser) check(name string, faults ...string) {
	b.t.Helper()
	for len(b.said) > 0 {
		faults = append(faults, <-b.said)
	}
	for _, f := range faults {
		b.t.Errorf("%s: %s", name, f)
	}
}

// picture saves what is shown, if somebody wants to look at it.
func (b *browser) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("PDAC_PICTURES")
	if folder == "" {
		return
	}
	take := chromedp.FullScreenshot(100)
	if ask[int](b, "document.documentElement.scrollHeight") > 12_000 {
		take = chromedp.CaptureScreenshot()
	}
	picture, err := chromedp.Run(b.ctx, take)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](b *browser, expression string) T {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

// until waits until an expression is true in the page.
func (b *browser) until(expression string) {
	b.t.Helper()
	for !ask[bool](b, expression) {
		select {
		case <-b.ctx.Done():
			b.t.Fatalf("%s: %v", expression, b.ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
