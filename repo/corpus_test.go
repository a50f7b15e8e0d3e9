package repo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/internal/textdiff"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// corpus loads a checkout of real content, such as Panther's public one, whose
// folder PDAC_CORPUS names. Tests that need one are skipped without.
func corpus(t testing.TB) (*repo.Repo, func(string) []byte, []git.Entry) {
	t.Helper()
	dir := os.Getenv("PDAC_CORPUS")
	if dir == "" {
		t.Skip("PDAC_CORPUS names no checkout")
	}
	ctx := context.Background()
	tr, err := git.Worktree(ctx, dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := repo.Load(ctx, tr, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := tr.Entries(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return r, func(p string) []byte {
		if p == "" {
			return nil
		}
		b, err := tr.Read(ctx, p, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}, entries
}

// changed counts the lines that differ, as git diff --numstat does.
func changed(a, b []byte) (added, removed int) {
	for _, h := range textdiff.Lines(string(a), string(b), 0) {
		for _, l := range h.Lines {
			switch l.Op {
			case textdiff.Insert:
				added++
			case textdiff.Delete:
				removed++
			}
		}
	}
	return added, removed
}

// consoleEdit returns a field as somebody may have changed it in the console;
// ok is false where there is nothing to change.
func consoleEdit(f panther.Field, v any) (edited any, ok bool) {
	copyList := func() []any { l, _ := v.([]any); return slices.Clone(l) }
	switch f.Type {
	case panther.Bool:
		b, is := v.(bool)
		if !is && f.Default != nil {
			b, _ = f.Default.(bool)
		}
		return !b, true
	case panther.Integer:
		return json.Number("77"), true
	case panther.Text, panther.Lines:
		s, _ := v.(string)
		if s == "" {
			return nil, false
		}
		if i := strings.LastIndexByte(strings.TrimRight(s, "\n"), ' '); i > 0 {
			return s[:i] + " edited" + s[i:], true
		}
		return s + " edited", true
	case panther.Enum:
		if v == "HIGH" {
			return "LOW", true
		}
		return "HIGH", true
	case panther.Set:
		l := copyList()
		slices.Reverse(l)
		return append(l, "Added"), true
	case panther.SetMap:
		m, _ := v.(map[string]any)
		out := map[string]any{"New Framework": []any{"1.1"}}
		for k, e := range m {
			out[k] = e
		}
		return out, true
	case panther.YAML:
		s, _ := v.(string)
		if i := strings.LastIndex(s, ": "); i >= 0 {
			return s[:i+2] + "Edited" + s[i+2:], true
		}
		return s + "Edited", s != ""
	case panther.Tests:
		l := copyList()
		if len(l) == 0 {
			return nil, false
		}
		t := clone(l[0])
		var event map[string]any
		if err := json.Unmarshal([]byte(t["resource"].(string)), &event); err != nil || len(event) == 0 {
			return nil, false
		}
		event["zz_added"] = "by the console"
		t["resource"] = yamlcore.CanonicalJSON(event)
		l[0] = t
		return l, true
	case panther.Mappings:
		l := copyList()
		return append(l, map[string]any{"name": "added_name", "path": "added.path"}), true
	}
	return nil, false
}

func clone(v any) map[string]any {
	out := map[string]any{}
	for k, e := range v.(map[string]any) {
		out[k] = e
	}
	return out
}

// TestCorpusWriteBack makes one console edit of every field of every item of
// real content, and back. It prints, for each kind of field, how many edits were
// made, how many could not be, how many lines they changed, and how many did
// not come back to the same bytes:
//
//	PDAC_CORPUS=~/panther-analysis go test ./repo -run CorpusWriteBack -v
func TestCorpusWriteBack(t *testing.T) {
	r, read, _ := corpus(t)
	type tally struct {
		edits, refused, lines, most, notBack int
		worst                                string
	}
	all := map[string]*tally{}
	for _, it := range r.Items {
		if it.Kind == "" || it.Broken {
			continue
		}
		d := it.Entity()
		if !d.OK() {
			continue
		}
		src := repo.Source{Spec: read(it.Path), BodyPath: it.BodyPath, Body: read(it.BodyPath)}
		same, err := it.WriteBack(src, d.Entity, names(it.Kind))
		if err != nil || string(same.Spec) != string(src.Spec) || string(same.Body) != string(src.Body) {
			t.Errorf("%s: writing back what it holds changes it: %v", it.Path, err)
		}
		for _, f := range it.Kind.Fields() {
			was, there := d.Entity.Fields[f.Name]
			v, ok := consoleEdit(f, was)
			if !ok || strings.HasPrefix(f.Name, "schedule.") && d.Entity.Fields["schedule.cron"] == nil && d.Entity.Fields["schedule.rateMinutes"] == nil {
				continue
			}
			key := f.Name
			if !there {
				key += " (new key)"
			}
			c := all[key]
			if c == nil {
				c = &tally{}
				all[key] = c
			}
			c.edits++
			out, err := it.WriteBack(src, d.Entity.With(map[string]any{f.Name: v}), []string{f.Name})
			if err != nil {
				c.refused++
				t.Logf("%v", err)
				continue
			}
			add, del := changed(src.Spec, out.Spec)
			badd, bdel := changed(src.Body, out.Body)
			n := max(add, del) + max(badd, bdel)
			c.lines += n
			if n > c.most {
				c.most, c.worst = n, it.Path
			}
			back, err := it.WriteBack(out, d.Entity, []string{f.Name})
			if err != nil || string(back.Spec) != string(src.Spec) || string(back.Body) != string(src.Body) {
				c.notBack++
				t.Logf("%s %s is not back: %v\n%s", it.Path, f.Name, err, textdiff.Unified(textdiff.Lines(string(src.Spec), string(back.Spec), 0), "was", "back"))
			}
		}
	}
	keys := make([]string, 0, len(all))
	for k := range all {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b strings.Builder
	fmt.Fprintf(&b, "%-34s %6s %8s %10s %5s %9s\n", "field", "edits", "refused", "lines each", "most", "not back")
	for _, k := range keys {
		c := all[k]
		fmt.Fprintf(&b, "%-34s %6d %8d %10.2f %5d %9d  %s\n", k, c.edits, c.refused, float64(c.lines)/float64(max(c.edits-c.refused, 1)), c.most, c.notBack, c.worst)
	}
	t.Log("\n" + b.String())
}

func names(k panther.Kind) []string {
	var out []string
	for _, f := range k.Fields() {
		out = append(out, f.Name)
	}
	return out
}

// TestCorpusImport writes every entity of real content as a new spec in an
// empty repository: all files are loaded, and hold the same entities. And it
// counts how often Place finds, for an item that is there, the folder and the
// name that it has.
//
//	PDAC_CORPUS=~/panther-analysis go test ./repo -run CorpusImport -v
func TestCorpusImport(t *testing.T) {
	r, _, entries := corpus(t)
	p := repo.NewPlacer(&repo.Repo{}, nil, repo.Options{})
	files := synth.Files{}
	want := map[panther.Key]panther.Entity{}
	size := 0
	for _, it := range r.Items {
		if it.Kind == "" || it.Broken || !it.Entity().OK() {
			continue
		}
		e := it.Entity().Entity
		path, err := p.Place(e)
		if err != nil {
			t.Fatal(err)
		}
		n, err := repo.NewSpec(e, repo.NewSpecOptions{Path: path})
		if err != nil {
			t.Errorf("%s: %v", it.Path, err)
			continue
		}
		for p, b := range n.Files() {
			if files[p] != "" {
				t.Errorf("%s is written twice", p)
			}
			files[p] = string(b)
			size += len(b)
		}
		want[e.Key] = e
	}
	again := load(t, files, repo.Options{})
	for _, it := range again.Items {
		e := it.Entity().Entity
		if e.Fingerprint() != want[e.Key].Fingerprint() {
			t.Errorf("%s is not what was live", it.Path)
		}
		delete(want, e.Key)
	}
	for k := range want {
		t.Errorf("%s is not loaded: %v", k, again.Diagnostics)
	}
	t.Logf("%d entities in %d files, %d bytes", len(again.Items), len(files), size)

	folder, name, all := 0, 0, 0
	for i, it := range r.Items {
		if it.Kind == "" || it.Broken || i%3 > 0 {
			continue
		}
		others := slices.Concat(r.Items[:i], r.Items[i+1:])
		left := slices.DeleteFunc(slices.Clone(entries), func(e git.Entry) bool { return e.Path == it.Path || e.Path == it.BodyPath })
		got, err := repo.NewPlacer(&repo.Repo{Items: others}, left, repo.Options{}).Place(it.Entity().Entity)
		if err != nil {
			t.Fatal(err)
		}
		all++
		if path.Dir(got) == path.Dir(it.Path) {
			folder++
		} else {
			t.Logf("%s would go to %s", it.Path, got)
		}
		if strings.EqualFold(path.Base(got), path.Base(it.Path)) {
			name++
		}
	}
	t.Logf("of %d items, %d would be placed in the folder they are in, %d under the same name", all, folder, name)
}
