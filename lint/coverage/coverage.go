// Package coverage computes which tactics and techniques of MITRE ATT&CK the
// detections of a repository cover: from the mappings under Reports, for enabled
// and disabled detections, by log type. Of computes a Report from a loaded
// repository.
package coverage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/attack"
	"github.com/pdac-dev/pdac/internal/glob"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/repo"
)

// FormatVersion is the version of the report's JSON. Within a major version, keys
// may be added but not changed or removed.
const FormatVersion = "1.0"

// Report is the coverage of a repository. It must not be modified.
type Report struct {
	FormatVersion string `json:"format_version"`
	// ATTACKVersion is the version of ATT&CK Enterprise that was used.
	ATTACKVersion string `json:"attack_version"`
	ATTACKNotice  string `json:"attack_notice"`
	// Revision is the commit, with -dirty if the working tree differs; empty outside
	// a git repository.
	Revision string  `json:"revision"`
	Filter   Filter  `json:"filter"`
	Summary  Summary `json:"summary"`
	// Tactics are in the order of MITRE's matrix.
	Tactics []Tactic `json:"tactics"`
	// LogTypes are sorted by name.
	LogTypes []LogType `json:"log_types"`
	// Detections are all detections that match the filter, sorted by id.
	Detections []*Detection `json:"detections"`
	// Notes are the mappings that can't be counted as written, sorted by path.
	Notes []Note `json:"notes"`
	// Trend compares it with an earlier state; nil without one.
	Trend *Trend `json:"trend,omitempty"`
}

// Filter limits a report.
type Filter struct {
	// LogTypes are globs, such as AWS.*. A detection matches if one of them matches
	// one of its log types or resource types. An empty list matches everything.
	LogTypes []string `json:"log_types,omitempty"`
	// EnabledOnly excludes disabled detections.
	EnabledOnly bool `json:"enabled_only,omitempty"`
}

// Summary has the totals. A technique is covered if it or one of its sub-techniques
// has an enabled detection.
type Summary struct {
	Techniques           int `json:"techniques"`
	TechniquesCovered    int `json:"techniques_covered"`
	SubTechniques        int `json:"sub_techniques"`
	SubTechniquesCovered int `json:"sub_techniques_covered"`
	Detections           int `json:"detections"`
	Enabled              int `json:"enabled"`
	Disabled             int `json:"disabled"`
	// Unmapped is the number of detections without a valid mapping.
	Unmapped int `json:"unmapped"`
}

// Tactic is a column of the matrix.
type Tactic struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Slug is the name as ATT&CK's data files spell it.
	Slug       string      `json:"slug"`
	Techniques []Technique `json:"techniques"`
	// Covered techniques have an enabled detection; Dormant techniques have only
	// disabled ones.
	Covered              int `json:"covered"`
	Dormant              int `json:"dormant"`
	SubTechniques        int `json:"sub_techniques"`
	SubTechniquesCovered int `json:"sub_techniques_covered"`
	// Enabled and Disabled count detections, each once.
	Enabled  int `json:"enabled"`
	Disabled int `json:"disabled"`
}

// Technique is a technique, or a sub-technique, under one tactic.
type Technique struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Enabled and Disabled count the detections for it or for one of its
	// sub-techniques, each once.
	Enabled  int `json:"enabled"`
	Disabled int `json:"disabled"`
	// IDs are the ids of Detections, which are mapped to exactly this technique.
	IDs           []string     `json:"detections,omitempty"`
	Detections    []*Detection `json:"-"`
	SubTechniques []Technique  `json:"sub_techniques,omitempty"`
}

// LogType is the coverage of one log type or resource type.
type LogType struct {
	Name       string `json:"name"`
	Techniques int    `json:"techniques"`
	Enabled    int    `json:"enabled"`
	Disabled   int    `json:"disabled"`
	// Unmapped is the number of these detections without a valid mapping.
	Unmapped int `json:"unmapped"`
}

// Detection is a rule, a policy, or anything else that can have mappings.
type Detection struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Kind string `json:"kind"`
	Path string `json:"path"`
	// Enabled is false for disabled detections and for those that are not deployed
	// because of their Status. It is true if the spec has no Enabled key.
	Enabled  bool   `json:"enabled"`
	Severity string `json:"severity,omitempty"`
	// LogTypes are log types or resource types. A correlation rule has the log types
	// of its rules, and a derived rule those of its base.
	LogTypes []string `json:"log_types"`
	// Mappings are the valid mappings as tactic:technique, sorted.
	Mappings []string `json:"mappings"`
}

// Note is a mapping that is not counted, or counted as another one.
type Note struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	ID      string `json:"id"`
	Mapping string `json:"mapping"`
	Message string `json:"message"`
	// CountedAs is the mapping that it is counted as; empty if it is not counted.
	CountedAs string `json:"counted_as,omitempty"`
}

// The log types of detections that list none.
const (
	LogTypeScheduledQuery = "(scheduled query)"
	LogTypeNone           = "(none)"
)

// Of computes the coverage of a repository. It returns an error if the filter can't
// be parsed or matches nothing.
func Of(r *repo.Repo, f Filter) (*Report, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	all, notes := detections(r)
	if err := matched(all, f.LogTypes); err != nil {
		return nil, err
	}
	return of(r, f, all, notes), nil
}

func (f Filter) check() error {
	for _, g := range f.LogTypes {
		if err := glob.Check(g); err != nil {
			return fmt.Errorf("the log type pattern %q %w; write it like AWS.* or AWS.CloudTrail", g, err)
		}
	}
	return nil
}

// of computes the coverage by some detections, as far as the filter lets them.
func of(r *repo.Repo, f Filter, all []*Detection, notes []Note) *Report {
	out := &Report{FormatVersion: FormatVersion, ATTACKVersion: attack.Version(), ATTACKNotice: attack.Notice(), Revision: r.RevisionText(), Filter: f,
		Detections: []*Detection{}, LogTypes: []LogType{}, Notes: []Note{}}
	kept := map[string]bool{}
	for _, d := range all {
		if f.lets(d) {
			out.Detections = append(out.Detections, d)
			kept[d.Path] = true
		}
	}
	for _, n := range notes {
		if kept[n.Path] {
			out.Notes = append(out.Notes, n)
		}
	}
	out.Tactics = matrix(out.Detections)
	out.LogTypes = logTypes(out.Detections, f)
	out.Summary = summary(out)
	return out
}

func (f Filter) matches(logType string) bool {
	return len(f.LogTypes) == 0 || slices.ContainsFunc(f.LogTypes, func(g string) bool { return glob.Match(g, logType) })
}

func (f Filter) lets(d *Detection) bool {
	return (d.Enabled || !f.EnabledOnly) && slices.ContainsFunc(d.LogTypes, f.matches)
}

// matched checks that every pattern matches something. A misspelled one would show
// a repository without coverage.
func matched(all []*Detection, globs []string) error {
	var names []string
	for _, d := range all {
		names = append(names, d.LogTypes...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, g := range globs {
		if !slices.ContainsFunc(names, Filter{LogTypes: []string{g}}.matches) {
			return fmt.Errorf("no detection has a log type that matches %q%s", g, suggest.DidYouMean(g, names))
		}
	}
	return nil
}

// cells are the detections of each technique under each tactic.
type cells map[attack.Mapping][]*Detection

func matrix(ds []*Detection) []Tactic {
	at := cells{}
	for _, d := range ds {
		for _, text := range d.Mappings {
			if m, err := attack.ParseMapping(text); err == nil {
				at[m] = append(at[m], d)
			}
		}
	}
	var out []Tactic
	place := map[string]int{}
	for _, t := range attack.Tactics() {
		place[t.ID] = len(out)
		out = append(out, Tactic{ID: t.ID, Name: t.Name, Slug: t.Slug(), Techniques: []Technique{}})
	}
	// Sorted by id, a technique comes before its sub-techniques.
	for _, x := range attack.Techniques() {
		if x.State != attack.Active {
			continue
		}
		for _, id := range x.Tactics {
			t := &out[place[id]]
			found := at[attack.Mapping{Tactic: id, Technique: x.ID}]
			y := Technique{ID: x.ID, Name: x.Name, Detections: found}
			for _, d := range found {
				y.IDs = append(y.IDs, d.ID)
			}
			y.Enabled, y.Disabled = count(found)
			if last := len(t.Techniques) - 1; last >= 0 && t.Techniques[last].ID == x.Parent() {
				t.Techniques[last].SubTechniques = append(t.Techniques[last].SubTechniques, y)
			} else {
				t.Techniques = append(t.Techniques, y)
			}
		}
	}
	for i := range out {
		out[i].count()
	}
	return out
}

// All returns the detections for a technique and its sub-techniques, each once,
// sorted by id.
func (t Technique) All() []*Detection {
	out := slices.Clone(t.Detections)
	for _, s := range t.SubTechniques {
		out = append(out, s.Detections...)
	}
	return unique(out)
}

func unique(ds []*Detection) []*Detection {
	slices.SortFunc(ds, (*Detection).compare)
	return slices.Compact(ds)
}

func count(ds []*Detection) (enabled, disabled int) {
	for _, d := range ds {
		if d.Enabled {
			enabled++
		} else {
			disabled++
		}
	}
	return enabled, disabled
}

// count computes the totals of a tactic.
func (t *Tactic) count() {
	var all []*Detection
	for i := range t.Techniques {
		x := &t.Techniques[i]
		ds := x.All()
		all = append(all, ds...)
		x.Enabled, x.Disabled = count(ds)
		switch {
		case x.Enabled > 0:
			t.Covered++
		case x.Disabled > 0:
			t.Dormant++
		}
		t.SubTechniques += len(x.SubTechniques)
		for _, s := range x.SubTechniques {
			if s.Enabled > 0 {
				t.SubTechniquesCovered++
			}
		}
	}
	t.Enabled, t.Disabled = count(unique(all))
}

func logTypes(ds []*Detection, f Filter) []LogType {
	by := map[string][]*Detection{}
	for _, d := range ds {
		for _, l := range d.LogTypes {
			if f.matches(l) {
				by[l] = append(by[l], d)
			}
		}
	}
	out := make([]LogType, 0, len(by))
	for name, ds := range by {
		l := LogType{Name: name, Techniques: len(covered(ds))}
		l.Enabled, l.Disabled = count(ds)
		for _, d := range ds {
			if len(d.Mappings) == 0 {
				l.Unmapped++
			}
		}
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b LogType) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// covered returns the techniques, without sub-techniques, that have an enabled
// detection.
func covered(ds []*Detection) map[string]bool {
	out := map[string]bool{}
	for _, d := range ds {
		if !d.Enabled {
			continue
		}
		for _, text := range d.Mappings {
			_, technique, _ := strings.Cut(text, ":")
			technique, _, _ = strings.Cut(technique, ".")
			out[technique] = true
		}
	}
	return out
}

func summary(r *Report) Summary {
	s := Summary{Detections: len(r.Detections), TechniquesCovered: len(covered(r.Detections))}
	s.Enabled, s.Disabled = count(r.Detections)
	subs := map[string]bool{}
	for _, d := range r.Detections {
		if len(d.Mappings) == 0 {
			s.Unmapped++
		}
		for _, text := range d.Mappings {
			if _, technique, _ := strings.Cut(text, ":"); d.Enabled && strings.Contains(technique, ".") {
				subs[technique] = true
			}
		}
	}
	s.SubTechniquesCovered = len(subs)
	for _, x := range attack.Techniques() {
		switch {
		case x.State != attack.Active:
		case x.Parent() != "":
			s.SubTechniques++
		default:
			s.Techniques++
		}
	}
	return s
}
