package lint

import (
	"encoding/binary"
	"errors"
	"time"
)

// coder writes values to a text, or reads them back from one. Each type has one
// function for both directions, so that they can't differ. Texts that are read are parts of
// the text that they are read from, which saves most allocations.
type coder struct {
	reading bool
	out     []byte
	in      string
	err     error
}

var errCacheForm = errors.New("a cache of another form")

func (c *coder) number(n *uint64) {
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

func (c *coder) fail() { c.err, c.in = errCacheForm, "" }

func (c *coder) int(n *int) {
	u := uint64(*n)<<1 ^ uint64(*n>>63)
	c.number(&u)
	if c.reading {
		*n = int(u>>1) ^ -int(u&1)
	}
}

func (c *coder) bool(b *bool) {
	var n uint64
	if *b {
		n = 1
	}
	c.number(&n)
	if c.reading {
		*b = n != 0
	}
}

// text is a function so that every kind of text can be coded.
func text[T ~string](c *coder, s *T) {
	n := uint64(len(*s))
	c.number(&n)
	switch {
	case !c.reading:
		c.out = append(c.out, *s...)
	case n > uint64(len(c.in)):
		c.fail()
	default:
		*s, c.in = T(c.in[:n]), c.in[n:]
	}
}

// list codes a list; a nil one stays nil.
func list[T any](c *coder, s *[]T, each func(*coder, *T)) {
	n := uint64(len(*s))
	c.number(&n)
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

// optional codes what a pointer leads to.
func optional[T any](c *coder, p **T, value func(*coder, *T)) {
	is := *p != nil
	c.bool(&is)
	if !is {
		return
	}
	if c.reading {
		*p = new(T)
	}
	value(c, *p)
}

func codeTime(c *coder, t *time.Time) {
	is := !t.IsZero()
	c.bool(&is)
	if !is {
		return
	}
	seconds, nano := int(t.Unix()), t.Nanosecond()
	c.int(&seconds)
	c.int(&nano)
	if c.reading {
		*t = time.Unix(int64(seconds), int64(nano)).UTC()
	}
}

func codeRange(c *coder, r *Range) {
	lines := r.EndLine - r.Line
	c.int(&r.Line)
	c.int(&r.Column)
	c.int(&lines)
	c.int(&r.EndColumn)
	r.EndLine = r.Line + lines
}

func codeCached(c *coder, r *cached) {
	c.int(&r.Unused)
	codeRecord(c, &r.Record)
}

func codeRecord(c *coder, r *record) {
	text(c, &r.Path)
	text(c, &r.Hash)
	text(c, &r.BodyHash)
	optional(c, &r.Outline, func(c *coder, o *outline) {
		c.bool(&o.Python)
		c.bool(&o.Spec)
		c.bool(&o.Broken)
		text(c, &o.Entity)
		text(c, &o.BodyPath)
	})
	c.int(&r.at)
	c.int(&r.size)
	list(c, &r.Findings, codeFinding)
	list(c, &r.Ignores, codeIgnore)
}

func codeWhole(c *coder, w *wholeRun) {
	text(c, &w.Digest)
	list(c, &w.Texts, func(c *coder, t *fileText) {
		text(c, &t.Path)
		text(c, &t.Hash)
	})
	list(c, &w.Findings, codeFinding)
}

func codeFacts(c *coder, f *Facts) {
	text(c, &f.Path)
	c.bool(&f.Broken)
	optional(c, &f.Spec, codeSpecFacts)
	optional(c, &f.Python, codePythonFacts)
	codeCollected(c, &f.Collected)
}

type collection struct {
	rule  string
	facts []Fact
}

func codeCollected(c *coder, m *map[string][]Fact) {
	all := make([]collection, 0, len(*m))
	for _, rule := range sortedKeys(*m) {
		all = append(all, collection{rule, (*m)[rule]})
	}
	list(c, &all, func(c *coder, l *collection) {
		text(c, &l.rule)
		list(c, &l.facts, func(c *coder, f *Fact) {
			text(c, &f.Name)
			text(c, &f.Value)
			codeRange(c, &f.Range)
		})
	})
	if c.reading && len(all) > 0 {
		*m = make(map[string][]Fact, len(all))
		for _, l := range all {
			(*m)[l.rule] = l.facts
		}
	}
}

func codeRef(c *coder, r *Ref) {
	text(c, &r.Value)
	codeRange(c, &r.Range)
}

func codeSpecFacts(c *coder, f *SpecFacts) {
	text(c, &f.Type)
	text(c, &f.Kind)
	codeRange(c, &f.Top)
	for _, r := range []*Ref{&f.ID, &f.DisplayName, &f.Status, &f.Severity, &f.Enabled, &f.Filename, &f.BaseDetection} {
		codeRef(c, r)
	}
	text(c, &f.BodyPath)
	for _, l := range []*[]Ref{&f.LogTypes, &f.ResourceTypes, &f.ScheduledQuery, &f.PackIDs, &f.Methods} {
		list(c, l, codeRef)
	}
	c.bool(&f.HasDetection)
}

func codePythonFacts(c *coder, f *PythonFacts) {
	text(c, &f.Module)
	c.bool(&f.Parsed)
	list(c, &f.Imports, func(c *coder, i *PythonImport) {
		text(c, &i.Module)
		text(c, &i.Name)
		text(c, &i.Bound)
		c.int(&i.Level)
		c.bool(&i.Local)
		c.bool(&i.Guarded)
		codeRange(c, &i.Range)
	})
	list(c, &f.Names, codeRef)
	c.bool(&f.StarImport)
	list(c, &f.Functions, codeFunction)
	list(c, &f.Classes, func(c *coder, l *PythonClass) {
		text(c, &l.Name)
		codeRange(c, &l.Range)
		c.bool(&l.Open)
		list(c, &l.Methods, codeFunction)
		list(c, &l.Attributes, text[string])
	})
}

func codeFunction(c *coder, f *PythonFunction) {
	text(c, &f.Name)
	codeRange(c, &f.Range)
	c.bool(&f.Async)
	c.bool(&f.Decorated)
	list(c, &f.Params, func(c *coder, p *PythonParam) {
		text(c, &p.Name)
		kind := int(p.Kind)
		c.int(&kind)
		p.Kind = ParamKind(kind)
		c.bool(&p.Default)
		codeRange(c, &p.Range)
	})
	list(c, &f.Makes, text[string])
}

func codeFinding(c *coder, f *Finding) {
	text(c, &f.Rule)
	text(c, &f.Severity)
	c.bool(&f.Works)
	text(c, &f.Message)
	text(c, &f.Hint)
	text(c, &f.Path)
	codeRange(c, &f.Range)
	text(c, &f.Entity)
	list(c, &f.Related, func(c *coder, l *Location) {
		text(c, &l.Path)
		codeRange(c, &l.Range)
		text(c, &l.Message)
	})
	text(c, &f.Key)
	optional(c, &f.Fix, func(c *coder, x *Fix) {
		text(c, &x.Title)
		list(c, &x.Edits, func(c *coder, e *Edit) {
			text(c, &e.Path)
			c.int(&e.Start)
			c.int(&e.End)
			text(c, &e.New)
		})
		list(c, &x.Touches, text[string])
	})
	text(c, &f.Snippet)
	text(c, &f.Fingerprint)
}

func codeIgnore(c *coder, i *ignoreComment) {
	list(c, &i.Rules, codeRef)
	codeTime(c, &i.Until)
	codeRange(c, &i.UntilRange)
	text(c, &i.Reason)
	codeRange(c, &i.Range)
	c.int(&i.Line)
	c.int(&i.Last)
	list(c, &i.Faults, func(c *coder, f *ignoreFault) {
		codeRange(c, &f.Range)
		text(c, &f.Message)
		text(c, &f.Hint)
	})
	optional(c, &i.Tuning, func(c *coder, t *tuningWords) {
		text(c, &t.Reference)
		text(c, &t.Owner)
		text(c, &t.Code)
	})
}

// stamped is the content that a file had when it had a stamp.
type stamped struct {
	path, stamp string
	content     contentHash
}

func codeStamped(c *coder, s *stamped) {
	text(c, &s.path)
	text(c, &s.stamp)
	text(c, &s.content.hash)
	text(c, &s.content.lf)
}
