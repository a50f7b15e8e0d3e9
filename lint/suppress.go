package lint

import "fmt"

// suppress removes the findings that comments ignore, and adds findings about the
// comments themselves.
func (s *state) suppress(found []Finding, o Options) []Finding {
	byPath := map[string]*record{}
	for _, r := range s.records {
		if len(r.Ignores) > 0 {
			byPath[r.Path] = r
		}
	}
	if len(byPath) == 0 {
		return found
	}
	// used records which ids of which comments suppress a finding.
	type use struct {
		path          string
		ignore, index int
	}
	used := map[use]bool{}
	kept := found[:0]
	for _, f := range found {
		hidden := false
		if in := byPath[f.Path]; in != nil {
			for i, g := range in.Ignores {
				if !g.covers(f.Range) || g.expired(o.Now) {
					continue
				}
				for n, r := range g.Rules {
					if r.Value == f.Rule {
						used[use{f.Path, i, n}], hidden = true, true
					}
				}
			}
		}
		if hidden {
			s.ignored++
		} else {
			kept = append(kept, f)
		}
	}
	for _, in := range byPath {
		of := in.outlined()
		report := func(id string, at Range, hint, format string, args ...any) {
			if severity := o.settings.severityAt(id, in.Path); severity != off {
				f := Finding{Rule: id, Severity: severity, Message: fmt.Sprintf(format, args...), Hint: hint, Path: in.Path, Range: at}
				f.Entity = of.Entity
				kept = append(kept, f)
			}
		}
		for i, g := range in.Ignores {
			if g.Tuning != nil {
				g.reportTuning(o, report)
				continue
			}
			for _, fault := range g.Faults {
				report(idMalformedIgnore, fault.Range, fault.Hint, "%s", fault.Message)
			}
			if g.expired(o.Now) {
				report(idExpiredIgnore, g.UntilRange, "fix the finding, or set a later date", "the ignore comment expired on %s", g.Until.Format("2006-01-02"))
				continue
			}
			if g.Reason == "" && len(g.Faults) == 0 {
				report(idIgnoreReason, g.Range, `add the reason after "--"`, "the ignore comment gives no reason")
			}
			for n, r := range g.Rules {
				// If the rule didn't run, or the file is broken, its findings are unknown.
				if !used[use{in.Path, i, n}] && o.settings.severityAt(r.Value, in.Path) != off && !of.Broken {
					report(idUnusedIgnore, r.Range, "remove it", "unused ignore comment: %s has no finding %s", r.Value, where(g))
				}
			}
		}
	}
	return kept
}

func where(g ignoreComment) string {
	if g.Line == 0 {
		return "in this file"
	}
	if g.Last > g.Line {
		return fmt.Sprintf("on lines %d to %d", g.Line, g.Last)
	}
	return fmt.Sprintf("on line %d", g.Line)
}
