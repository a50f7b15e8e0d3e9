package pymutate

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// Kind is what a change does.
type Kind string

// The kinds of changes.
const (
	// AlwaysTrue and AlwaysFalse force a condition.
	AlwaysTrue  Kind = "always_true"
	AlwaysFalse Kind = "always_false"
	// Operator swaps and with or.
	Operator Kind = "operator"
	// Boundary moves a limit: < and <=, > and >=.
	Boundary Kind = "boundary"
	// Constant flips a True or False that is returned.
	Constant Kind = "constant"
	// Value replaces one value of a list.
	Value Kind = "value"
)

// Mutant is one change of a file.
type Mutant struct {
	Kind Kind
	// Start and End are the bytes of the text that Text replaces.
	Start, End int
	Text       string
	// Of and Until are the bytes of the function around them that can be compiled alone;
	// both are 0 if there is none.
	Of, Until int
	// Line, Column and EndLine say where the changed code is.
	Line, Column, EndLine int
	// Listens are the lines whose comments may accept it: its own and that of its statement.
	Listens []int
	// Code is what is changed, in one line.
	Code string
	// Site is the number of the condition, constant or list that is changed. Of one
	// site, only the change that says most is reported.
	Site int
	// Group is the number of its group in File.Groups; -1 for none.
	Group int
	// Hints are constants near the change, as JSON texts and numbers, from which an
	// event can be made that shows it. The texts may also be keys.
	Hints []any

	from, to string
}

// From is the operator before a change of an operator.
func (m *Mutant) From() string { return m.from }

// To is the operator after the change.
func (m *Mutant) To() string { return m.to }

// SetOperators sets what From and To return.
func (m *Mutant) SetOperators(from, to string) { m.from, m.to = from, to }

// File is what was found in a file.
type File struct {
	Source  string
	Mutants []Mutant
	Groups  []Group
	Accepts []Accept
}

// Group is code that has no effect, as far as tests notice, if they do not notice one of
// some mutants: what is behind a condition that may be always false.
type Group struct {
	Mutants []int
	// Up is the number of the group around it, which is smaller; -1 for none.
	Up int
}

// Hidden reports, for each group, whether tests that do not notice some mutants notice
// none of the group either.
func Hidden(groups []Group, survived func(n int) bool) []bool {
	out := make([]bool, len(groups))
	for i, g := range groups {
		out[i] = g.Up >= 0 && out[g.Up] || slices.ContainsFunc(g.Mutants, survived)
	}
	return out
}

// Read finds the changes of a file whose verdict a function makes. The error says why the
// file can't be parsed.
func Read(src []byte, main string) (*File, error) {
	m, err := python.Parse(src, python.Options{})
	if err != nil {
		return nil, err
	}
	f := &File{Source: m.Source}
	g := newGenerator(m, main)
	g.run()
	f.Mutants, f.Groups = g.out, g.groups
	top := true // there is no code above
	at := 0
	var next []int
	for _, c := range m.Comments {
		line, _ := m.Position(c.Pos())
		begin := strings.LastIndexByte(m.Source[:c.Pos()], '\n') + 1
		alone := strings.TrimSpace(m.Source[begin:c.Pos()]) == ""
		top = top && strings.TrimSpace(m.Source[at:c.Pos()]) == ""
		at = c.End()
		if a, ok := ParseAccept(m.Source[c.Pos():c.End()]); ok {
			a.Written, a.Line = line, line
			switch {
			case top && alone:
				a.Line = 0
			case alone:
				if next == nil {
					next = nextCode(m.Source)
				}
				a.Line = next[line]
			}
			f.Accepts = append(f.Accepts, a)
		}
	}
	return f, nil
}

// Apply returns the source with a change.
func (f *File) Apply(m *Mutant) string {
	return f.Source[:m.Start] + m.Text + f.Source[m.End:]
}
