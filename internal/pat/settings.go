package pat

import (
	"fmt"
	"path"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// settings reads a settings file: every long option as a key.
func (s *search) settings(name string, src []byte) {
	s.found.SettingsFile = name
	doc, err := yamlcore.Parse(src, yamlcore.Limits{})
	if err != nil {
		s.found.Unread = append(s.found.Unread, fmt.Sprintf("%s: %v", name, err))
		return
	}
	if doc.Root == nil {
		s.found.Idle = append(s.found.Idle, name)
		return
	}
	if doc.Root.Kind != yaml.MappingNode {
		s.found.Unread = append(s.found.Unread, name+": it is not a mapping of settings")
		return
	}
	pairs, err := yamlcore.Pairs(doc.Root)
	if err != nil {
		s.found.Unread = append(s.found.Unread, fmt.Sprintf("%s: %v", name, err))
		return
	}
	idle := true
	for _, p := range pairs {
		key, text := strings.ReplaceAll(p.Key.Value, "-", "_"), p.Key.Value+": "+plain(p.Value)
		if key == "api_token" {
			text = "api_token: (secret)"
		}
		if blank(p.Value) {
			continue
		}
		fate, becomes := s.setting(path.Dir(name), key, p.Value)
		s.add(name, p.Key.Line, fate, text, becomes)
		idle = idle && fate == Mapped
	}
	if idle {
		s.found.Idle = append(s.found.Idle, name)
	}
}

// blank reports whether a setting has no value.
func blank(n *yaml.Node) bool {
	n = yamlcore.Deref(n)
	return n.Kind == yaml.ScalarNode && (n.Value == "" || n.Tag == "!!null") || n.Kind != yaml.ScalarNode && len(n.Content) == 0
}

// setting maps one key.
func (s *search) setting(dir, key string, v *yaml.Node) (Fate, string) {
	to := &s.found.Settings
	switch key {
	case "api_host":
		to.Host = strings.TrimSpace(yamlcore.Deref(v).Value)
		return Mapped, "api.host of pdac.yaml; in CI the variable PANTHER_API_HOST"
	case "api_token":
		s.found.HasToken = true
		return ByHand, "put the token into the environment variable PANTHER_API_TOKEN, and delete it here. If this file was ever committed, rotate the token: pdac auth rotate"
	case "path":
		switch at, ok := s.inFolder(dir, yamlcore.Deref(v).Value); {
		case !ok:
			return ByHand, "it is outside of the folder that pdac.yaml is for; run pdac init for that folder"
		case at != ".":
			to.Only = []string{at + "/**"}
			return Mapped, "content.only of pdac.yaml"
		}
		return Mapped, "the folder of pdac.yaml"
	case "ignore_files":
		for _, f := range words(v) {
			if at, ok := s.inFolder(dir, f); ok && at != "." {
				to.Exclude = append(to.Exclude, at)
			}
		}
		return Mapped, "content.exclude of pdac.yaml"
	case "valid_table_names":
		to.Tables = append(to.Tables, words(v)...)
		return Mapped, "lint.sql.tables of pdac.yaml"
	case "ignore_table_names":
		if off(v) {
			return Mapped, "the default of pdac"
		}
		to.AnyTable = true
		return Mapped, "lint.ignore: [PD510] of pdac.yaml"
	case "minimum_tests":
		to.TestArgs = append(to.TestArgs, "--minimum-tests", plain(v))
		return Mapped, "pdac test --minimum-tests " + plain(v) + ", in the workflow"
	case "skip_disabled_tests":
		if !off(v) {
			to.TestArgs = append(to.TestArgs, "--filter", "Enabled=true")
		}
		return Mapped, "pdac test --filter Enabled=true, in the workflow"
	case "filter":
		return ByHand, "--filter KEY=VALUE of pdac test, plan and apply"
	case "skip_tests":
		return ByHand, "pdac apply --skip-tests"
	case "aws_profile", "kms_key", "github_tag", "github_branch", "github_owner", "github_repository":
		return NoCounterpart, "pdac calls Panther's API with a token, and nothing else"
	}
	if f, ok := flags[strings.ReplaceAll(key, "_", "-")]; ok {
		if f.fate == Mapped || f.fate == "" {
			return Mapped, f.becomes
		}
		return f.fate, f.becomes
	}
	return ByHand, "pdac does not know this setting; check whether anything uses it"
}

// inFolder returns the path of a file that a settings file in dir names, from the folder of
// the detections. A folder around that one is the folder itself.
func (s *search) inFolder(dir, name string) (string, bool) {
	at := path.Join(dir, strings.ReplaceAll(name, `\`, "/"))
	switch {
	case path.IsAbs(name), at == "..", strings.HasPrefix(at, "../"):
		return "", false
	case s.folder == ".":
		return at, true
	case at == ".", at == s.folder, strings.HasPrefix(s.folder, at+"/"):
		return ".", true
	}
	return strings.CutPrefix(at, s.folder+"/")
}

// off reports whether a switch is off.
func off(v *yaml.Node) bool { return strings.EqualFold(yamlcore.Deref(v).Value, "false") }

// words lists the elements of a list, or those of a text with spaces or commas.
func words(v *yaml.Node) []string {
	v = yamlcore.Deref(v)
	if v.Kind != yaml.SequenceNode {
		return strings.FieldsFunc(v.Value, func(r rune) bool { return r == ',' || r == ' ' })
	}
	var out []string
	for _, c := range v.Content {
		if c = yamlcore.Deref(c); c.Kind == yaml.ScalarNode && c.Value != "" {
			out = append(out, c.Value)
		}
	}
	return out
}

// plain shows a value.
func plain(v *yaml.Node) string {
	switch v = yamlcore.Deref(v); v.Kind {
	case yaml.ScalarNode:
		return v.Value
	case yaml.SequenceNode:
		return "[" + strings.Join(words(v), ", ") + "]"
	}
	return "{…}"
}
