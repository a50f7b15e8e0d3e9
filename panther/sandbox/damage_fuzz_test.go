package sandbox_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

// FuzzDamagedFile overwrites a part of a sandbox's file, which a checkout may contain:
// it is refused or answers, and never ends the program.
func FuzzDamagedFile(f *testing.F) {
	sound := filepath.Join(f.TempDir(), "sound.db")
	s, err := sandbox.Open(f.Context(), sandbox.Options{Path: sound})
	if err != nil {
		f.Fatal(err)
	}
	ask := func(tb testing.TB, s *sandbox.Server, method, path, body string) {
		tb.Helper()
		r, err := http.NewRequestWithContext(tb.Context(), method, "https://panther.test"+path, strings.NewReader(body))
		if err != nil {
			tb.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := s.Transport().RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close()
		}
	}
	ask(f, s, "POST", "/rules", `{"id":"a","body":"b","severity":"LOW"}`)
	ask(f, s, "POST", "/queries", `{"name":"q","sql":"select 1"}`)
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	content, err := os.ReadFile(sound)
	if err != nil {
		f.Fatal(err)
	}
	for at := 0; at < len(content); at += 997 {
		f.Add(at, []byte("\xff\xff\xff\xff"), len(content))
		f.Add(at, []byte{0}, at)
	}
	file := filepath.Join(f.TempDir(), "damaged.db")
	f.Fuzz(func(t *testing.T, at int, with []byte, length int) {
		damaged := append([]byte(nil), content...)
		if at >= 0 && at < len(damaged) {
			copy(damaged[at:], with)
		}
		if length >= 0 && length < len(damaged) {
			damaged = damaged[:length]
		}
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := sandbox.Open(t.Context(), sandbox.Options{Path: file})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		for _, path := range []string{"/rules", "/queries", "/alerts", "/api-tokens/self"} {
			ask(t, s, "GET", path, "")
		}
		ask(t, s, "PUT", "/rules/a", `{"id":"a","body":"c","severity":"LOW"}`)
		_ = s.Close()
	})
}
