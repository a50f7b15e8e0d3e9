package lint

import (
	"fmt"
	"github.com/pdac-dev/pdac/internal/cachefile"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fill sets every field of a value, and of what it holds, to something of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(int64(*n), 7).UTC()))
			return
		}
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fill(f, n)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(*n) * -1)
	case reflect.Uint8:
		v.SetUint(uint64(*n) % 200)
	default:
		panic("a kind that the cache can't keep: " + v.Kind().String())
	}
}

// TestCodeKeepsEveryField: a field that the coder misses would come back empty.
func TestCodeKeepsEveryField(t *testing.T) {
	for _, full := range []bool{true, false} {
		var want, got record
		if n := 0; full {
			fill(reflect.ValueOf(&want).Elem(), &n)
		}
		w := &cachefile.Coder{}
		codeRecord(w, &want)
		r := cachefile.NewReader(string(w.Bytes()))
		codeRecord(r, &got)
		if full { // the facts are in the other half of the file
			facts := &cachefile.Coder{}
			codeFacts(facts, want.Facts)
			got.Facts = new(Facts)
			codeFacts(cachefile.NewReader(string(facts.Bytes())), got.Facts)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(record{}, Facts{}, Finding{}), cmpopts.IgnoreUnexported(PythonFacts{})); diff != "" || r.Err() != nil || r.Left() != "" {
			t.Errorf("what is read differs from what was written (-written +read): %v, %d bytes left\n%s", r.Err(), len(r.Left()), diff)
		}
		for i := range w.Bytes() {
			r := cachefile.NewReader(string(w.Bytes()[:i]))
			codeRecord(r, new(record))
			if r.Err() == nil {
				t.Fatalf("the first %d of %d bytes are read without an error", i, len(w.Bytes()))
			}
		}
	}
}
