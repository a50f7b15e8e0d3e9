package deploy_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"pgregory.net/rapid"
)

// TestPropertyOlder deploys random commits of a history with branches, merges and
// squashes, in any order and in parts. A model of the history says what each plan
// takes back: a deployed value that the planned revision and its history since the
// two parted never had.
func TestPropertyOlder(t *testing.T) {
	gittest.Need(t)
	rapid.Check(t, func(rt *rapid.T) {
		b := newBranches(rt)
		rt.Repeat(map[string]func(*rapid.T){
			"":        func(*rapid.T) {},
			"edit":    b.edit,
			"branch":  b.branch,
			"merge":   b.merge,
			"squash":  b.squash,
			"deploy":  b.deployTip,
			"deploy ": b.deployTip, // as often as two of the others
			"older":   b.deployAny,
		})
	})
}

// branches is a repository of three rules on two branches, and what of it is
// deployed.
type branches struct {
	*machine
	commits map[string]node
	order   []string
	tips    map[string]string
	// values counts the values that were ever given; none is given twice.
	values int
	// deployed is the value of each rule in Panther, and from the commit that it is
	// from.
	deployed, from map[string]string
}

// node is a commit: its rules with their values.
type node struct {
	parents []string
	rules   map[string]string
}

var branchNames = []string{"main", "other"}

func newBranches(rt *rapid.T) *branches {
	b := &branches{
		machine: emptyMachine(rt, sandbox.Options{}),
		commits: map[string]node{}, tips: map[string]string{}, deployed: map[string]string{}, from: map[string]string{},
	}
	first := map[string]string{}
	for _, id := range []string{"A", "B", "C"} {
		first[id] = b.value()
	}
	first["Stays"] = "stays"
	b.commit(rt, first)
	b.tips["main"], b.tips["other"] = b.order[0], b.order[0]
	b.deploy(rt, b.order[0], "")
	return b
}

func (b *branches) value() string {
	b.values++
	return fmt.Sprint("value ", b.values)
}

// commit makes a commit of some rules.
func (b *branches) commit(rt *rapid.T, rules map[string]string, parents ...string) string {
	files := synth.Files{}
	for id, value := range rules {
		files["rules/"+id+".yml"] = fmt.Sprintf("AnalysisType: rule\nRuleID: %s\nEnabled: true\nSeverity: Low\nDescription: %s\nLogTypes: [AWS.CloudTrail]\nDetection: [{Key: k, Condition: Exists}]\n", id, value)
	}
	check(rt, os.RemoveAll(filepath.Join(b.dir, "rules")))
	check(rt, files.Write(b.dir))
	gittest.Run(rt, b.dir, "add", "-A")
	args := []string{"commit-tree", gittest.Run(rt, b.dir, "write-tree"), "-m", fmt.Sprint("work ", len(b.order))}
	for _, p := range parents {
		args = append(args, "-p", p)
	}
	hash := gittest.Run(rt, b.dir, args...)
	b.commits[hash] = node{parents, maps.Clone(rules)}
	if !slices.Contains(b.order, hash) {
		b.order = append(b.order, hash)
	}
	return hash
}

func (b *branches) edit(rt *rapid.T) {
	name := pick(rt, "branch", branchNames)
	rules := maps.Clone(b.commits[b.tips[name]].rules)
	id := pick(rt, "rule", []string{"A", "B", "C"})
	if _, there := rules[id]; there && rapid.IntRange(0, 4).Draw(rt, "remove") == 4 {
		delete(rules, id)
	} else {
		rules[id] = b.value()
	}
	b.tips[name] = b.commit(rt, rules, b.tips[name])
}

// branch begins a branch again at the tip of the other one.
func (b *branches) branch(rt *rapid.T) {
	name := pick(rt, "branch", branchNames)
	b.tips[name] = b.tips[b.other(name)]
}

func (b *branches) other(name string) string {
	return branchNames[1-slices.Index(branchNames, name)]
}

// merge joins the two branches, and takes each rule from either.
func (b *branches) merge(rt *rapid.T) {
	name := pick(rt, "into", branchNames)
	ours, theirs := b.tips[name], b.tips[b.other(name)]
	if ours == theirs {
		rt.Skip("they are the same")
	}
	rules := map[string]string{"Stays": "stays"}
	for _, id := range []string{"A", "B", "C"} {
		from := ours
		if rapid.Bool().Draw(rt, "theirs") {
			from = theirs
		}
		if v, ok := b.commits[from].rules[id]; ok {
			rules[id] = v
		}
	}
	b.tips[name] = b.commit(rt, rules, ours, theirs)
}

// squash takes all that the other branch has, in a commit that does not say so.
func (b *branches) squash(rt *rapid.T) {
	name := pick(rt, "into", branchNames)
	b.tips[name] = b.commit(rt, b.commits[b.tips[b.other(name)]].rules, b.tips[name])
}

func (b *branches) deployTip(rt *rapid.T) {
	b.deploy(rt, b.tips[pick(rt, "branch", branchNames)], pick(rt, "only", []string{"", "", "A", "B"}))
}

func (b *branches) deployAny(rt *rapid.T) {
	b.deploy(rt, pick(rt, "commit", b.order), pick(rt, "only", []string{"", "", "A", "B"}))
}

// deploy plans a commit, compares what the plan takes back with the model, and
// applies it in any case.
func (b *branches) deploy(rt *rapid.T, commit, only string) {
	gittest.Run(rt, b.dir, "checkout", "-q", "-f", "--detach", commit)
	s := b.session(rt, nil)
	o := deploy.PlanOptions{Strict: true}
	rules := b.commits[commit].rules
	if only != "" {
		if rules[only] == "" && b.deployed[only] == "" {
			rt.Skip("there is no such rule")
		}
		var err error
		o.Only, err = sync.ParseFilter([]string{"simple_rule/" + only})
		check(rt, err)
	}
	p, err := s.Plan(context.Background(), b.client, o)
	check(rt, err)
	if errs := p.Errors(); len(errs) > 0 {
		rt.Fatalf("%v", errs)
	}
	var want, got []string
	for _, id := range []string{"A", "B", "C"} {
		if (only == "" || id == only) && b.takesBack(commit, id) {
			want = append(want, id)
		}
	}
	if p.Older != nil {
		for _, t := range p.Older.TakesBack {
			got = append(got, t.ID)
		}
		if len(p.Older.Unclear) > 0 {
			rt.Fatalf("unclear: %v, %s", p.Older.Unclear, p.Older.Reason)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Fatalf("what the plan of %s takes back (-want +got):\n%s\n%s", commit[:8], diff, gittest.Run(rt, b.dir, "log", "--graph", "--oneline", "--all"))
	}
	if err := p.CheckOlder(sync.OlderOptions{}); (err != nil) != (len(want) > 0) {
		rt.Fatalf("the plan takes %v back, and the check says %v", want, err)
	}
	if p.Empty() {
		return
	}
	s.Apply(context.Background(), b.client, p, deploy.ApplyOptions{})
	for _, id := range []string{"A", "B", "C"} {
		if only == "" || id == only {
			b.deployed[id], b.from[id] = rules[id], commit
		}
	}
}

// takesBack is the model's answer; "" is the value of a rule that is not there.
func (b *branches) takesBack(commit, id string) bool {
	value, from := b.deployed[id], b.from[id]
	if from == "" || b.commits[commit].rules[id] == value {
		return false
	}
	here, there := b.history(commit), b.history(from)
	if here[from] {
		return false
	}
	common := map[string]bool{}
	for c := range here {
		common[c] = there[c]
	}
	for c := range here {
		best := common[c] && !slices.ContainsFunc(slices.Collect(maps.Keys(here)), func(o string) bool {
			return o != c && common[o] && b.history(o)[c]
		})
		if (best || !there[c]) && b.commits[c].rules[id] == value {
			return false
		}
	}
	return true
}

// history is a commit and all before it.
func (b *branches) history(commit string) map[string]bool {
	out := map[string]bool{}
	for todo := []string{commit}; len(todo) > 0; {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !out[c] {
			out[c] = true
			todo = append(todo, b.commits[c].parents...)
		}
	}
	return out
}
