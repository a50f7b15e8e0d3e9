package detection

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// DecodeEvent parses the JSON of a test's event. Unlike yamlcore.DecodeJSON it keeps
// numbers as they are written, since 57.0 and 57 may not be equal to Panther.
func DecodeEvent(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more text after the value")
	}
	return v, nil
}

// found is what a key selects.
type found struct {
	value   any
	missing bool
	// wild reports that the path has a [*]: value is the list of what it selects, and
	// gaps reports that some elements had nothing to select.
	wild, gaps bool
	// doubt says why it is unclear what the key selects.
	doubt string
}

// find follows a key into an event, or into the element of a list. Without a key it is
// the element itself.
func (v *evaluation) find(k *Key, at any) found {
	if k == nil {
		return found{value: at}
	}
	if len(k.Path) == 0 {
		return found{doubt: "the key has problems; pdac lint shows them"}
	}
	if k.By == ByEnrichment {
		return v.enrichment(k, at)
	}
	return v.follow(k.Path, at)
}

func (v *evaluation) follow(path []Step, at any) found {
	for i, s := range path {
		if v.steps++; v.steps > maxSteps {
			return found{doubt: "the event is too large for these match expressions"}
		}
		switch {
		case s.Index == "*":
			return v.each(path[i+1:], at)
		case s.Index != "":
			n, err := strconv.Atoi(strings.TrimSpace(s.Index))
			list, isList := at.([]any)
			switch {
			case err != nil:
				return found{doubt: "Panther does not document [" + s.Index + "] in a path"}
			case n < 0:
				return found{doubt: "Panther does not document negative indexes in a path"}
			case !isList && at != nil:
				return found{doubt: "the path has [" + s.Index + "], but the event has " + show(at) + " there"}
			case n >= len(list):
				return found{missing: true}
			}
			at = list[n]
		default:
			m, isMap := at.(map[string]any)
			if _, isList := at.([]any); isList {
				return found{doubt: "the path goes on with " + strconv.Quote(s.Key) + ", but the event has a list there"}
			}
			if !isMap {
				return found{missing: true}
			}
			x, has := m[s.Key]
			if !has {
				for other := range m {
					if v.steps++; strings.EqualFold(other, s.Key) {
						return found{doubt: "the event has " + strconv.Quote(other) + " in another case than " + strconv.Quote(s.Key)}
					}
				}
				return found{missing: true}
			}
			at = x
		}
	}
	return found{value: at}
}

// each follows a path into all elements of a list.
func (v *evaluation) each(path []Step, at any) found {
	list, isList := at.([]any)
	switch {
	case at == nil:
		return found{missing: true}
	case !isList:
		return found{doubt: "the path has [*], but the event has " + show(at) + " there"}
	}
	out := found{wild: true}
	values := []any{}
	for _, x := range list {
		f := v.follow(path, x)
		switch {
		case f.doubt != "":
			return f
		case f.missing:
			out.gaps = true
		case f.wild:
			// A list of lists, or one flat list: only equal if there is nothing in it.
			return found{doubt: "Panther does not document what several [*] in a path select"}
		default:
			values = append(values, f.value)
		}
	}
	out.value = values
	return out
}

// enrichment finds a value that a lookup table added: below p_enrichment, the table and
// the selector.
func (v *evaluation) enrichment(k *Key, at any) found {
	row := v.follow([]Step{{Key: "p_enrichment"}, {Key: k.Table}, {Key: k.Selector}}, at)
	if row.doubt != "" || row.missing {
		return row
	}
	if _, isMap := row.value.(map[string]any); !isMap {
		return found{doubt: "the enrichment of " + strconv.Quote(k.Selector) + " is " + show(row.value) + ", not one row"}
	}
	return v.follow(k.Path, row.value)
}

// String returns the key as a path.
func (k *Key) String() string {
	var b strings.Builder
	if k.By == ByEnrichment {
		b.WriteString("enrichment " + k.Table + " of " + k.Selector + " ")
	}
	for i, s := range k.Path {
		switch {
		case s.Index != "":
			b.WriteString("[" + s.Index + "]")
		case strings.ContainsAny(s.Key, ".[]") && k.By != ByKey:
			b.WriteString("[" + strconv.Quote(s.Key) + "]")
		case i > 0:
			b.WriteString("." + s.Key)
		default:
			b.WriteString(s.Key)
		}
	}
	return b.String()
}

// show describes a value of an event in a reason.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	case string:
		return strconv.Quote(clip(v))
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "a value"
	}
	return clip(string(text))
}
