// Package attack contains the tactics and techniques of MITRE ATT&CK
// Enterprise. The names and ids belong to MITRE and are used under the terms in
// Notice.
package attack

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed attack-enterprise.tsv
var table string

// State is the state of a technique.
type State string

// The states. MITRE revokes a technique in favour of another, and deprecates
// one that it no longer maintains.
const (
	Active     State = "active"
	Deprecated State = "deprecated"
	Revoked    State = "revoked"
)

// Tactic is the goal of an attacker, such as TA0001, Initial Access.
type Tactic struct{ ID, Name string }

// Slug returns the name as in ATT&CK's own files, such as "initial-access".
func (t Tactic) Slug() string { return strings.ReplaceAll(strings.ToLower(t.Name), " ", "-") }

// Technique is a method of an attacker, such as T1078, Valid Accounts, or one
// of its sub-techniques, such as T1078.004.
type Technique struct {
	ID, Name string
	// Tactics are the sorted ids of its tactics. Callers must not modify the
	// list.
	Tactics []string
	State   State
	// ReplacedBy is the active technique that replaces a revoked one.
	ReplacedBy string
}

// Under reports whether the technique belongs to a tactic.
func (t Technique) Under(tactic string) bool { return slices.Contains(t.Tactics, tactic) }

// Parent returns the technique of a sub-technique, or "".
func (t Technique) Parent() string {
	if parent, _, sub := strings.Cut(t.ID, "."); sub {
		return parent
	}
	return ""
}

type data struct {
	tactics    []Tactic
	techniques []Technique
	tactic     map[string]Tactic
	technique  map[string]Technique
}

// read parses the embedded table on first use.
var read = sync.OnceValue(func() *data {
	d, err := parse(table)
	if err != nil {
		// The table is part of the program, and a test parses it.
		panic("attack: " + err.Error())
	}
	return d
})

// comments returns what the comments at the start of the table say, and the rest.
func comments(text string) (version, notice, rest string) {
	for strings.HasPrefix(text, "# ") {
		var line string
		line, text, _ = strings.Cut(text[len("# "):], "\n")
		if title, ok := strings.CutPrefix(line, "MITRE ATT&CK Enterprise v"); ok {
			version, _, _ = strings.Cut(title, ":")
		} else {
			notice = strings.TrimSpace(notice + " " + line)
		}
	}
	return version, notice, text
}

func parse(text string) (*data, error) {
	d := &data{tactic: map[string]Tactic{}, technique: map[string]Technique{}}
	version, notice, rows := comments(text)
	if version == "" || notice == "" {
		return nil, fmt.Errorf("the table has no version or no notice")
	}
	for line := range strings.Lines(rows) {
		line = strings.TrimSuffix(line, "\n")
		// kind, id, name, tactics, state, replaced by
		col := strings.Split(line, "\t")
		if len(col) != 6 {
			return nil, fmt.Errorf("a line has %d columns: %q", len(col), line)
		}
		switch col[0] {
		case "tactic":
			t := Tactic{ID: col[1], Name: col[2]}
			d.tactics, d.tactic[t.ID] = append(d.tactics, t), t
		case "technique":
			t := Technique{ID: col[1], Name: col[2], State: State(col[4]), ReplacedBy: col[5]}
			if col[3] != "" {
				t.Tactics = strings.Split(col[3], ",")
			}
			d.techniques, d.technique[t.ID] = append(d.techniques, t), t
		default:
			return nil, fmt.Errorf("a line is of an unknown kind: %q", line)
		}
	}
	d.followReplacements()
	// Some tactics were added later, so their ids are out of order.
	order := []string{"TA0043", "TA0042", "TA0001", "TA0002", "TA0003", "TA0004", "TA0005", "TA0006", "TA0007", "TA0008", "TA0009", "TA0011", "TA0010", "TA0040"}
	slices.SortStableFunc(d.tactics, func(a, b Tactic) int { return slices.Index(order, a.ID) - slices.Index(order, b.ID) })
	return d, nil
}

// followReplacements resolves each revoked technique to an active one; a
// replacement may have been revoked too.
func (d *data) followReplacements() {
	for i, t := range d.techniques {
		seen := map[string]bool{t.ID: true}
		for by := d.technique[t.ReplacedBy]; by.ReplacedBy != "" && !seen[by.ID]; by = d.technique[t.ReplacedBy] {
			seen[by.ID] = true
			t.ReplacedBy = by.ReplacedBy
		}
		d.techniques[i], d.technique[t.ID] = t, t
	}
}

// Version returns the version of ATT&CK Enterprise, such as "18.1".
func Version() string {
	version, _, _ := comments(table)
	return version
}

// Notice returns the notice that must accompany MITRE's data.
func Notice() string {
	_, notice, _ := comments(table)
	return notice
}

// Tactics returns every tactic, in the order of the MITRE matrix.
func Tactics() []Tactic { return slices.Clone(read().tactics) }

// Techniques returns all techniques and sub-techniques in any state, sorted by
// id.
func Techniques() []Technique { return slices.Clone(read().techniques) }

// TacticByID returns a tactic.
func TacticByID(id string) (Tactic, bool) {
	t, ok := read().tactic[id]
	return t, ok
}

// TechniqueByID returns a technique or a sub-technique.
func TechniqueByID(id string) (Technique, bool) {
	t, ok := read().technique[id]
	return t, ok
}

// Mapping is a mapping of a detection, as written in specs: TA0001:T1078.004.
type Mapping struct{ Tactic, Technique string }

func (m Mapping) String() string { return m.Tactic + ":" + m.Technique }

var mappingForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(TA[0-9]{4}):(T[0-9]{4}(?:\.[0-9]{3})?)$`)
})

// ParseMapping parses a mapping. It checks only the form of the ids; use the
// lookups to check whether they exist.
func ParseMapping(s string) (Mapping, error) {
	m := mappingForm().FindStringSubmatch(s)
	if m == nil {
		return Mapping{}, fmt.Errorf("%q is not of the form tactic:technique, such as TA0001:T1078 or TA0001:T1078.004", s)
	}
	return Mapping{Tactic: m[1], Technique: m[2]}, nil
}
