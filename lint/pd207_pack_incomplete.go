package lint

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/repo"
)

// rulePD207 finds packs that lack dependencies of their members.
func rulePD207() Rule {
	return Rule{
		ID: "PD207", Name: "pack-incomplete", Severity: Error,
		Doc: Doc{
			What: "A pack lists a detection, but not a global that it imports (directly or through another global), a query that it runs over, or a rule that it correlates.",
			Why:  "Anyone who enables the pack gets a detection that fails on its first event or never receives one.",
			Bad: `
-- packs/acme.yml --
AnalysisType: pack
PackID: Acme
PackDefinition:
  IDs: [Acme.Login]
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
from acme_identity import is_admin


def rule(event):
    return is_admin(event.get("user"))
-- global_helpers/acme_identity.yml --
AnalysisType: global
GlobalID: acme_identity
Filename: acme_identity.py
-- global_helpers/acme_identity.py --
def is_admin(user):
    return user == "root"
`,
			Good: `
-- packs/acme.yml --
AnalysisType: pack
PackID: Acme
PackDefinition:
  IDs: [Acme.Login, acme_identity]
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
from acme_identity import is_admin


def rule(event):
    return is_admin(event.get("user"))
-- global_helpers/acme_identity.yml --
AnalysisType: global
GlobalID: acme_identity
Filename: acme_identity.py
-- global_helpers/acme_identity.py --
def is_admin(user):
    return user == "root"
`,
		},
		CollectSpec: pd213Collect,
		Repo:        pd207,
	}
}

func pd207(p *RepoPass) {
	all := p.anyID()
	for f := range p.Specs(repo.TypePack) {
		listed := map[string]bool{}
		for _, id := range f.Spec.PackIDs {
			listed[id.Value] = true
		}
		told := map[string]bool{}
		for _, id := range f.Spec.PackIDs {
			for _, member := range all[id.Value] {
				for _, need := range append(p.packNeeds(member), p.subRules(member)...) {
					if listed[need.id] || told[need.id] {
						continue
					}
					told[need.id] = true
					out := p.Report(f, id.Range, "the pack doesn't list the %s %q, which %q %s", need.what, need.id, id.Value, need.why)
					out.Key = id.Value + " " + need.id
					out.Hint = fmt.Sprintf("add %s to the pack", need.id)
					out.Related = []Location{{Path: need.file, Message: "the " + need.what}, {Path: member.Path, Range: member.Spec.Top, Message: "needed here"}}
				}
			}
		}
	}
}

// need is a dependency of a pack's member.
type need struct{ what, id, why, file string }

// subRules lists the rules of the repository that a correlation rule correlates.
func (p *RepoPass) subRules(f *Facts) (out []need) {
	for _, fact := range p.Collected(f) {
		if found := p.ByID(repo.TypeRule.IDKey(), fact.Name); len(found) > 0 {
			out = append(out, need{"rule", fact.Name, "correlates", found[0].Path})
		}
	}
	return out
}

// packNeeds lists the globals and the queries that a spec needs. Like Panther's
// own check of packs, it skips what data models and the globals named
// global_filter_* import: Panther's packs don't list it.
func (r *Repository) packNeeds(f *Facts) (out []need) {
	filter := func(global string) bool { return strings.HasPrefix(global, "global_filter_") }
	seen := map[string]bool{}
	var globals func(body, why string)
	globals = func(body, why string) {
		py := r.File(body)
		if py == nil || py.Python == nil {
			return
		}
		for _, i := range py.Python.Imports {
			g := r.Global(i.Top())
			if i.Level > 0 || g == nil || seen[i.Top()] {
				continue
			}
			seen[i.Top()] = true
			out = append(out, need{"global", i.Top(), why, g.Path})
			if !filter(i.Top()) {
				globals(g.Spec.BodyPath, "imports through "+i.Top())
			}
		}
	}
	if f.Spec.BodyPath != "" && f.Spec.Type != repo.TypeDataModel && !(f.Spec.Type == repo.TypeGlobal && filter(f.Spec.ID.Value)) {
		globals(f.Spec.BodyPath, "imports")
	}
	for _, q := range f.Spec.ScheduledQuery {
		if found := r.ByID(repo.TypeScheduledQuery.IDKey(), q.Value); len(found) > 0 {
			out = append(out, need{"query", q.Value, "runs over", found[0].Path})
		}
	}
	return out
}
