package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// encode converts what a client sent into the stored form, without the fields that the server sets.
func (s *Server) encode(k *kind, id string, sent map[string]any) (saving, error) {
	if s.options.Lossy {
		sent = lossy(sent)
	}
	entity := make(map[string]any, len(k.fields)+2)
	for name, value := range sent {
		if _, known := k.field(name); !known && !k.isMade(name) {
			entity[name] = value
		}
	}
	for _, f := range k.fields {
		if f.since > s.options.Era {
			continue
		}
		value, isSent := sent[f.name]
		if value == nil {
			value = f.def
		}
		if !s.options.Verbatim {
			value, isSent = s.normalise(id, f, value)
		}
		if isSent || value != nil {
			entity[f.name] = value
		}
	}
	return pack(k, id, entity)
}

// pack encodes an entity without the fields that the server sets.
func pack(k *kind, id string, entity map[string]any) (saving, error) {
	entity["id"] = id
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(entity); err != nil {
		return saving{}, fmt.Errorf("encode the %s %q: %w", k.singular, id, err)
	}
	sv := saving{kind: k, id: id, rest: bytes.TrimSuffix(b.Bytes(), []byte("\n"))}
	if k.collection == Queries || k.collection == DataModels {
		f, err := readFacts(sv.rest)
		if err != nil {
			return saving{}, err
		}
		sv.unique = uniques(k, f)
	}
	return sv, nil
}

// normalise returns an equivalent representation of a value, and whether the field is present at all. The result
// depends only on the id, the field and the meaning, so nothing changes by itself.
func (s *Server) normalise(id string, f field, value any) (any, bool) {
	value, present := s.equivalent(id, f, value)
	if value == nil && !s.options.Nulls {
		present = false
	}
	return value, present
}

func (s *Server) equivalent(id string, f field, value any) (any, bool) {
	switch f.shape {
	case plainText, yamlText:
		text, _ := value.(string)
		if text == "" {
			return emptyText(id, f)
		}
		if f.shape == yamlText {
			text = reformatYAML(text)
		}
		return text, true
	case flag:
		return value, true
	case whole:
		return plainInteger(value), true
	case textSet:
		if list, _ := value.([]any); len(list) > 0 {
			return shuffleSet(list), true
		}
		return emptyList(id, f.name)
	case reportMap:
		reports, _ := value.(map[string]any)
		if len(reports) == 0 {
			return emptyMap(id, f.name)
		}
		out := make(map[string]any, len(reports))
		for name, sections := range reports {
			list, _ := sections.([]any)
			out[name] = shuffleSet(list)
		}
		return out, true
	case unitTests:
		list, _ := value.([]any)
		if len(list) == 0 {
			return emptyList(id, f.name)
		}
		return eachObject(list, func(test map[string]any) { s.normaliseTest(id, test) }), true
	case outputTests:
		if list, _ := value.([]any); len(list) > 0 {
			return list, true
		}
		return emptyList(id, f.name)
	case mappingList:
		list, _ := value.([]any)
		if len(list) == 0 {
			return emptyList(id, f.name)
		}
		return s.normaliseMappings(id, list), true
	case querySchedule:
		schedule, _ := value.(map[string]any)
		if len(schedule) == 0 {
			return nil, false
		}
		return s.normaliseSchedule(id, schedule), true
	case queryMail:
		mail, _ := value.(map[string]any)
		return s.normaliseMail(id, mail)
	}
	return value, true
}

// choose picks one of n representations by the id and the field, as if different parts of a server had written them.
func choose(id, name string, n uint32) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(name))
	return h.Sum32() % n
}

func emptyText(id string, f field) (any, bool) {
	switch form := choose(id, f.name, 3); {
	case f.kept || form == 0:
		return "", true
	case form == 1:
		return nil, false
	case f.shape == yamlText:
		return "", true
	}
	return nil, true
}

func emptyList(id, name string) (any, bool) {
	switch choose(id, name, 3) {
	case 0:
		return []any{}, true
	case 1:
		return nil, false
	}
	return nil, true
}

func emptyMap(id, name string) (any, bool) {
	switch choose(id, name, 3) {
	case 0:
		return map[string]any{}, true
	case 1:
		return nil, false
	}
	return nil, true
}

// shuffleSet returns the distinct strings in reverse order.
func shuffleSet(list []any) []any {
	texts := make([]string, 0, len(list))
	for _, v := range list {
		text, isText := v.(string)
		if !isText {
			return list
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	out := make([]any, 0, len(texts))
	for _, text := range slices.Backward(texts) {
		out = append(out, text)
	}
	return out
}

func eachObject(list []any, change func(map[string]any)) []any {
	out := make([]any, 0, len(list))
	for _, v := range list {
		object, isObject := v.(map[string]any)
		if !isObject {
			out = append(out, v)
			continue
		}
		copied := make(map[string]any, len(object)+1)
		for name, value := range object {
			copied[name] = value
		}
		change(copied)
		out = append(out, copied)
	}
	return out
}

func (s *Server) normaliseTest(id string, test map[string]any) {
	name, _ := test["name"].(string)
	asResource(test)
	if text, isText := test["resource"].(string); isText {
		event, clear := parseJSON(text)
		test["resource"] = reformatJSON(text)
		// A deployment of 2026 may return the event itself, its text or both.
		if form := choose(id, name+".log", 3); clear && form != 0 && s.options.Era >= Era2026 {
			test["log"] = event
			if form == 1 {
				delete(test, "resource")
			}
		}
	}
	if mocks, _ := test["mocks"].([]any); len(mocks) == 0 {
		delete(test, "mocks")
		if v, there := emptyList(id, name); there && (v != nil || s.options.Nulls) {
			test["mocks"] = v
		}
	}
}

// asResource puts the event of a unit test into "resource", as a JSON text. If there are both, log is the preferred one.
func asResource(test map[string]any) {
	event, has := test["log"]
	delete(test, "log")
	if has && event != nil {
		text, _ := json.Marshal(event) // decoded JSON always encodes
		test["resource"] = string(text)
	}
}

func (s *Server) normaliseMail(id string, mail map[string]any) (any, bool) {
	recipients, _ := mail["recipients"].([]any)
	if len(recipients) == 0 && mail["sendEmpty"] != true && mail["preferAttachment"] != true {
		if choose(id, "emailConfig", 2) == 0 {
			return nil, false
		}
		return map[string]any{"recipients": []any{}, "sendEmpty": false, "preferAttachment": false}, true
	}
	out := map[string]any{"sendEmpty": mail["sendEmpty"] == true, "preferAttachment": mail["preferAttachment"] == true}
	if len(recipients) > 0 {
		out["recipients"] = shuffleSet(recipients)
	}
	return out, true
}

func (s *Server) normaliseMappings(id string, list []any) []any {
	out := eachObject(list, func(mapping map[string]any) {
		name, _ := mapping["name"].(string)
		for _, key := range []string{"path", "method"} {
			if text, _ := mapping[key].(string); text == "" {
				delete(mapping, key)
				if v, there := emptyText(id, field{name: name + "." + key}); there && (v != nil || s.options.Nulls) {
					mapping[key] = v
				}
			}
		}
	})
	slices.SortStableFunc(out, func(a, b any) int { return strings.Compare(mappingName(b), mappingName(a)) })
	return out
}

func mappingName(v any) string {
	mapping, _ := v.(map[string]any)
	name, _ := mapping["name"].(string)
	return name
}

func (s *Server) normaliseSchedule(id string, schedule map[string]any) map[string]any {
	out := make(map[string]any, len(schedule)+2)
	for name, value := range schedule {
		out[name] = plainInteger(value)
	}
	if cron, _ := out["cron"].(string); cron == "" {
		delete(out, "cron")
		if v, there := emptyText(id, field{name: "cron"}); there && (v != nil || s.options.Nulls) {
			out["cron"] = v
		}
	}
	if out["disabled"] == nil {
		out["disabled"] = false
	}
	return out
}
