package detection

import (
	"encoding/json"
	"strings"

	"gopkg.in/yaml.v3"
)

// SeverityFor returns the severity of an alert for an event: that of the entry of
// DynamicSeverities whose conditions match, or the static one if none does. reason is
// set if Panther's documentation leaves it open.
func (s *Spec) SeverityFor(event any, static string) (severity, reason string) {
	if s.flawed.severities {
		return "", "DynamicSeverities has problems; pdac lint shows them"
	}
	severity = static
	matched, v := false, &evaluation{}
	for _, d := range s.Severities {
		if d.ChangeTo == nil || d.ChangeTo.Kind != yaml.ScalarNode || len(d.Conditions) == 0 {
			return "", "an entry of DynamicSeverities has no ChangeTo or no Conditions"
		}
		a := v.all(d.Conditions, event)
		switch {
		case a.Verdict == Unsure:
			return "", a.Reason
		case a.Verdict == False:
		case matched && !strings.EqualFold(severity, d.ChangeTo.Value):
			return "", "several entries of DynamicSeverities match, and Panther does not document which one counts"
		default:
			severity, matched = d.ChangeTo.Value, true
		}
	}
	return severity, ""
}

// TitleFor returns AlertTitle with the values of an event, or "" if the rule has none.
// reason is set if Panther's documentation leaves it open: it shows texts and integers
// in titles, and says nothing of missing keys and other values.
func (s *Spec) TitleFor(event any) (title, reason string) {
	if s.flawed.title {
		return "", "AlertTitle has problems; pdac lint shows them"
	}
	var b strings.Builder
	from, v := 0, &evaluation{}
	for _, p := range s.Title {
		name := s.title[p.Start:p.End]
		got := v.follow(p.Path, event)
		text, plain := got.value.(string)
		if n, isNumber := got.value.(json.Number); isNumber && !strings.ContainsAny(n.String(), ".eE") {
			text, plain = n.String(), true
		}
		switch {
		case got.doubt != "":
			return "", "AlertTitle " + name + ": " + got.doubt
		case got.missing:
			return "", "AlertTitle " + name + ": the event has no such key, and Panther does not document what the title has then"
		case !plain || got.wild:
			return "", "AlertTitle " + name + ": Panther does not document how " + show(got.value) + " is written in a title"
		}
		b.WriteString(s.title[from:p.Start])
		b.WriteString(text)
		from = p.End
	}
	return b.String() + s.title[from:], ""
}

// ContextFor returns the values of AlertContext for an event by their names. reason is
// set if Panther's documentation leaves one open.
func (s *Spec) ContextFor(event any) (context map[string]any, reason string) {
	if s.flawed.context {
		return nil, "AlertContext has problems; pdac lint shows them"
	}
	context = map[string]any{}
	v := &evaluation{}
	for _, c := range s.Context {
		if c.Name == nil || c.Key == nil {
			return nil, "an entry of AlertContext has no KeyName or no KeyValue"
		}
		switch got := v.find(c.Key, event); {
		case got.doubt != "":
			return nil, "AlertContext " + c.Name.Value + ": " + got.doubt
		case got.missing || got.gaps:
			return nil, "AlertContext " + c.Name.Value + ": the event has no such key, and Panther does not document what the context has then"
		default:
			context[c.Name.Value] = got.value
		}
	}
	return context, ""
}
