package starter

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

var (
	plainID   = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	moduleID  = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)
	nameForm  = lazyregexp.New(`^[^\s<>&"%{}\pC][^<>&"%{}\pC]*$`)
	queryName = lazyregexp.New(`^[^\s<>&"%\pC][^<>&"%\pC]*$`)
	typeName  = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$`)
)

// maxID is the maximum length of an id.
const maxID = 200

// checkID refuses ids that Panther, Python or people could not use.
func (s *starter) checkID() error {
	switch {
	case s.ID == "":
		return fmt.Errorf("the id is empty; write it like Acme.Okta.Login")
	case len(s.ID) > maxID:
		return fmt.Errorf("the id has %d bytes, more than %d", len(s.ID), maxID)
	case s.of == panther.Global && !moduleID.MatchString(s.ID):
		return fmt.Errorf("detections import a global by its id, so %q must be a name of Python: letters, digits and _, such as acme_text", s.ID)
	case s.of == panther.Global && !importable(s.ID):
		return fmt.Errorf("%q is a keyword of Python, so nothing can import it; choose another id", s.ID)
	case s.of == panther.Global && python.Stdlib(s.ID):
		return fmt.Errorf("the standard library of Python has a module %q, so no import would reach this global; choose another id, such as %s_helpers", s.ID, s.ID)
	case s.of == panther.Query && (!queryName.MatchString(s.ID) || strings.TrimSpace(s.ID) != s.ID):
		return fmt.Errorf("the name %q has a character that Panther refuses (<, >, &, \" or %%), or a blank at an end", s.ID)
	case s.of != panther.Global && s.of != panther.Query && !plainID.MatchString(s.ID):
		return fmt.Errorf("the id %q must have only letters, digits, dots, hyphens and _, such as Acme.Okta.Login", s.ID)
	}
	return nil
}

// importable reports whether a statement can import a module of that name.
func importable(id string) bool {
	_, err := python.Parse([]byte("import "+id+"\n"), python.Options{})
	return err == nil
}

// checkName refuses names that Panther refuses, or that a title takes for placeholders.
func (s *starter) checkName() error {
	if s.Name != "" && !nameForm.MatchString(s.Name) {
		return fmt.Errorf("the name %q has a character that Panther refuses (<, >, &, \" or %%), a brace, or a blank at its start", s.Name)
	}
	return nil
}

// checkFree refuses an id that another spec has, also one of another kind whose ids are
// the same.
func (s *starter) checkFree() error {
	family := s.of.Family()
	for _, it := range s.repo.Items {
		if it.Type.IDKey() != s.of.SpecIDKey() && !slices.Contains(family, it.Kind) {
			continue
		}
		if it.ID == s.ID {
			return fmt.Errorf("%s %s exists already, in %s; choose another id", it.Type, s.ID, it.Path)
		}
		if strings.EqualFold(it.ID, s.ID) {
			return fmt.Errorf("%s %s, in %s, differs from %s only in case; choose another id", it.Type, it.ID, it.Path, s.ID)
		}
	}
	for _, k := range s.repo.Skipped {
		if k.ID == s.ID && k.Type.IDKey() == s.of.SpecIDKey() {
			return fmt.Errorf("%s is the id of %s, which is not content; choose another id", s.ID, k.Path)
		}
	}
	return nil
}

func (s *starter) checkSeverity() error {
	all := []string{"Info", "Low", "Medium", "High", "Critical"}
	if s.Severity == "" {
		s.Severity = "Medium"
		return nil
	}
	if !s.severity {
		return fmt.Errorf("--severity is not for a %s, which has none", s.kind.name)
	}
	i := slices.IndexFunc(all, func(v string) bool { return strings.EqualFold(v, s.Severity) })
	if i < 0 {
		return fmt.Errorf("unknown --severity %q; use one of %s", s.Severity, strings.Join(all, ", "))
	}
	s.Severity = all[i]
	return nil
}

// checkReads checks that what the kind reads is named, and nothing else is.
func (s *starter) checkReads() error {
	for _, g := range []struct {
		need   need
		values []string
	}{{needLogType, s.LogTypes}, {needResourceType, s.ResourceTypes}, {needQuery, s.Queries}, {needRules, s.Rules}} {
		switch {
		case len(g.values) > 0 && g.need != s.needs:
			return fmt.Errorf("--%s is not for a %s", g.need, s.kind.name)
		case len(g.values) == 0 && g.need == s.needs:
			return s.missing(g.need)
		}
		for _, v := range g.values {
			if v == "" || (g.need == needLogType || g.need == needResourceType) && !typeName.MatchString(v) {
				return fmt.Errorf("--%s %q is not the name of a %s; write it like %s", g.need, v, strings.ReplaceAll(string(g.need), "-", " "), map[need]string{needLogType: "Okta.SystemLog", needResourceType: "AWS.S3.Bucket", needQuery: "Acme Logins", needRules: "Acme.Okta.Login"}[g.need])
			}
		}
	}
	if s.Every != 0 && s.of != panther.Query {
		return fmt.Errorf("--every is not for a %s", s.kind.name)
	}
	if s.Every != 0 && s.Every < minRate {
		return fmt.Errorf("--every %d is not possible; Panther runs a query every %d minutes or less often", s.Every, minRate)
	}
	switch s.needs {
	case needQuery:
		if err := s.known(s.Queries, panther.Query.Family(), "query", "pdac new query NAME --every 60 --log-type TYPE"); err != nil {
			return err
		}
		for _, it := range s.repo.Items {
			if it.Type == repo.TypeSavedQuery && slices.Contains(s.Queries, it.ID) {
				return fmt.Errorf("the query %q, in %s, is a saved one without a schedule, so it never has rows to judge; make it a scheduled_query first", it.ID, it.Path)
			}
		}
		return nil
	case needRules:
		if len(s.Rules) > 2 {
			return fmt.Errorf("--rule is there %d times; name the two rules that follow each other, and add the others by hand", len(s.Rules))
		}
		return s.known(s.Rules, panther.Rule.Family(), "rule", "pdac new rule ID --log-type TYPE")
	}
	if s.of == panther.DataModel {
		return s.onlyModel()
	}
	return nil
}

// minRate is the shortest time between two runs of a query, in minutes.
const minRate = 2

// missing says what to name, with examples of this repository.
func (s *starter) missing(n need) error {
	var have []string
	for _, it := range s.repo.Items {
		switch n {
		case needLogType:
			have = append(have, values(it, "LogTypes")...)
		case needResourceType:
			have = append(have, values(it, "ResourceTypes")...)
		case needQuery:
			if it.Type == repo.TypeScheduledQuery {
				have = append(have, it.ID)
			}
		case needRules:
			if it.Kind == panther.Rule || it.Kind == panther.SimpleRule {
				have = append(have, it.ID)
			}
		}
	}
	examples := map[need]string{needLogType: "Okta.SystemLog", needResourceType: "AWS.S3.Bucket", needQuery: "Acme Logins", needRules: "Acme.Okta.Login"}
	example := examples[n]
	if top := mostOften(have); top != "" {
		example = top
	}
	if strings.Contains(example, " ") {
		example = "'" + example + "'"
	}
	switch n {
	case needQuery:
		return fmt.Errorf("a scheduled-rule needs the query whose rows it judges; name it with --query, such as --query %s", example)
	case needRules:
		return fmt.Errorf("a correlation-rule needs two rules that follow each other, or one twice; name them with --rule, such as --rule %s", example)
	}
	return fmt.Errorf("a %s needs a %s; name it with --%s, such as --%s %s", s.kind.name, strings.ReplaceAll(string(n), "-", " "), n, n, example)
}

// mostOften returns the most frequent word.
func mostOften(words []string) string {
	counts := map[string]int{}
	best := ""
	for _, w := range words {
		counts[w]++
		if counts[w] > counts[best] || counts[w] == counts[best] && w < best {
			best = w
		}
	}
	return best
}

// values lists the texts of a list of a spec.
func values(it *repo.Item, key string) []string {
	n := yamlcore.Lookup(it.Root, key)
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	var out []string
	for _, c := range n.Content {
		if c = yamlcore.Deref(c); c.Kind == yaml.ScalarNode {
			out = append(out, c.Value)
		}
	}
	return out
}

// known checks that specs with these ids exist.
func (s *starter) known(ids []string, family []panther.Kind, what, create string) error {
	var all []string
	for _, it := range s.repo.Items {
		if slices.Contains(family, it.Kind) {
			all = append(all, it.ID)
		}
	}
	for _, id := range ids {
		if !slices.Contains(all, id) {
			return fmt.Errorf("the repository has no %s %q%s; create it with %s", what, id, suggest.DidYouMean(id, all), create)
		}
	}
	return nil
}

// onlyModel refuses a second data model for a log type.
func (s *starter) onlyModel() error {
	if len(s.LogTypes) > 1 {
		return fmt.Errorf("a data-model is for one log type, but --log-type is there %d times", len(s.LogTypes))
	}
	for _, it := range s.repo.Items {
		if it.Kind == panther.DataModel && slices.Contains(values(it, "LogTypes"), s.LogTypes[0]) {
			return fmt.Errorf("%s has a data model already, %s in %s; Panther allows one for each log type", s.LogTypes[0], it.ID, path.Clean(it.Path))
		}
	}
	return nil
}
