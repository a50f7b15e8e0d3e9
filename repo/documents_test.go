package repo

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamlgen"
	"pgregory.net/rapid"
)

// samples are texts with what a document can have.
var samples = []string{
	"AnalysisType: rule\n", "a: {b: [1, 'x', \"y\", !!str 5, ~]}\n", "# head\na: 1 # line\n# foot\n\nb: |\n  text\n  é\n", "a: &x {k: v}\nb: *x\nc:\n  <<: *x\n  d: [*x]\n",
	"- a\n---\n- b\n", "{}", "a: >-\n  folded\n  text\n? k\n: v\n", "a: !!float 5\nb: !!timestamp 2026-01-01\n", "\xef\xbb\xbfa: 1\r\nb: 2\r\n",
}

// same compares two documents node by node.
func same(a, b *yamlcore.Document) string { return cmp.Diff(a, b) }

func TestDocumentsComeBackEqual(t *testing.T) {
	check := func(fail func(string, ...any), src []byte) {
		doc, err := yamlcore.Parse(src, yamlcore.Limits{})
		if err != nil {
			return
		}
		coded, ok := encodeDocument(doc)
		if !ok {
			if doc.Root != nil {
				fail("%q can't be coded", src)
			}
			return
		}
		got, ok := decodeDocument(coded)
		if !ok {
			fail("%q can't be decoded", src)
		} else if diff := same(doc, got); diff != "" {
			fail("%q: %s", src, diff)
		}
	}
	for _, src := range samples {
		check(t.Errorf, []byte(src))
	}
	rapid.Check(t, func(t *rapid.T) {
		text, _ := yamlgen.Document(t, rapid.MapOfN(yamlgen.Keys, yamlgen.Value(3), 0, 5).Draw(t, "value"))
		check(t.Fatalf, []byte(text))
	})
}

func store(t *testing.T) DocumentStore {
	t.Helper()
	return DocumentStore{Root: t.TempDir(), Build: "one", Key: []byte("secret")}
}

// TestDocumentsAreKept: what one run parsed is there for the next, and only for the same
// build, key and content; a file that was changed counts for nothing.
func TestDocumentsAreKept(t *testing.T) {
	s := store(t)
	first := NewDocuments(s)
	for _, src := range samples {
		if _, err := first.parse([]byte(src)); err != nil {
			t.Fatalf("%q: %v", src, err)
		}
	}
	if _, err := first.parse([]byte("a: [")); err == nil {
		t.Fatal("broken YAML was parsed")
	}
	first.Save()
	files, _ := filepath.Glob(filepath.Join(s.Root, ".pdac", "cache", "yaml-*"))
	if len(files) != 1 {
		t.Fatalf("files: %v", files)
	}
	kept := func(s DocumentStore) int {
		d := NewDocuments(s)
		if _, err := d.parse([]byte("a: [")); err == nil {
			t.Fatal("broken YAML was parsed")
		}
		return len(d.known)
	}
	if n := kept(s); n != len(samples) {
		t.Fatalf("%d of %d documents were kept", n, len(samples))
	}
	second := NewDocuments(s)
	for _, src := range samples {
		got, err := second.parse([]byte(src))
		want, _ := yamlcore.Parse([]byte(src), yamlcore.Limits{})
		if err != nil || same(want, got) != "" {
			t.Errorf("%q: %v %s", src, err, same(want, got))
		}
	}
	if second.added {
		t.Error("a document was parsed again")
	}
	if n := kept(DocumentStore{s.Root, "two", s.Key}); n != 0 {
		t.Errorf("another build got %d documents", n)
	}
	if n := kept(DocumentStore{s.Root, s.Build, []byte("other")}); n != 0 {
		t.Errorf("another key got %d documents", n)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"cut": whole[:len(whole)/2], "empty": nil, "head": whole[:30], "longer": append(bytes.Clone(whole), 0),
		"changed": bytes.Replace(whole, []byte("folded"), []byte("doctor"), 1),
	} {
		if err := os.WriteFile(files[0], damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if n := kept(s); n != 0 {
			t.Errorf("%s: %d documents were used", name, n)
		}
	}
	if NewDocuments(DocumentStore{}) != nil {
		t.Error("documents without a store")
	}
	(*Documents)(nil).Save()
}

// TestUnusedDocumentsAreDropped after some runs that write the file.
func TestUnusedDocumentsAreDropped(t *testing.T) {
	s := store(t)
	for i := range maxDocumentAge + 3 {
		d := NewDocuments(s)
		for _, src := range []string{"always: 1", "x" + strings.Repeat("x", i) + ": 2"} {
			if _, err := d.parse([]byte(src)); err != nil {
				t.Fatal(err)
			}
		}
		d.Save()
		if want := min(i+2, maxDocumentAge+2); len(NewDocuments(s).after(t)) != want {
			t.Fatalf("run %d: %d documents, want %d", i, len(NewDocuments(s).after(t)), want)
		}
	}
}

// after returns what the file has.
func (d *Documents) after(t *testing.T) map[[32]byte]*document {
	t.Helper()
	d.open.Do(d.read)
	return d.known
}

// FuzzDecodeDocument: no code breaks the decoder, and what is decoded can be coded again.
func FuzzDecodeDocument(f *testing.F) {
	for _, src := range samples {
		if doc, err := yamlcore.Parse([]byte(src), yamlcore.Limits{}); err == nil {
			coded, _ := encodeDocument(doc)
			f.Add(coded)
		}
	}
	f.Fuzz(func(t *testing.T, coded string) {
		doc, ok := decodeDocument(coded)
		if !ok {
			return
		}
		if again, ok := encodeDocument(doc); ok {
			if got, ok := decodeDocument(again); !ok || same(doc, got) != "" {
				t.Errorf("%q is not decoded again", again)
			}
		}
	})
}
