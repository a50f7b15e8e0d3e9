package unittest

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// specFacts is what planning needs of a spec, so that one that did not change need not
// be parsed. It is nil for a YAML file that is no spec.
type specFacts struct {
	Path, Hash string
	ID         string
	Type       repo.Type
	Kind       panther.Kind
	// BodyPath is the Python file that the spec names, whether it exists or not.
	BodyPath string
	// Base is the id of a derived rule's base.
	Base string
	// LogTypes are those of the test events, for a detection, or those that a data
	// model is for.
	LogTypes []string
	// HasTests reports whether the spec has its own tests.
	HasTests bool
	// Enabled is false only for data models that are not.
	Enabled bool
	// Faults say why the spec can't be read.
	Faults []repo.Diagnostic

	item *repo.Item // if it was parsed in this run
}

// readSpec reads the facts of a YAML file.
func readSpec(path, hash string, src []byte) *specFacts {
	reading := repo.ReadSpec(path, src)
	f := &specFacts{Path: path, Hash: hash, item: reading.Item, Enabled: true}
	if reading.Item == nil {
		// What can be parsed and has no type or no id is a matter of lint.
		for _, d := range reading.Diagnostics {
			if d.Severity == repo.SeverityError && reading.Root == nil {
				f.Faults = append(f.Faults, d)
			}
		}
		return f
	}
	it := reading.Item
	f.ID, f.Type, f.Kind, f.BodyPath = it.ID, it.Type, it.Kind, it.BodyFile()
	if n := yamlcore.Lookup(it.Root, "BaseDetection"); n != nil && n.Kind == yaml.ScalarNode {
		f.Base = n.Value
	}
	if n := yamlcore.Lookup(it.Root, "Tests"); n != nil && n.Kind == yaml.SequenceNode && len(n.Content) > 0 {
		f.HasTests = true
		f.LogTypes = eventLogTypes(n)
	}
	if it.Type == repo.TypeDataModel {
		f.LogTypes = texts(yamlcore.Lookup(it.Root, "LogTypes"))
		f.Enabled = strings.EqualFold(scalar(it.Root, "Enabled"), "true")
	}
	return f
}

// eventLogTypes lists the values of p_log_type in the events of tests, which choose a
// data model.
func eventLogTypes(tests *yaml.Node) (out []string) {
	for _, t := range tests.Content {
		t = yamlcore.Deref(t)
		event := yamlcore.Lookup(t, "Log")
		if event == nil {
			event = yamlcore.Lookup(t, "Resource")
		}
		if v := scalar(event, "p_log_type"); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func scalar(n *yaml.Node, key string) string {
	if n == nil || n.Kind != yaml.MappingNode {
		return ""
	}
	if v := yamlcore.Lookup(n, key); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

func texts(n *yaml.Node) (out []string) {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	for _, c := range n.Content {
		if c = yamlcore.Deref(c); c.Kind == yaml.ScalarNode {
			out = append(out, c.Value)
		}
	}
	return out
}

// pythonFacts is what planning needs of a Python file.
type pythonFacts struct {
	Path, Hash string
	// Imports are the modules that it imports anywhere: the first parts of their names.
	Imports []string
	// Dynamic says that it may also import by names that are computed.
	Dynamic bool
}

// volatile are modules whose results differ from run to run.
var volatile = []string{"datetime", "random", "secrets", "time", "uuid"}

func (f *pythonFacts) volatile() bool {
	return slices.ContainsFunc(f.Imports, func(name string) bool { return slices.Contains(volatile, name) })
}

// readPython looks for imports in a Python file. It does not parse it, which would take
// longer than to run it: every word after "import" and "from" counts, even in a text or
// a comment. A dependency too many only runs a test too often.
func readPython(path, hash, text string) *pythonFacts {
	f := &pythonFacts{Path: path, Hash: hash, Dynamic: strings.Contains(text, "__import__") || strings.Contains(text, "importlib")}
	seen := map[string]bool{}
	for at := 0; at < len(text); {
		i, keyword := nextImport(text, at)
		if i < 0 {
			break
		}
		at = i + len(keyword)
		for more := true; more; {
			var name string
			name, at = word(text, skipBlank(text, at))
			if top, _, _ := strings.Cut(name, "."); top != "" && !seen[top] {
				seen[top] = true
				f.Imports = append(f.Imports, strings.Clone(top))
			}
			switch after, end := word(text, skipBlank(text, at)); {
			case after == "as":
				_, at = word(text, skipBlank(text, end))
			case after == "import" && keyword == "from":
				at = end // what follows are names of that module
			}
			next := skipBlank(text, at)
			more = keyword == "import" && name != "" && next < len(text) && text[next] == ','
			if more {
				at = next + 1
			}
		}
	}
	slices.Sort(f.Imports)
	return f
}

// nextImport finds the next word that begins an import.
func nextImport(text string, at int) (int, string) {
	best, keyword := -1, ""
	for _, k := range []string{"import", "from"} {
		for from := at; ; {
			i := strings.Index(text[from:], k)
			if i < 0 || best >= 0 && from+i >= best {
				break
			}
			i += from
			if (i == 0 || !inWord(text[i-1])) && i+len(k) < len(text) && !inWord(text[i+len(k)]) {
				best, keyword = i, k
				break
			}
			from = i + len(k)
		}
	}
	return best, keyword
}

func inWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// skipBlank skips spaces and line ends that a backslash hides.
func skipBlank(text string, at int) int {
	for at < len(text) {
		switch {
		case text[at] == ' ' || text[at] == '\t':
			at++
		case strings.HasPrefix(text[at:], "\\\n"):
			at += 2
		default:
			return at
		}
	}
	return at
}

// word returns the name with dots at a place, and where it ends.
func word(text string, at int) (string, int) {
	end := at
	for end < len(text) && (inWord(text[end]) || text[end] == '.') {
		end++
	}
	return text[at:end], end
}
