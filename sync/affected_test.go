package sync_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// codeOf makes specs and bodies of globals and rules: "g:helpers" or "r:R.A".
func codeOf(code map[string]string) map[string]string {
	out := map[string]string{}
	for name, body := range code {
		kind, id, _ := strings.Cut(name, ":")
		out[kind+"/"+id+".py"] = body
		switch kind {
		case "g":
			out["g/"+id+".yml"] = fmt.Sprintf("AnalysisType: global\nGlobalID: %s\nFilename: %s.py\n", id, id)
		case "d":
			out["d/"+id+".yml"] = fmt.Sprintf("AnalysisType: datamodel\nDataModelID: %s\nEnabled: true\nLogTypes: [%s]\nFilename: %s.py\nMappings: [{Name: a, Method: m}]\n", id, id, id)
		default:
			out["r/"+id+".yml"] = fmt.Sprintf("AnalysisType: rule\nRuleID: %s\nEnabled: true\nSeverity: High\nLogTypes: [A]\nFilename: %s.py\n", id, id)
		}
	}
	return out
}

// reachOf plans new code over live code, and returns what the change of a global
// reaches.
func reachOf(t *testing.T, was, is map[string]string, id string) *sync.Affected {
	t.Helper()
	live := sync.Live{}
	for _, it := range load(t, codeOf(was)).Items {
		live[it.Key()] = it.Entity().Entity
	}
	base, err := sync.NewBase(context.Background(), load(t, codeOf(was)), sync.BaseInfo{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := sync.BuildPlan(context.Background(), load(t, codeOf(is)), live, sync.PlanOptions{Base: base})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Changes {
		if c.Key() == (panther.Key{Kind: panther.Global, ID: id}) {
			return c.Affected
		}
	}
	return nil
}

func with(code map[string]string, more ...string) map[string]string {
	out := map[string]string{}
	for k, v := range code {
		out[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		if out[more[i]] = more[i+1]; more[i+1] == "" {
			delete(out, more[i])
		}
	}
	return out
}

func TestWhatAGlobalReaches(t *testing.T) {
	code := map[string]string{
		"g:base":     "LIMIT = 5\ndef get(e, k):\n    return e.get(k)\ndef most(e):\n    return LIMIT\ndef unused():\n    return 1\n",
		"g:okta":     "from base import get\ndef context(e):\n    return get(e, 'a')\ndef other(e):\n    return e\n",
		"g:again":    "from okta import *\nimport base\n",
		"r:Direct":   "from base import most\ndef rule(e):\n    return most(e) > 3\n",
		"r:Module":   "import base as b\ndef rule(e):\n    return b.get(e, 'a')\n",
		"r:Through":  "import okta\ndef rule(e):\n    return okta.context(e)\n",
		"r:Other":    "from okta import other\ndef rule(e):\n    return other(e)\n",
		"r:Star":     "from again import context\ndef rule(e):\n    return context(e)\n",
		"r:Imports":  "from base import get\ndef rule(e):\n    return True\n",
		"r:Says":     "def rule(e):\n    return 'base' in e\n",
		"r:Local":    "def rule(e):\n    from base import most\n    return most(e)\n",
		"d:Model":    "from base import get\ndef m(e):\n    return get(e, 'x')\n",
		"r:Passes":   "import base\ndef rule(e):\n    return e(base)\n",
		"r:Rewrites": "from base import most\ndef rule(e):\n    return most(e) > 3\n",
	}
	base := func(old, is string) []string { return []string{"g:base", strings.Replace(code["g:base"], old, is, 1)} }
	for name, c := range map[string]struct {
		change []string
		want   string
	}{
		"a function":             {base("e.get(k)", "e.get(k, 1)"), "get changed | data_model/Model base.get | rule/Module base.get | rule/Passes base.* | rule/Star again.context through again,okta | rule/Through okta.context through okta"},
		"a value":                {base("LIMIT = 5", "LIMIT = 6"), "LIMIT changed | rule/Direct base.most | rule/Local base.most | rule/Passes base.* | rule/Rewrites base.most"},
		"only what nothing uses": {base("return 1\n", "return 2\n"), "unused changed | rule/Passes base.*"},
		"comments":               {base("def most", "# more\ndef most"), "<nil>"},
		"added":                  {base("LIMIT", "NEW = 1\nLIMIT"), "NEW added"},
		"removed":                {base("def most(e):\n    return LIMIT\n", ""), "most removed | rule/Direct base.most | rule/Local base.most | rule/Passes base.* | rule/Rewrites base.most"},
		"on import":              {base("LIMIT", "print(1)\nLIMIT"), " changed | data_model/Model base | rule/Direct base | rule/Imports base | rule/Local base | rule/Module base | rule/Passes base,base.* | rule/Rewrites base | rule/Star again through again | rule/Through okta through okta | rule/Other okta through okta"},
		"not Python":             {base("def most(e)", "def most(e"), " changed | data_model/Model base,base.get | rule/Direct base,base.most | rule/Imports base | rule/Local base,base.most | rule/Module base,base.get | rule/Passes base,base.* | rule/Rewrites base,base.most | rule/Star again,again.context through again,okta | rule/Through okta,okta.context through okta | rule/Other okta through okta"},
		"what the plan changes, too": {append(base("LIMIT = 5", "LIMIT = 6"), "r:Rewrites", "from base import most\ndef rule(e):\n    return most(e) > 4\n"),
			"LIMIT changed | rule/Direct base.most | rule/Local base.most | rule/Passes base.* | rule/Rewrites base.most changed"},
		"what no longer uses it": {append(base("LIMIT = 5", "LIMIT = 6"), "r:Direct", "def rule(e):\n    return True\n"),
			"LIMIT changed | rule/Local base.most | rule/Passes base.* | rule/Rewrites base.most"},
		"deleted": {[]string{"g:base", "", "g:okta", "", "g:again", ""}, "LIMIT removed | get removed | most removed | unused removed | data_model/Model base.get | rule/Direct base.most | rule/Local base.most | rule/Module base.get | rule/Passes base.* | rule/Rewrites base.most"},
	} {
		t.Run(name, func(t *testing.T) {
			got := "<nil>"
			if a := reachOf(t, code, with(code, c.change...), "base"); a != nil {
				var parts []string
				for _, n := range a.Names {
					parts = append(parts, n.Name+" "+n.How)
				}
				for _, e := range a.Entities {
					s := e.Key().String() + " " + strings.Join(e.Uses, ",")
					if len(e.Through) > 0 {
						s += " through " + strings.Join(e.Through, ",")
					}
					if e.Changed {
						s += " changed"
					}
					if want := map[panther.Kind]string{panther.Rule: "r/", panther.DataModel: "d/"}[e.Kind] + e.ID + ".yml"; e.Path != want {
						t.Errorf("the path of %s is %q", e.ID, e.Path)
					}
					parts = append(parts, s)
				}
				got = strings.Join(parts, " | ")
			}
			sorted := func(s string) []string { return strings.Split(s, " | ") }
			want := sorted(c.want)
			if d := cmp.Diff(asSet(want), asSet(sorted(got))); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func asSet(list []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range list {
		out[s] = true
	}
	return out
}

// TestManyChangedGlobalsStayCheap: the work grows with what is live, not with its
// square.
func TestManyChangedGlobalsStayCheap(t *testing.T) {
	was, is := map[string]string{}, map[string]string{}
	for i := range 40 {
		previous := ""
		if i > 0 {
			previous = fmt.Sprintf("from g%02d import f as h\n", i-1)
		}
		was[fmt.Sprintf("g:g%02d", i)] = previous + fmt.Sprintf("def f(e):\n    return %s\n", map[bool]string{true: "h(e)", false: "1"}[i > 0])
		is[fmt.Sprintf("g:g%02d", i)] = strings.Replace(was[fmt.Sprintf("g:g%02d", i)], "return 1", "return 2", 1)
	}
	for i := range 200 {
		was[fmt.Sprintf("r:R%03d", i)] = fmt.Sprintf("from g%02d import f\ndef rule(e):\n    return f(e)\n", i%40)
	}
	a := reachOf(t, was, with(was, "g:g00", is["g:g00"]), "g00")
	if a == nil || len(a.Entities) != 200 {
		text, _ := json.Marshal(a)
		t.Errorf("%.300s", text)
	}
}
