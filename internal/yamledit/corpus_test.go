package yamledit_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"gopkg.in/yaml.v3"
)

// TestCorpus changes every value of every YAML file of a checkout of real
// content, whose folder PDAC_CORPUS names, and back: the bytes must be the same
// again. It prints how many lines the changes touched, and what didn't come back.
//
//	PDAC_CORPUS=~/panther-analysis go test ./internal/yamledit -run TestCorpus -v
func TestCorpus(t *testing.T) {
	dir := os.Getenv("PDAC_CORPUS")
	if dir == "" {
		t.Skip("PDAC_CORPUS names no checkout")
	}
	files, unread := 0, 0
	sets, deletes, adds := newTally(), newTally(), newTally()
	r := rand.New(rand.NewPCG(1, 2))
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && strings.HasPrefix(e.Name(), ".") && name != dir {
			return fs.SkipDir
		}
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".yml") && !strings.HasSuffix(name, ".yaml") {
			return err
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files++
		d, err := yamledit.Parse(src)
		if err != nil {
			t.Log(name, err)
			unread++
			return nil
		}
		if d.Node(nil) == nil {
			return nil
		}
		var scalars, maps []yamledit.Path
		paths(d.Node(nil), nil, func(p yamledit.Path) { scalars = append(scalars, p) }, func(p yamledit.Path, y *yaml.Node) {
			if y.Kind == yaml.MappingNode {
				maps = append(maps, p)
			}
		})
		rel, _ := filepath.Rel(dir, name)
		// Every value at the top, and some of those inside.
		for _, p := range scalars {
			if len(p) > 1 && r.IntN(max(1, len(scalars)/10)) > 0 {
				continue
			}
			was, err := yamlcore.Value(d.Node(p))
			if err != nil {
				t.Fatal(err)
			}
			sets.there(t, rel, src, p, change1(r, was), was)
		}
		for _, p := range maps {
			if len(p) > 0 && r.IntN(max(1, len(maps)/5)) > 0 {
				continue
			}
			adds.add(t, rel, src, p)
		}
		for i := 0; i+1 < len(d.Node(nil).Content); i += 2 {
			deletes.del(t, rel, src, yamledit.Path{d.Node(nil).Content[i].Value})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d of them can't be edited", files, unread)
	t.Logf("values changed and back: %v", sets)
	t.Logf("keys added and taken away: %v", adds)
	t.Logf("keys at the top deleted: %v", deletes)
}

// change1 changes a value a little, as people do.
func change1(r *rand.Rand, v any) any {
	switch v := v.(type) {
	case bool:
		return !v
	case string:
		words := strings.Split(v, " ")
		words[r.IntN(len(words))] += "Changed"
		return strings.Join(words, " ")
	}
	return "changed"
}

type counts struct {
	n, refused, lines, most, notBack int
	worst                            string
}

func newTally() *counts { return &counts{} }

func (c *counts) String() string {
	return fmt.Sprintf("%d edits, %d refused, %.2f lines each, at most %d (%s), %d not back to the same bytes", c.n, c.refused, float64(c.lines)/float64(max(1, c.n-c.refused)), c.most, c.worst, c.notBack)
}

func (c *counts) count(name string, p yamledit.Path, n int) {
	c.lines += n
	if n > c.most {
		c.most, c.worst = n, name+" "+p.String()
	}
}

func (c *counts) there(t *testing.T, name string, src []byte, p yamledit.Path, to, back any) {
	c.n++
	d, _ := yamledit.Parse(src)
	if err := d.Set(p, to); err != nil {
		t.Logf("%s: %v", name, err)
		c.refused++
		return
	}
	c.count(name, p, touched(string(src), string(d.Bytes())))
	if err := d.Set(p, back); err != nil || string(d.Bytes()) != string(src) {
		c.notBack++
		t.Logf("%s: %s is not back: %v\n%s", name, p, err, firstDifference(string(src), string(d.Bytes())))
	}
}

func (c *counts) add(t *testing.T, name string, src []byte, p yamledit.Path) {
	c.n++
	d, _ := yamledit.Parse(src)
	key := append(p[:len(p):len(p)], "zz_added")
	if err := d.Set(key, []any{"a: b", true}); err != nil {
		t.Logf("%s: %v", name, err)
		c.refused++
		return
	}
	c.count(name, p, touched(string(src), string(d.Bytes())))
	if err := d.Delete(key); err != nil || string(d.Bytes()) != string(src) {
		c.notBack++
		t.Logf("%s: %s is not back: %v\n%s", name, p, err, firstDifference(string(src), string(d.Bytes())))
	}
}

func (c *counts) del(t *testing.T, name string, src []byte, p yamledit.Path) {
	c.n++
	d, _ := yamledit.Parse(src)
	if err := d.Delete(p); err != nil {
		t.Logf("%s: %v", name, err)
		c.refused++
		return
	}
	// What goes is the key with what is in it: no other line may be touched.
	if n := touched(string(src), string(d.Bytes())); n > strings.Count(string(src), "\n")-strings.Count(string(d.Bytes()), "\n")+1 {
		c.count(name, p, n)
	}
}

// touched counts the lines between the first and the last that differ.
func touched(a, b string) int {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for len(as) > 0 && len(bs) > 0 && as[0] == bs[0] {
		as, bs = as[1:], bs[1:]
	}
	for len(as) > 0 && len(bs) > 0 && as[len(as)-1] == bs[len(bs)-1] {
		as, bs = as[:len(as)-1], bs[:len(bs)-1]
	}
	return max(len(as), len(bs))
}

func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range as {
		if i >= len(bs) || as[i] != bs[i] {
			is := ""
			if i < len(bs) {
				is = bs[i]
			}
			return fmt.Sprintf("line %d: %q became %q", i+1, as[i], is)
		}
	}
	return "lines at the end"
}
