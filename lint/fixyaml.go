package lint

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// touched are values of a YAML file that fixes may change, as a tree of their paths.
type touched struct {
	// whole says that all of the value may change.
	whole bool
	below map[string]*touched
	// names are the paths, for messages.
	names []string
}

var unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")

// add adds a path such as "/Tests/0/Name", with ~1 for a slash and ~0 for a tilde in a
// key.
func (t *touched) add(path string) {
	t.names = append(t.names, path)
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		part = unescapePointer.Replace(part)
		if t.below == nil {
			t.below = map[string]*touched{}
		}
		if t.below[part] == nil {
			t.below[part] = &touched{}
		}
		t = t.below[part]
	}
	t.whole = true
}

// sameYAML reports whether two texts mean the same but for some values.
func sameYAML(before, after []byte, touches *touched) error {
	a, err := yamlcore.DecodeText(string(before))
	if err != nil {
		return err
	}
	b, err := yamlcore.DecodeText(string(after))
	if err != nil {
		return fmt.Errorf("the file would no longer be YAML: %w", err)
	}
	if !yamlcore.Equal(touches.without(a), touches.without(b)) {
		names := slices.Compact(slices.Sorted(slices.Values(touches.names)))
		return fmt.Errorf("the fix would change more than %s", strings.Join(names, ", "))
	}
	return nil
}

// without removes the values from another one, and shares everything else with the
// original.
func (t *touched) without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for key, inner := range t.below {
			if _, ok := v[key]; !ok {
				continue
			}
			if inner.whole {
				delete(out, key)
			} else {
				out[key] = inner.without(v[key])
			}
		}
		return out
	case []any:
		out := slices.Clone(v)
		for key, inner := range t.below {
			i, err := strconv.Atoi(key)
			switch {
			case err != nil || i < 0 || i >= len(v):
			case inner.whole:
				out[i] = nil
			default:
				out[i] = inner.without(v[i])
			}
		}
		return out
	}
	return v
}
