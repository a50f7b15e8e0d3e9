package python_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/python"
)

// TestStdlibNames compares the table with the modules of Python 3.11 itself.
func TestStdlibNames(t *testing.T) {
	for _, m := range []string{"", "no_such_module", "dat", "re extra"} {
		if names := python.StdlibNames(m); names != nil {
			t.Errorf("%q has the names %q", m, names)
		}
	}
	for _, m := range []string{"abc", "json", "os.path", "zoneinfo", "datetime.datetime"} {
		if len(python.StdlibNames(m)) == 0 {
			t.Errorf("%q has no names", m)
		}
	}
	python3, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	out, err := exec.Command(python3, "-c", `
import sys, json, re, datetime, collections, ipaddress, base64, fnmatch, urllib.parse
assert sys.version_info[:2] == (3, 11)
for n in "json re datetime collections ipaddress base64 fnmatch urllib.parse".split():
    print(n, *(x for x in dir(sys.modules[n]) if not x.startswith("__")))
`).Output()
	if err != nil {
		t.Skip("python3 is not Python 3.11")
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		names := python.StdlibNames(words[0])
		for _, w := range words[1:] {
			if !slices.Contains(names, w) {
				t.Errorf("%s has %q, and the table lacks it", words[0], w)
			}
		}
	}
}
