package repo_test

import (
	"fmt"
	"testing"

	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// BenchmarkWriteBack writes so many console edits of three fields each back
// into their files.
func BenchmarkWriteBack(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			files := synth.Repo(n, 1)
			type edit struct {
				it     *repo.Item
				src    repo.Source
				live   panther.Entity
				fields []string
			}
			var edits []edit
			for _, it := range load(b, files, repo.Options{}).Items {
				e := edit{it: it, live: it.Entity().Entity, src: repo.Source{Spec: []byte(files[it.Path]), BodyPath: it.BodyPath, Body: []byte(files[it.BodyPath])}}
				for _, name := range []string{"severity", "description", "body"} {
					f, ok := it.Kind.Field(name)
					if v, edited := consoleEdit(f, e.live.Fields[name]); ok && edited {
						e.live = e.live.With(map[string]any{name: v})
						e.fields = append(e.fields, name)
					}
				}
				edits = append(edits, e)
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, e := range edits {
					if _, err := e.it.WriteBack(e.src, e.live, e.fields); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(edits)), "µs/write-back")
		})
	}
}

// BenchmarkNewSpec writes so many entities as new specs.
func BenchmarkNewSpec(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var all []panther.Entity
			for _, it := range load(b, synth.Repo(n, 1), repo.Options{}).Items {
				all = append(all, it.Entity().Entity)
			}
			b.ReportAllocs()
			for b.Loop() {
				p := repo.NewPlacer(&repo.Repo{}, nil, repo.Options{})
				for _, e := range all {
					path, err := p.Place(e)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := repo.NewSpec(e, repo.NewSpecOptions{Path: path}); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
