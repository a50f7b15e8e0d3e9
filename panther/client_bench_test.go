package panther_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// BenchmarkList reads a whole collection through the sandbox's transport, in
// pages of a hundred. The server's work is in the figures.
func BenchmarkList(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := openSandbox(b, sandbox.Options{})
			c, err := panther.NewClient(panther.Options{Host: "localhost", Token: secret, Transport: s.Transport()})
			if err != nil {
				b.Fatal(err)
			}
			bytes := fill(b, c, n)
			b.SetBytes(int64(bytes))
			b.ReportAllocs()
			for b.Loop() {
				list, err := c.List(b.Context(), panther.Rule)
				if err != nil || len(list) != n {
					b.Fatalf("%d rules, %v", len(list), err)
				}
			}
		})
	}
}

// fill creates rules of the size of real ones and returns how many bytes they are.
func fill(b *testing.B, c *panther.Client, n int) int {
	b.Helper()
	body := strings.Repeat("def rule(event):\n    return event.get(\"name\") == \"x\"\n", 40)
	todo := make(chan string)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for id := range todo {
				e := sample(panther.Rule, id).With(map[string]any{"body": body})
				if _, err := c.Create(b.Context(), e, panther.WriteOptions{}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, id := range numbered(n) {
		todo <- id
	}
	close(todo)
	wg.Wait()
	raw, err := sample(panther.Rule, "x").With(map[string]any{"body": body}).Request(false)
	if err != nil {
		b.Fatal(err)
	}
	return n * len(raw)
}
