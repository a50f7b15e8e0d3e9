package setup

import (
	"fmt"
	"path"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/repo/config"
)

const configHead = `# Settings of pdac. Every key is explained in
# https://github.com/pdac-dev/pdac/blob/main/docs/configuration.md
version: 1
`

// config writes pdac.yaml, or adds to it what is missing.
func (b *builder) config() error {
	name := b.at(config.FileName)
	before, err := b.read(name)
	if err != nil {
		return err
	}
	text := before
	if before == nil {
		text = []byte(configHead)
	}
	doc, err := yamledit.Parse(text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := config.Parse(text); err != nil {
		return fmt.Errorf("%s: %w; correct it first", name, err)
	}
	for _, s := range b.settings() {
		if doc.Node(s.path) != nil || s.not != nil && doc.Node(s.not) != nil {
			continue
		}
		if err := setDeep(doc, s.path, s.value); err != nil {
			return fmt.Errorf("%s: set %s: %w", name, s.path, err)
		}
	}
	b.plan.Config, err = config.Parse(doc.Bytes())
	if err != nil {
		return fmt.Errorf("%s would not be valid: %w", name, err)
	}
	b.write(name, before, doc.Bytes(), "the settings")
	return nil
}

type setting struct {
	path  yamledit.Path
	value any
	// not is a setting that excludes this one.
	not yamledit.Path
}

// settings are those that pdac.yaml gets if it lacks them.
func (b *builder) settings() []setting {
	var out []setting
	add := func(value any, keys ...any) { out = append(out, setting{path: keys, value: value}) }
	from := b.PAT.Settings
	if host := b.Host; host != "" {
		add(host, "api", "host")
	} else if from.Host != "" {
		add(from.Host, "api", "host")
	}
	if len(from.Only) > 0 {
		add(list(from.Only), "content", "only")
		out[len(out)-1].not = yamledit.Path{"content", "include"}
	}
	if len(from.Exclude) > 0 {
		add(list(from.Exclude), "content", "exclude")
	}
	if from.AnyTable {
		add([]any{"PD510"}, "lint", "ignore")
	}
	if len(from.Tables) > 0 {
		add(list(from.Tables), "lint", "sql", "tables")
	}
	if b.Baseline != nil {
		add(BaselineFile, "lint", "baseline")
	}
	return out
}

func list(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// setDeep sets a value, and makes the mappings around it.
func setDeep(doc *yamledit.Doc, p yamledit.Path, value any) error {
	for len(p) > 1 && doc.Node(p[:len(p)-1]) == nil {
		value = yamledit.Map{{Key: p[len(p)-1].(string), Value: value}}
		p = p[:len(p)-1]
	}
	return doc.Set(p, value)
}

// relative returns how to reach the top of the repository from the folder of the
// detections, such as "../../", or "".
func (b *builder) relative() string {
	if b.Folder == "." {
		return ""
	}
	return strings.Repeat("../", strings.Count(path.Clean(b.Folder), "/")+1)
}
