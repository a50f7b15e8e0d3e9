package sandbox_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

// writerFile names the store for a child process that writes until it is killed.
const writerFile = "PDAC_TEST_SANDBOX_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerFile); path != "" {
		if err := writeForEver(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver creates rules, eight at a time, and prints each id once it was acknowledged.
func writeForEver(path string) error {
	s, err := sandbox.Open(context.Background(), sandbox.Options{Path: path})
	if err != nil {
		return err
	}
	var n atomic.Int64
	var mu sync.Mutex
	var group sync.WaitGroup
	failed := make(chan error, 8)
	for range 8 {
		group.Go(func() {
			for {
				id := fmt.Sprintf("Acme.%06d", n.Add(1))
				if err := putLarge(s.Transport(), id); err != nil {
					failed <- err
					return
				}
				mu.Lock()
				fmt.Println(id)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return <-failed
}

func putLarge(via http.RoundTripper, id string) error {
	body := fmt.Sprintf(`{"id":%q,"severity":"LOW","body":%q}`, id, strings.Repeat(id, 1000))
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPut, "https://panther.test/rules/"+id, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("X-API-Key", token)
	r.Header.Set("Content-Type", "application/json")
	response, err := via.RoundTrip(r)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusCreated {
		return fmt.Errorf("status %s", response.Status)
	}
	return nil
}

// A writer is killed at a different moment each time; everything that was acknowledged must be stored.
func TestKilledWhileWriting(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sandbox.db")
	total := 0
	for _, after := range []int{1, 7, 40, 150} {
		acknowledged := killedWriter(t, self, path, after)
		total += len(acknowledged)
		s, err := sandbox.Open(t.Context(), sandbox.Options{Path: path, LockTimeout: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range acknowledged {
			if got, err := s.Get(sandbox.Rules, id); err != nil || got["body"] != strings.Repeat(id, 1000) {
				t.Errorf("%s is not whole: %v", id, err)
			}
		}
		api := strict(t, s)
		for _, page := range api.all("/rules?limit=500") {
			for _, id := range page {
				api.do(204, "DELETE", "/rules/"+id, nil)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if total < 150 {
		t.Errorf("only %d writes were acknowledged", total)
	}
}

// killedWriter runs a writer, kills it after some acknowledgements and returns all of them.
func killedWriter(t *testing.T, self, path string, after int) []string {
	t.Helper()
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(os.Environ(), writerFile+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		// The kill may cut a line off; a whole one has this length.
		if id := lines.Text(); len(id) == len("Acme.000000") {
			acknowledged = append(acknowledged, id)
		}
		if len(acknowledged) == after {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) {
		t.Fatalf("the writer ended by itself: %v", err)
	}
	if len(acknowledged) < after {
		t.Fatalf("the writer ended after %d acknowledgements", len(acknowledged))
	}
	return acknowledged
}
