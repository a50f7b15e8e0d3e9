package sync

import (
	"regexp"
	"strings"
)

// An import at the start of a line, or after a semicolon; the modules may go
// on over commas. Imports inside text blocks are taken for real ones, which
// costs an order that wasn't needed and nothing else.
var (
	importRE = regexp.MustCompile(`(?m)^[ \t]*import[ \t]+([^\n#;]+)`)
	fromRE   = regexp.MustCompile(`(?m)^[ \t]*from[ \t]+([A-Za-z_][\w.]*)[ \t]+import\b`)
)

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
	for _, m := range importRE.FindAllStringSubmatch(body, -1) {
		for _, part := range strings.Split(m[1], ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			add(name)
		}
	}
	for _, m := range fromRE.FindAllStringSubmatch(body, -1) {
		add(m[1])
	}
	return out
}
