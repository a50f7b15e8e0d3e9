package cachefile

import (
	"encoding/binary"
	"errors"
	"time"
)

// Coder writes values to a text, or reads them back from one. Each type has one
// function for both directions, so that they can't differ. Texts that are read are parts of
// the text that they are read from, which saves most allocations.
type Coder struct {
	reading bool
	out     []byte
	in      string
	err     error
}

// ErrForm says that what is read was written in another form, or is damaged.
var ErrForm = errors.New("a cache of another form")

// Number codes a number that is not negative.
func (c *Coder) Number(n *uint64) {
	if !c.reading {
		c.out = binary.AppendUvarint(c.out, *n)
		return
	}
	var v uint64
	for i, shift := 0, 0; i < len(c.in) && shift < 64; i, shift = i+1, shift+7 {
		b := c.in[i]
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			c.in, *n = c.in[i+1:], v
			return
		}
	}
	c.fail()
}

// NewReader returns a Coder that reads from a text.
func NewReader(text string) *Coder { return &Coder{reading: true, in: text} }

// Reading reports whether it reads.
func (c *Coder) Reading() bool { return c.reading }

// Left returns what is not read yet.
func (c *Coder) Left() string { return c.in }

// Bytes returns what was written.
func (c *Coder) Bytes() []byte { return c.out }

// Append adds what another Coder has written.
func (c *Coder) Append(coded string) { c.out = append(c.out, coded...) }

// Err returns ErrForm if something could not be read.
func (c *Coder) Err() error { return c.err }

func (c *Coder) fail() { c.err, c.in = ErrForm, "" }

// Int codes an int.
func (c *Coder) Int(n *int) {
	u := uint64(*n)<<1 ^ uint64(*n>>63)
	c.Number(&u)
	if c.reading {
		*n = int(u>>1) ^ -int(u&1)
	}
}

// Bool codes a bool.
func (c *Coder) Bool(b *bool) {
	var n uint64
	if *b {
		n = 1
	}
	c.Number(&n)
	if c.reading {
		*b = n != 0
	}
}

// Text codes a text. It is a function so that every kind of text can be coded.
func Text[T ~string](c *Coder, s *T) {
	n := uint64(len(*s))
	c.Number(&n)
	switch {
	case !c.reading:
		c.out = append(c.out, *s...)
	case n > uint64(len(c.in)):
		c.fail()
	default:
		*s, c.in = T(c.in[:n]), c.in[n:]
	}
}

// List codes a list; a nil one stays nil.
func List[T any](c *Coder, s *[]T, each func(*Coder, *T)) {
	n := uint64(len(*s))
	c.Number(&n)
	if c.reading {
		// Every element takes a byte at least.
		if n > uint64(len(c.in)) {
			c.fail()
			return
		}
		if n > 0 {
			*s = make([]T, n)
		}
	}
	for i := range *s {
		each(c, &(*s)[i])
	}
}

// Optional codes what a pointer leads to.
func Optional[T any](c *Coder, p **T, value func(*Coder, *T)) {
	is := *p != nil
	c.Bool(&is)
	if !is {
		return
	}
	if c.reading {
		*p = new(T)
	}
	value(c, *p)
}

// Time codes a time in UTC.
func Time(c *Coder, t *time.Time) {
	is := !t.IsZero()
	c.Bool(&is)
	if !is {
		return
	}
	seconds, nano := int(t.Unix()), t.Nanosecond()
	c.Int(&seconds)
	c.Int(&nano)
	if c.reading {
		*t = time.Unix(int64(seconds), int64(nano)).UTC()
	}
}
