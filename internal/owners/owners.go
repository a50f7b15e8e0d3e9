// Package owners finds who owns files by CODEOWNERS, as GitHub and GitLab read it.
package owners

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hmarr/codeowners"
)

// MaxBytes is the maximum size of a file in bytes, which is also GitHub's.
const MaxBytes = 3 << 20

// maxRules is the maximum number of rules, and maxLoose that of those that must be tried
// for each path, such as *.py.
const maxRules, maxLoose = 20_000, 2_000

// Places returns where the file may be, from the top of the repository. The first one
// counts, as on GitHub; the last one is only GitLab's.
func Places() []string {
	return []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}
}

// Problem is a line that can't be read. Its owners are unknown.
type Problem struct {
	// Line counts from 1.
	Line    int
	Message string
}

// File is a CODEOWNERS file. It is safe for concurrent use.
type File struct {
	Problems []Problem

	sections []section
	names    []string
	mu       sync.Mutex
	known    map[string][]string
}

// section is a section of GitLab, whose owners are added to those of the others; a file
// of GitHub is a single one.
type section struct {
	name string
	// owners are those of rules without own ones.
	owners []string
	rules  []rule
	// begins contains the rules by how every path begins that they match, and names those
	// that match a file or folder of one name anywhere. others has the rest.
	begins, names map[string][]int
	others        []int
}

type rule struct {
	codeowners.Rule
	owners []string
}

// add adds a rule.
func (s *section) add(r rule) {
	n := len(s.rules)
	s.rules = append(s.rules, r)
	pattern := r.RawPattern()
	name := strings.TrimSuffix(pattern, "/")
	switch begin := prefix(pattern); {
	case begin != "":
		s.begins[begin] = append(s.begins[begin], n)
	case !strings.ContainsAny(name, `*?\/`):
		s.names[name] = append(s.names[name], n)
	default:
		s.others = append(s.others, n)
	}
}

// match returns the last rule that matches a path; nil for none. Only few rules are
// tried.
func (s *section) match(path string) *rule {
	tries := slices.Clone(s.others)
	for i := range path {
		tries = append(tries, s.begins[path[:i]]...)
	}
	tries = append(tries, s.begins[path]...)
	for name := range strings.SplitSeq(path, "/") {
		tries = append(tries, s.names[name]...)
	}
	slices.Sort(tries)
	for _, n := range slices.Backward(tries) {
		if is, err := s.rules[n].Match(path); err == nil && is {
			return &s.rules[n]
		}
	}
	return nil
}

// Parse reads a file. Lines that can't be read are in Problems.
func Parse(text []byte) (*File, error) {
	f := &File{known: map[string][]string{}}
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("it has %d bytes, more than the %d that GitHub accepts", len(text), MaxBytes)
	}
	at, n := -1, 0
	number := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(string(text), "\ufeff"), "\n") {
		number++
		line = strings.TrimSpace(line)
		fault := func(err error) {
			f.Problems = append(f.Problems, Problem{number, err.Error()})
		}
		if line == "" || line[0] == '#' {
			continue
		}
		if s, is, err := header(line); is {
			if err != nil {
				fault(err)
				continue
			}
			if at = slices.IndexFunc(f.sections, func(o section) bool { return strings.EqualFold(o.name, s.name) }); at < 0 {
				at = f.section(s)
			}
			continue
		}
		r, err := parseRule(line)
		if err != nil {
			fault(err)
			continue
		}
		if n++; n > maxRules {
			return nil, fmt.Errorf("it has more than %d rules", maxRules)
		}
		if at < 0 {
			at = f.section(section{})
		}
		s := &f.sections[at]
		if len(r.owners) == 0 {
			r.owners = s.owners
		}
		if s.add(r); len(s.others) > maxLoose {
			return nil, fmt.Errorf("it has more than %d rules that begin with a wildcard", maxLoose)
		}
	}
	f.names = f.all()
	return f, nil
}

// section adds a section and returns its index.
func (f *File) section(s section) int {
	s.begins, s.names = map[string][]int{}, map[string][]int{}
	f.sections = append(f.sections, s)
	return len(f.sections) - 1
}

// parseRule reads one line.
func parseRule(line string) (rule, error) {
	rules, err := codeowners.ParseFile(strings.NewReader(line), codeowners.WithOwnerMatchers([]codeowners.OwnerMatcher{codeowners.OwnerMatchFunc(owner)}))
	if err != nil {
		_, message, _ := strings.Cut(err.Error(), ": ") // the line, which is always 1
		return rule{}, errors.New(message)
	}
	if len(rules) != 1 {
		return rule{}, errors.New("it is longer than a rule may be")
	}
	r := rule{Rule: rules[0]}
	if r.RawPattern() == "/" { // the library can't match it
		return rule{}, errors.New("the pattern / matches no file on GitHub; write * for all files")
	}
	for _, o := range rules[0].Owners {
		r.owners = append(r.owners, o.Value)
	}
	return r, nil
}

// owner reads an owner: a user, a team, a group of GitLab with its parents, a role of
// GitLab, or an address.
func owner(s string) (codeowners.Owner, error) {
	user, domain, _ := strings.Cut(s, "@")
	domain = strings.TrimPrefix(domain, "@") // a role of GitLab, such as @@maintainer
	named := user == "" && domain != "" && !strings.HasPrefix(domain, "/") && !strings.HasSuffix(domain, "/")
	address := user != "" && strings.Contains(domain, ".")
	if !named && !address || strings.Contains(domain, "@") {
		return codeowners.Owner{}, codeowners.ErrNoMatch
	}
	return codeowners.Owner{Value: s}, nil
}

// prefix returns how every path begins that a pattern matches.
func prefix(pattern string) string {
	literal := pattern
	if i := strings.IndexAny(pattern, `*?\`); i >= 0 {
		literal = pattern[:i]
	}
	rest, anchored := strings.CutPrefix(literal, "/")
	if !anchored && !strings.Contains(strings.TrimSuffix(pattern, "/"), "/") {
		return "" // it matches at any depth
	}
	return rest
}

// header reads the header of a section: [Name], ^[Optional], [Name][2] @owner.
func header(line string) (s section, is bool, err error) {
	rest, _ := strings.CutPrefix(line, "^")
	rest, is = strings.CutPrefix(rest, "[")
	if !is {
		return s, false, nil
	}
	name, rest, closed := strings.Cut(rest, "]")
	if s.name = strings.TrimSpace(name); !closed || s.name == "" {
		return s, true, errors.New("a section has the form [Name]")
	}
	if count, more := strings.CutPrefix(rest, "["); more {
		if _, rest, closed = strings.Cut(count, "]"); !closed {
			return s, true, errors.New("a number of approvals has the form [2]")
		}
	}
	for _, word := range strings.Fields(rest) {
		if word[0] == '#' {
			break
		}
		if _, err := owner(word); err != nil {
			return s, true, fmt.Errorf("invalid owner format '%s'", word)
		}
		s.owners = append(s.owners, word)
	}
	return s, true, nil
}

// Of returns the owners of a path from the top of the repository, in the order of the
// file; nil for none.
func (f *File) Of(path string) []string {
	if f == nil || path == "" {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	out, known := f.known[path]
	if known {
		return out
	}
	for _, s := range f.sections {
		r := s.match(path)
		if r == nil {
			continue
		}
		for _, o := range r.owners {
			if !slices.Contains(out, o) {
				out = append(out, o)
			}
		}
	}
	f.known[path] = out
	return out
}

// Names returns all owners that the file names, sorted.
func (f *File) Names() []string {
	if f == nil {
		return nil
	}
	return f.names
}

func (f *File) all() []string {
	set := map[string]bool{}
	for _, s := range f.sections {
		for _, r := range s.rules {
			for _, o := range r.owners {
				set[o] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}
