package pyrun_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/pyrun"
)

// debug runs a rule at a terminal where somebody types.
func debug(t *testing.T, body, typed string) (pyrun.Answer, string, string, error) {
	t.Helper()
	folder := t.TempDir()
	var out, errOut bytes.Buffer
	a, err := pyrun.Debug(context.Background(), python(t), pyrun.Setup{Globals: map[string]pyrun.Source{"acme": {Path: "global_helpers/acme.py", Text: "def f(x):\n    return x['no']\n"}}},
		pyrun.Request{ID: "A", Kind: pyrun.Rule, Path: "rules/a.py", Body: body, Tests: []pyrun.Test{{Event: `{"user": "ada"}`}}},
		pyrun.Options{Folder: folder, Getenv: os.Getenv}, "", pyrun.Streams{In: strings.NewReader(typed), Out: &out, Err: &errOut})
	if left, _ := os.ReadDir(folder); len(left) > 2 {
		t.Errorf("it left %v", left)
	}
	return a, out.String(), errOut.String(), err
}

// TestDebugger: breakpoint() stops in the text of the repository, though no such file is on disk.
func TestDebugger(t *testing.T) {
	body := "def rule(event):\n    found = event['user'] == 'ada'\n    breakpoint()\n    return found\n"
	a, out, _, err := debug(t, body, "l\np event['user']\nfound = False\nc\n")
	switch {
	case err != nil:
		t.Fatal(err)
	case a.Fault != nil || len(a.Outcomes) != 1 || a.Outcomes[0].Value == nil || *a.Outcomes[0].Value:
		t.Errorf("the answer is %+v", a)
	}
	for _, want := range []string{"rules/a.py(", "found = event['user'] == 'ada'", "'ada'\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not shown in\n%s", want, out)
		}
	}
	if _, _, _, err := debug(t, body, "q\n"); !errors.Is(err, pyrun.ErrNoAnswer) {
		t.Errorf("leaving the debugger: %v", err)
	}
	if _, _, _, err := debug(t, "import os\ndef rule(event): os._exit(0)", ""); !errors.Is(err, pyrun.ErrNoAnswer) {
		t.Errorf("ending the process: %v", err)
	}
}

// TestDebugShowsTracebacks of the repository's files, and prints at once.
func TestDebugShowsTracebacks(t *testing.T) {
	a, out, errOut, err := debug(t, "import acme\ndef rule(event):\n    print('here')\n    return acme.f(event)\n", "")
	if err != nil || len(a.Outcomes) != 1 || a.Outcomes[0].Faults["rule"] == nil {
		t.Fatalf("%+v, %v", a, err)
	}
	if out != "here\n" {
		t.Errorf("it printed %q", out)
	}
	want := `Traceback (most recent call last):
  File "rules/a.py", line 4, in rule
    return acme.f(event)
`
	if !strings.HasPrefix(errOut, want) || !strings.Contains(errOut, `File "global_helpers/acme.py", line 2, in f`) || !strings.HasSuffix(errOut, "KeyError: 'no'\n") {
		t.Errorf("the traceback is\n%s", errOut)
	}
}
