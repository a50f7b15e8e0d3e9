package repo

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

func allOrders() map[string]order {
	return map[string]order{
		"rules": ruleOrder, "policies": policyOrder, "globals": globalOrder, "data models": dataModelOrder,
		"queries": queryOrder, "packs": packOrder, "lookup tables": lookupOrder, "prompts": promptOrder, "tests": testOrder,
	}
}

// TestEveryFieldHasAPlace: new specs are written in the order, so it has every key.
func TestEveryFieldHasAPlace(t *testing.T) {
	for _, k := range panther.Kinds() {
		keys := keyOrder(k)
		for _, f := range k.Fields() {
			if key, _, _ := strings.Cut(f.SpecKey, "."); key != "" && !slices.Contains(keys, key) {
				t.Errorf("%s: %s has no place", k, key)
			}
		}
	}
	for name, o := range allOrders() {
		if all := o.keys(); len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
			t.Errorf("%s: a key is listed twice", name)
		}
		for i, p := range o {
			for _, free := range strings.Fields(p.free) {
				if free != anyPlace && o.row(free) <= i {
					t.Errorf("%s: %s can't be free with %s, which is not a later key with a place", name, p.key, free)
				}
			}
		}
	}
}

// TestArrangeKeepsTheRules: every rule holds afterwards, no key is lost, and what
// holds already stays as it is.
func TestArrangeKeepsTheRules(t *testing.T) {
	for name, o := range allOrders() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				keys := rapid.Permutation(append(o.keys(), "Mine", "Yours")).Draw(t, "keys")
				keys = keys[:rapid.IntRange(0, len(keys)).Draw(t, "most")]
				got := o.arrange(keys)
				if !cmp.Equal(slices.Sorted(slices.Values(keys)), slices.Sorted(slices.Values(got))) {
					t.Fatalf("%v became %v", keys, got)
				}
				if broken := o.broken(got); broken != "" {
					t.Fatalf("%v became %v: %s", keys, got, broken)
				}
				if again := o.arrange(got); !slices.Equal(again, got) {
					t.Fatalf("%v, arranged again, is %v", got, again)
				}
				if o.broken(keys) == "" && !slices.Equal(keys, got) {
					t.Fatalf("%v keeps every rule, but became %v", keys, got)
				}
			})
		})
	}
}

// broken returns a rule that a list of keys doesn't keep, or "".
func (o order) broken(keys []string) string {
	for i, first := range keys {
		for _, second := range keys[i+1:] {
			if a, b := o.row(second), o.row(first); a >= 0 && b >= 0 && o.before(a, b) {
				return second + " comes before " + first
			}
		}
	}
	return ""
}

// measured counts, for the specs of one order, which key comes first.
type measured struct {
	specs int
	keys  map[string]int
	first map[[2]string]int
}

func (m *measured) add(n *yaml.Node) {
	m.specs++
	var keys []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i].Value
		m.keys[k]++
		for _, before := range keys {
			m.first[[2]string{before, k}]++
		}
		keys = append(keys, k)
	}
}

// cost is the number of pairs that an order disagrees with.
func (m *measured) cost(keys []string) int {
	out := 0
	for i, a := range keys {
		for _, b := range keys[i+1:] {
			out += m.first[[2]string{b, a}]
		}
	}
	return out
}

// corpusItems loads the specs of the checkout that PDAC_CORPUS names.
func corpusItems(t *testing.T) []*Item {
	t.Helper()
	dir := os.Getenv("PDAC_CORPUS")
	if dir == "" {
		t.Skip("PDAC_CORPUS names no checkout")
	}
	tree, err := OpenWorktree(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	r, err := Load(context.Background(), tree, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Items
}

// TestOrderIsMeasured measures the orders in a checkout of public content, whose
// folder PDAC_CORPUS names: moving any key disagrees with no fewer pairs, and a pair
// is free if, and only if, more than a tenth of the specs have it the other way
// round, or fewer than three have it at all.
//
//	PDAC_CORPUS=~/panther-analysis go test ./repo -run TestOrderIsMeasured -v
func TestOrderIsMeasured(t *testing.T) {
	const fewSpecs, fewPairs = 5, 3
	counts := map[string]*measured{}
	for name := range allOrders() {
		counts[name] = &measured{keys: map[string]int{}, first: map[[2]string]int{}}
	}
	for _, it := range corpusItems(t) {
		for name, o := range allOrders() {
			if len(o) > 0 && &o[0] == &orderOf(it)[0] {
				counts[name].add(it.Root)
			}
		}
		if tests := yamlcore.Lookup(it.Root, "Tests"); tests != nil && tests.Kind == yaml.SequenceNode {
			for _, n := range tests.Content {
				if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 {
					counts["tests"].add(n)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		o, m := allOrders()[name], counts[name]
		if m.specs == 0 {
			continue
		}
		var placed []string
		for _, p := range o {
			if p.free != anyPlace {
				placed = append(placed, p.key)
			} else if m.keys[p.key] >= fewSpecs {
				t.Errorf("%s: %d specs have %s, so it needs a place", name, m.keys[p.key], p.key)
			}
		}
		cost := m.cost(placed)
		t.Logf("%s: %d specs, %d pairs the other way round", name, m.specs, cost)
		for i := range placed {
			for j := range placed {
				moved := slices.Insert(slices.Delete(slices.Clone(placed), i, i+1), j, placed[i])
				if c := m.cost(moved); c < cost {
					t.Errorf("%s: with %s at place %d, the order disagrees with %d pairs instead of %d", name, placed[i], j, c, cost)
				}
			}
		}
		for i, a := range placed {
			for _, b := range placed[i+1:] {
				there, back := m.first[[2]string{a, b}], m.first[[2]string{b, a}]
				free := !o.before(o.row(a), o.row(b))
				if want := there+back < fewPairs || back*10 > there+back; there+back > 0 && free != want {
					t.Errorf("%s: %s comes before %s in %d specs and after it in %d, but free is %v", name, a, b, there, back, free)
				}
			}
		}
	}
}
