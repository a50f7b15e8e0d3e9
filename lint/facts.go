package lint

import (
	"path"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// Facts are the information about one file that rules over the whole repository
// use. They are small and contain no syntax trees, so that they can be cached
// between runs.
type Facts struct {
	Path string
	// Spec is set for specs, and Python for Python files.
	Spec   *SpecFacts
	Python *PythonFacts
	// Collected are the facts that rules gathered themselves, by rule id.
	Collected map[string][]Fact
	// Broken is set if the file could not be parsed, so that most rules have not
	// checked it.
	Broken bool
}

// Fact is information about a file that a rule collected. The rule defines the
// meaning of Name.
type Fact struct {
	Name, Value string
	Range       Range
}

// Ref is a value in a file and its range. The zero Ref means that there is no value.
type Ref struct {
	Value string
	Range Range
}

// There reports whether the value is in the file; it may be empty.
func (r Ref) There() bool { return r.Range.Line > 0 }

// SpecFacts are the facts about a spec and its references. Fields that a kind
// doesn't have are empty.
type SpecFacts struct {
	// Type is the AnalysisType, and Kind the kind of entity in Panther; either is ""
	// if it is unknown.
	Type repo.Type
	Kind panther.Kind
	// Top is the range for findings about the spec as a whole: its first key.
	Top Range
	// The Range of these is that of the value.
	ID, DisplayName, Status, Severity Ref
	// Enabled is "true" or "false" as written, in lower case.
	Enabled Ref
	// Filename is as written. BodyPath is the path that it refers to, whether the
	// file exists or not.
	Filename Ref
	BodyPath string
	// BaseDetection is the id of a derived rule's base.
	BaseDetection                           Ref
	LogTypes, ResourceTypes, ScheduledQuery []Ref
	// PackIDs are the ids that a pack lists.
	PackIDs []Ref
	// Methods are the Python functions that a data model's mappings name.
	Methods []Ref
	// HasDetection is set for simple detections.
	HasDetection bool
}

// Disabled reports whether the spec is disabled.
func (s *SpecFacts) Disabled() bool { return s.Enabled.Value == "false" }

// topLine matches a key at the start of a line, with its value.
var topLine = lazyregexp.New(`^([A-Za-z]+):[ \t]+(.*)$`)

// brokenFacts reads the identity of a spec that can't be parsed from its lines, so
// that specs which refer to it are not reported. The syntax error itself is the
// only finding about such a spec.
func brokenFacts(src *Source) *SpecFacts {
	f, found := &SpecFacts{}, map[string]Ref{}
	n := 0
	for line := range strings.Lines(src.Text) {
		n++
		m := topLine.FindStringSubmatch(strings.TrimRight(line, " \t\r\n"))
		if m == nil {
			continue
		}
		value := m[2]
		if end, ok := quotedEnd(value); ok {
			value = value[1 : end-1]
		} else if value, _, _ = strings.Cut(value, " #"); strings.HasPrefix(value, `"`) || strings.HasPrefix(value, "'") {
			value = value[1:]
		}
		if _, twice := found[m[1]]; !twice {
			found[m[1]] = Ref{Value: strings.TrimSpace(value), Range: src.LineRange(n)}
		}
	}
	f.Type = repo.Type(found["AnalysisType"].Value)
	f.ID, f.Filename, f.Enabled = found[f.Type.IDKey()], found["Filename"], found["Enabled"]
	f.Enabled.Value = strings.ToLower(f.Enabled.Value)
	f.Top = Range{Line: 1, Column: 1, EndLine: 1, EndColumn: 1}
	if name := f.Filename.Value; name != "" && !strings.ContainsAny(name, "/\\") {
		f.BodyPath = path.Join(path.Dir(src.Path), name)
	}
	if f.Type == "" || f.ID.Value == "" {
		return nil
	}
	return f
}

func specFacts(src *Source, it *repo.Item) *SpecFacts {
	f := &SpecFacts{Type: it.Type, Kind: it.Kind, Top: src.Node(it.Root), BodyPath: it.BodyFile()}
	pairs, err := yamlcore.Pairs(it.Root)
	if err != nil {
		return f
	}
	ref := func(n *yaml.Node) Ref {
		if n.Kind != yaml.ScalarNode {
			return Ref{}
		}
		return Ref{Value: n.Value, Range: src.Node(n)}
	}
	list := func(n *yaml.Node) (out []Ref) {
		if n.Kind != yaml.SequenceNode {
			return nil
		}
		for _, c := range n.Content {
			if c = yamlcore.Deref(c); c.Kind == yaml.ScalarNode {
				out = append(out, ref(c))
			}
		}
		return out
	}
	for _, p := range pairs {
		switch key := p.Key.Value; key {
		case it.Type.IDKey():
			f.ID = ref(p.Value)
		case "DisplayName":
			f.DisplayName = ref(p.Value)
		case "Status":
			f.Status = ref(p.Value)
		case "Severity":
			f.Severity = ref(p.Value)
		case "Enabled":
			f.Enabled = ref(p.Value)
			f.Enabled.Value = strings.ToLower(f.Enabled.Value)
		case "Filename":
			f.Filename = ref(p.Value)
		case "BaseDetection":
			f.BaseDetection = ref(p.Value)
		case "LogTypes":
			f.LogTypes = list(p.Value)
		case "ResourceTypes":
			f.ResourceTypes = list(p.Value)
		case "ScheduledQueries":
			f.ScheduledQuery = list(p.Value)
		case "Detection":
			f.HasDetection = true
		case "PackDefinition":
			if ids := yamlcore.Lookup(p.Value, "IDs"); ids != nil {
				f.PackIDs = list(ids)
			}
		case "Mappings":
			if p.Value.Kind != yaml.SequenceNode {
				continue
			}
			for _, m := range p.Value.Content {
				if v := yamlcore.Lookup(m, "Method"); v != nil {
					f.Methods = append(f.Methods, ref(v))
				}
			}
		}
	}
	return f
}
