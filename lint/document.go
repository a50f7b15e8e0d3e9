package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// graveSeverities is the option of the rules about what grave detections lack.
var graveSeverities = Option{Name: "severities", Doc: "The severities to check.", Default: []string{"High", "Critical"}}

// undocumented reports whether a detection lacks a text that people read. Derived
// rules have their base's.
func undocumented(p *SpecPass, key string) bool {
	if !isDetection(p.Item.Type) || p.Value("BaseDetection") != nil {
		return false
	}
	v := p.Value(key)
	return v == nil || v.Kind == yaml.ScalarNode && (strings.TrimSpace(v.Value) == "" || v.Tag == "!!null")
}

// typeWords is a type of spec in words.
func typeWords(t repo.Type) string { return strings.ReplaceAll(string(t), "_", " ") }
