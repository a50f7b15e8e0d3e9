package panther

import (
	"bytes"
	"encoding/json"
)

func decodeNumbers(src []byte) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}

// readTests is Field.readAll for unit tests, but does not decode their events, which
// are most of what Panther returns: they stay texts. ok is false for what is not a list of
// objects.
func readTests(src []byte) (value any, logs, ok bool) {
	var raw []map[string]json.RawMessage
	if json.Unmarshal(src, &raw) != nil || raw == nil {
		return nil, false, false
	}
	out := make([]any, len(raw))
	for i, members := range raw {
		if members == nil {
			return nil, false, false
		}
		t := make(map[string]any, len(members))
		for name, text := range members {
			if name == "log" {
				logs = true
				continue
			}
			v, err := decodeMember(text)
			if err != nil {
				return nil, false, false
			}
			t[name] = v
		}
		if text, counts := logText(members["log"], t["resource"]); counts {
			t["resource"] = text
		}
		out[i] = t
	}
	return out, logs, true
}

// decodeMember decodes a member of a test; nearly all are strings or true or false.
func decodeMember(text json.RawMessage) (any, error) {
	switch {
	case len(text) > 0 && text[0] == '"':
		var s string
		err := json.Unmarshal(text, &s)
		return s, err
	case string(text) == "true":
		return true, nil
	case string(text) == "false":
		return false, nil
	}
	return decodeNumbers(text)
}

// logText returns the text of the event in "log" if logCounts is true for it.
func logText(log json.RawMessage, resource any) (string, bool) {
	var b bytes.Buffer
	if len(log) == 0 || json.Compact(&b, log) != nil {
		return "", false
	}
	text := b.String()
	switch text {
	case "null":
		return "", false
	case `""`, "{}":
		was, _ := resource.(string)
		return text, was == ""
	}
	return text, true
}
