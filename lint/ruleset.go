package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/suggest"
)

// ruleSet is the rules that a run chooses from. It isn't changed once made.
type ruleSet struct {
	list []Rule // sorted by id
	// byWord finds a rule's place in list by its id and its name, in lower case.
	byWord map[string]int
}

var (
	builtInID = lazyregexp.New(`^PD[0-9]{3}$`)
	ruleID    = lazyregexp.New(`^([A-Z]{2,16})[0-9]{1,6}$`)
	ruleName  = lazyregexp.New(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// newRuleSet checks rules and sorts them by id.
func newRuleSet(rules []Rule) (*ruleSet, error) {
	s := &ruleSet{list: slices.Clone(rules), byWord: make(map[string]int, 2*len(rules))}
	slices.SortStableFunc(s.list, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	for i := range s.list {
		r := &s.list[i]
		if err := r.check(); err != nil {
			return nil, err
		}
		for _, word := range []string{r.ID, r.Name} {
			word = strings.ToLower(word)
			if other, taken := s.byWord[word]; taken {
				return nil, fmt.Errorf("the rules %s (%s) and %s (%s) share an id or a name; every id and name must be unique",
					s.list[other].ID, s.list[other].Name, r.ID, r.Name)
			}
			s.byWord[word] = i
		}
		r.Doc.Bad, r.Doc.Good = strings.TrimLeft(r.Doc.Bad, "\n"), strings.TrimLeft(r.Doc.Good, "\n")
	}
	return s, nil
}

// check finds what is wrong with the form of a rule.
func (r *Rule) check() error {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("rule %q: %s", r.ID, fmt.Sprintf(format, args...))
	}
	switch {
	case !ruleID.MatchString(r.ID):
		return fault("the id must be capital letters followed by digits, such as ACME01")
	case ruleID.FindStringSubmatch(r.ID)[1] == "PD" && !builtInID.MatchString(r.ID):
		return fault("an id that begins with PD needs three digits; use another prefix for your own rules")
	case !ruleName.MatchString(r.Name):
		return fault("the name %q must be lower-case words joined by hyphens, such as duplicate-id", r.Name)
	case r.Name == "all" || r.Name == "default":
		return fault("the name %q selects groups of rules; use another name", r.Name)
	case r.Severity != Error && r.Severity != Warning && r.Severity != Info:
		return fault("the severity %q must be one of error, warning, info", r.Severity)
	case strings.TrimSpace(r.Doc.What) == "":
		return fault("Doc.What is empty; say in one sentence what the rule finds")
	case !r.byLoader && r.Spec == nil && r.Python == nil && r.Repo == nil:
		return fault("it has none of the functions Spec, Python and Repo, so it can find nothing")
	case r.Repo == nil && (r.CollectSpec != nil || r.CollectPython != nil):
		return fault("it collects facts, but has no function Repo to use them")
	}
	seen := map[string]bool{}
	for _, o := range r.Options {
		switch o.Default.(type) {
		case []string, string, int, bool:
		default:
			return fault("the default of option %q has the type %T; use []string, string, int or bool", o.Name, o.Default)
		}
		if o.Name == "" || seen[o.Name] {
			return fault("an option has an empty or repeated name %q", o.Name)
		}
		seen[o.Name] = true
	}
	return nil
}

// find finds a rule by its id or its name, ignoring case.
func (s *ruleSet) find(word string) (Rule, bool) {
	i, ok := s.byWord[strings.ToLower(word)]
	if !ok {
		return Rule{}, false
	}
	return s.list[i], true
}

// match returns the rules that a word of the configuration chooses: an id, the
// start of one ("PD3", "ACME"), a name, "all", or "default".
func (s *ruleSet) match(text string) []Rule {
	word := strings.ToUpper(text)
	var out []Rule
	for _, r := range s.list {
		if word == "ALL" || word == "DEFAULT" && r.Severity != Info || strings.EqualFold(r.Name, text) || startsID(word, r.ID) {
			out = append(out, r)
		}
	}
	return out
}

// startsID reports whether a word is the start of an id, with X for any digit at its
// end. It must hold all letters of the id, and for pdac's own rules a digit.
func startsID(word, id string) bool {
	letters := len(strings.TrimRight(id, "0123456789"))
	start := word
	if len(word) > letters {
		start = word[:letters] + strings.TrimRight(word[letters:], "X")
	}
	if !strings.HasPrefix(id, start) || len(start) < letters {
		return false
	}
	return id[:letters] != "PD" || len(word) > letters
}

// unknown says that a word names no rule, with a guess at what was meant.
func (s *ruleSet) unknown(word string) string {
	return fmt.Sprintf(`unknown rule %q; "pdac rules" lists all rules%s`, word, suggest.DidYouMean(word, s.words()))
}

func (s *ruleSet) words() []string {
	var ids, names []string
	for _, r := range s.list {
		ids, names = append(ids, r.ID), append(names, r.Name)
	}
	return slices.Concat(ids, names, []string{"all", "default"})
}
