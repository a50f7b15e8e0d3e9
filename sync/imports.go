package sync

import (
	"regexp"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// importReader says what Python texts import, and reads each text once: a live
// one and a desired one are mostly the same, and deletes ask again and again. The
// zero value is ready; it isn't for concurrent use.
type importReader struct{ known map[string][]string }

func (r *importReader) of(body string) []string {
	if out, ok := r.known[body]; ok {
		return out
	}
	out := imports(body)
	if r.known == nil {
		r.known = map[string][]string{}
	}
	r.known[body] = out
	return out
}

// imports lists the top-level modules that a Python text imports.
func imports(body string) []string {
	if !strings.Contains(body, "import") {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	add := func(module string) {
		top, _, _ := strings.Cut(strings.TrimSpace(module), ".")
		if top != "" && !seen[top] {
			seen[top] = true
			out = append(out, top)
		}
	}
	m, err := python.Parse([]byte(body), python.Options{})
	if err != nil && m == nil {
		looseImports(body, add)
		return out
	}
	for _, i := range m.Symbols().Imports {
		if i.Level == 0 {
			add(i.Module)
		}
	}
	return out
}

// An import at the start of a line; the modules may go on over commas.
var (
	importRE = regexp.MustCompile(`(?m)^[ \t]*import[ \t]+([^\n#;]+)`)
	fromRE   = regexp.MustCompile(`(?m)^[ \t]*from[ \t]+([A-Za-z_][\w.]*)[ \t]+import\b`)
)

// looseImports finds imports in a text that can't be parsed. One inside a text
// block counts too, which costs an order that wasn't needed and nothing else.
func looseImports(body string, add func(module string)) {
	for _, m := range importRE.FindAllStringSubmatch(body, -1) {
		for _, part := range strings.Split(m[1], ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			add(name)
		}
	}
	for _, m := range fromRE.FindAllStringSubmatch(body, -1) {
		add(m[1])
	}
}
