package lint

import (
	"strings"
	"testing"
)

func TestSamePython(t *testing.T) {
	const text = "import os\n\ndef rule(event):\n    print(event)\n    if event:\n        print('x')\n        return True\n    return False\n"
	at := func(old, with string) Edit {
		i := strings.Index(text, old)
		return Edit{Path: "a.py", Start: i, End: i + len(old), New: with}
	}
	for _, c := range []struct {
		name       string
		made, next []Edit
		want       string
	}{
		{"takes a statement out", nil, []Edit{at("    print(event)\n", "")}, ""},
		{"takes a statement out of a block", nil, []Edit{at("        print('x')\n", "")}, ""},
		{"changes an expression", nil, []Edit{at("True", "False")}, ""},
		{"after another edit", []Edit{at("import os", "import sys")}, []Edit{at("import os", "import sys"), at("True", "bool(event)")}, ""},
		{"breaks the file", nil, []Edit{at("def rule(event):", "def rule(event)")}, "would no longer be Python: line 3, column 16: expected ':'"},
		{"makes a text of what follows", nil, []Edit{at("import os", `x = """`), at("return False", `"""`)}, "statements that it does not touch"},
		{"moves what follows into a block", nil, []Edit{at("import os\n", "if True:\n ")}, "would no longer be Python"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := samePython("a.py", []byte(text), c.made, c.next)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestPythonFacts(t *testing.T) {
	f := parsePython(newSource("global_helpers/acme_text.py", []byte("\uFEFFimport os.path\ntry:\n    from a.b import c as d\nexcept ImportError:\n    d = None\n\ndef rule(e, /, x=1, *, y):\n    import json\n\nasync def other(*a, **k): pass\n")))
	facts := pythonFacts(f)
	if facts.Module != "acme_text" || !facts.Parsed || facts.StarImport {
		t.Errorf("%+v", facts)
	}
	var got []string
	for _, i := range facts.Imports {
		got = append(got, i.Range.String()+" "+i.Module+" "+i.Name+" "+i.Bound+map[bool]string{true: " local"}[i.Local]+map[bool]string{true: " guarded"}[i.Guarded])
	}
	if s := strings.Join(got, "\n"); s != "1:8 os.path  os\n3:21 a.b c d guarded\n8:12 json  json local" {
		t.Errorf("imports:\n%s", s)
	}
	names := ""
	for _, n := range facts.Names {
		names += n.Range.String() + " " + n.Value + "\n"
	}
	if names != "1:8 os\n3:21 d\n7:5 rule\n10:11 other\n" {
		t.Errorf("names:\n%s", names)
	}
	r := facts.Function("rule")
	if r == nil || r.Accepts(1) || len(r.Params) != 3 || !r.Params[1].Default || r.Params[2].Kind != KeywordOnly {
		t.Errorf("rule: %+v", r)
	}
	if o := facts.Function("other"); o == nil || !o.Accepts(0) || !o.Accepts(7) || !o.Async {
		t.Errorf("other: %+v", o)
	}
	if !facts.Defines("d") || facts.Defines("json") {
		t.Error("Defines is wrong about d or json")
	}
}
