package cachefile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/cachefile"
	"pgregory.net/rapid"
)

// value has a field of each form that a Coder knows.
type value struct {
	N     int
	B     bool
	S     string
	List  []string
	Maybe *int
	At    time.Time
}

func (v *value) code(c *cachefile.Coder) {
	c.Int(&v.N)
	c.Bool(&v.B)
	cachefile.Text(c, &v.S)
	cachefile.List(c, &v.List, cachefile.Text[string])
	cachefile.Optional(c, &v.Maybe, func(c *cachefile.Coder, n *int) { c.Int(n) })
	cachefile.Time(c, &v.At)
}

func drawValue(t *rapid.T) *value {
	v := &value{
		N: rapid.Int().Draw(t, "n"), B: rapid.Bool().Draw(t, "b"), S: rapid.String().Draw(t, "s"), List: rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "list"),
	}
	if rapid.Bool().Draw(t, "with a number") {
		v.Maybe = new(int)
		*v.Maybe = rapid.Int().Draw(t, "maybe")
	}
	if rapid.Bool().Draw(t, "with a time") {
		v.At = time.Unix(rapid.Int64Range(-1<<33, 1<<33).Draw(t, "seconds"), rapid.Int64Range(0, 1e9-1).Draw(t, "nano")).UTC()
	}
	return v
}

// TestPropertyCoder: what is written is read again, and a text that was cut is an error, never
// another value.
func TestPropertyCoder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, w := drawValue(t), &cachefile.Coder{}
		v.code(w)
		r, got := cachefile.NewReader(string(w.Bytes())), &value{}
		if got.code(r); r.Err() != nil || r.Left() != "" {
			t.Fatalf("%v, %q is left", r.Err(), r.Left())
		}
		if diff := cmp.Diff(v, got); diff != "" {
			t.Fatal(diff)
		}
		n := rapid.IntRange(0, len(w.Bytes())-1).Draw(t, "cut")
		r = cachefile.NewReader(string(w.Bytes()[:n]))
		if (&value{}).code(r); r.Err() == nil {
			t.Fatalf("%d of %d bytes are read", n, len(w.Bytes()))
		}
	})
}

// FuzzCoder: no text makes it panic, or take more memory than a small multiple of its size.
func FuzzCoder(f *testing.F) {
	w, n := &cachefile.Coder{}, 7
	(&value{N: -3, B: true, S: "a", List: []string{"b", ""}, Maybe: &n, At: time.Unix(1, 2)}).code(w)
	f.Add(w.Bytes())
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v := &value{}
		v.code(cachefile.NewReader(string(data)))
		if len(v.List) > len(data) {
			t.Errorf("%d bytes are a list of %d", len(data), len(v.List))
		}
	})
}

func open(root string) cachefile.File {
	return cachefile.File{Root: root, Magic: "test 1\n", Prefix: "test-", Name: cachefile.Name("a", "b"), Key: []byte("secret")}
}

// read reads both halves of a file.
func read(f cachefile.File) (first, rest string, err error) {
	b, r, err := f.Read()
	if err != nil {
		return "", "", err
	}
	defer r.Close()
	rest, err = r.Read()
	return string(b), rest, err
}

// TestSeal: a file counts only as it was written, under its name, with its key.
func TestSeal(t *testing.T) {
	root := t.TempDir()
	f := open(root)
	if err := f.Write([]byte("first"), []byte("the "), []byte("rest")); err != nil {
		t.Fatal(err)
	}
	if first, rest, err := read(f); first != "first" || rest != "the rest" || err != nil {
		t.Fatalf("%q, %q, %v", first, rest, err)
	}
	other := f
	other.Key = []byte("another")
	if _, _, err := read(other); err == nil {
		t.Error("another key opens it")
	}
	path := filepath.Join(root, ".pdac", "cache", f.Prefix+f.Name)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0x40
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(f); err == nil {
			t.Errorf("byte %d of %d can be changed", i, len(whole))
		}
		if err := os.WriteFile(path, whole[:i], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(f); err == nil {
			t.Errorf("it can end after %d of %d bytes", i, len(whole))
		}
	}
	moved := f
	moved.Name = cachefile.Name("a", "c")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), moved.Prefix+moved.Name), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := read(moved); err == nil {
		t.Error("it counts under another name")
	}
}

// TestOldFilesGo: the oldest files of a kind are removed, and those of other kinds stay.
func TestOldFilesGo(t *testing.T) {
	root := t.TempDir()
	other := open(root)
	other.Prefix = "other-"
	if err := other.Write(nil); err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range 9 {
		f := open(root)
		f.Name = cachefile.Name(string(rune('a' + i)))
		names = append(names, f.Prefix+f.Name)
		if err := f.Write([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 1, 1, 0, i, 0, 0, time.UTC)
		if err := os.Chtimes(filepath.Join(root, ".pdac", "cache", f.Prefix+f.Name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	left, err := os.ReadDir(filepath.Join(root, ".pdac", "cache"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range left {
		got = append(got, e.Name())
	}
	want := append(slices.Clone(names[3:]), other.Prefix+other.Name)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestUserKey is made once, in the user's own folder, and not without one.
func TestUserKey(t *testing.T) {
	home := t.TempDir()
	env := func(k string) string { return map[string]string{"XDG_CACHE_HOME": home}[k] }
	key := cachefile.UserKey(env)
	if len(key) != 32 || !bytes.Equal(key, cachefile.UserKey(env)) {
		t.Errorf("the keys are %x and %x", key, cachefile.UserKey(env))
	}
	if info, err := os.Stat(filepath.Join(home, "pdac", "cache-key")); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the key of the user: %v, %v", info, err)
	}
	if cachefile.UserKey(func(string) string { return "" }) != nil {
		t.Error("there is a key without a folder")
	}
}
