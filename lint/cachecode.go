package lint

import "github.com/pdac-dev/pdac/internal/cachefile"

func codeRange(c *cachefile.Coder, r *Range) {
	lines := r.EndLine - r.Line
	c.Int(&r.Line)
	c.Int(&r.Column)
	c.Int(&lines)
	c.Int(&r.EndColumn)
	r.EndLine = r.Line + lines
}

func codeCached(c *cachefile.Coder, r *cached) {
	c.Int(&r.Unused)
	codeRecord(c, &r.Record)
}

func codeRecord(c *cachefile.Coder, r *record) {
	cachefile.Text(c, &r.Path)
	cachefile.Text(c, &r.Hash)
	cachefile.Text(c, &r.BodyHash)
	cachefile.Optional(c, &r.Outline, func(c *cachefile.Coder, o *outline) {
		c.Bool(&o.Python)
		c.Bool(&o.Spec)
		c.Bool(&o.Broken)
		cachefile.Text(c, &o.Entity)
		cachefile.Text(c, &o.BodyPath)
	})
	c.Int(&r.at)
	c.Int(&r.size)
	cachefile.List(c, &r.Findings, codeFinding)
	cachefile.List(c, &r.Ignores, codeIgnore)
}

func codeWhole(c *cachefile.Coder, w *wholeRun) {
	cachefile.Text(c, &w.Digest)
	cachefile.List(c, &w.Texts, func(c *cachefile.Coder, t *fileText) {
		cachefile.Text(c, &t.Path)
		cachefile.Text(c, &t.Hash)
	})
	cachefile.List(c, &w.Findings, codeFinding)
}

func codeFacts(c *cachefile.Coder, f *Facts) {
	cachefile.Text(c, &f.Path)
	c.Bool(&f.Broken)
	cachefile.Optional(c, &f.Spec, codeSpecFacts)
	cachefile.Optional(c, &f.Python, codePythonFacts)
	codeCollected(c, &f.Collected)
}

type collection struct {
	rule  string
	facts []Fact
}

func codeCollected(c *cachefile.Coder, m *map[string][]Fact) {
	all := make([]collection, 0, len(*m))
	for _, rule := range sortedKeys(*m) {
		all = append(all, collection{rule, (*m)[rule]})
	}
	cachefile.List(c, &all, func(c *cachefile.Coder, l *collection) {
		cachefile.Text(c, &l.rule)
		cachefile.List(c, &l.facts, func(c *cachefile.Coder, f *Fact) {
			cachefile.Text(c, &f.Name)
			cachefile.Text(c, &f.Value)
			codeRange(c, &f.Range)
		})
	})
	if c.Reading() && len(all) > 0 {
		*m = make(map[string][]Fact, len(all))
		for _, l := range all {
			(*m)[l.rule] = l.facts
		}
	}
}

func codeRef(c *cachefile.Coder, r *Ref) {
	cachefile.Text(c, &r.Value)
	codeRange(c, &r.Range)
}

func codeSpecFacts(c *cachefile.Coder, f *SpecFacts) {
	cachefile.Text(c, &f.Type)
	cachefile.Text(c, &f.Kind)
	codeRange(c, &f.Top)
	for _, r := range []*Ref{&f.ID, &f.DisplayName, &f.Status, &f.Severity, &f.Enabled, &f.Filename, &f.BaseDetection} {
		codeRef(c, r)
	}
	cachefile.Text(c, &f.BodyPath)
	for _, l := range []*[]Ref{&f.LogTypes, &f.ResourceTypes, &f.ScheduledQuery, &f.PackIDs, &f.Methods} {
		cachefile.List(c, l, codeRef)
	}
	c.Bool(&f.HasDetection)
}

func codePythonFacts(c *cachefile.Coder, f *PythonFacts) {
	cachefile.Text(c, &f.Module)
	c.Bool(&f.Parsed)
	cachefile.List(c, &f.Imports, func(c *cachefile.Coder, i *PythonImport) {
		cachefile.Text(c, &i.Module)
		cachefile.Text(c, &i.Name)
		cachefile.Text(c, &i.Bound)
		c.Int(&i.Level)
		c.Bool(&i.Local)
		c.Bool(&i.Guarded)
		codeRange(c, &i.Range)
	})
	cachefile.List(c, &f.Names, codeRef)
	c.Bool(&f.StarImport)
	cachefile.List(c, &f.Functions, codeFunction)
	cachefile.List(c, &f.Classes, func(c *cachefile.Coder, l *PythonClass) {
		cachefile.Text(c, &l.Name)
		codeRange(c, &l.Range)
		c.Bool(&l.Open)
		cachefile.List(c, &l.Methods, codeFunction)
		cachefile.List(c, &l.Attributes, cachefile.Text[string])
	})
}

func codeFunction(c *cachefile.Coder, f *PythonFunction) {
	cachefile.Text(c, &f.Name)
	codeRange(c, &f.Range)
	c.Bool(&f.Async)
	c.Bool(&f.Decorated)
	cachefile.List(c, &f.Params, func(c *cachefile.Coder, p *PythonParam) {
		cachefile.Text(c, &p.Name)
		kind := int(p.Kind)
		c.Int(&kind)
		p.Kind = ParamKind(kind)
		c.Bool(&p.Default)
		codeRange(c, &p.Range)
	})
	cachefile.List(c, &f.Makes, cachefile.Text[string])
}

func codeFinding(c *cachefile.Coder, f *Finding) {
	cachefile.Text(c, &f.Rule)
	cachefile.Text(c, &f.Severity)
	c.Bool(&f.Works)
	cachefile.Text(c, &f.Message)
	cachefile.Text(c, &f.Hint)
	cachefile.Text(c, &f.Path)
	codeRange(c, &f.Range)
	cachefile.Text(c, &f.Entity)
	cachefile.List(c, &f.Related, func(c *cachefile.Coder, l *Location) {
		cachefile.Text(c, &l.Path)
		codeRange(c, &l.Range)
		cachefile.Text(c, &l.Message)
	})
	cachefile.Text(c, &f.Key)
	cachefile.Optional(c, &f.Fix, func(c *cachefile.Coder, x *Fix) {
		cachefile.Text(c, &x.Title)
		cachefile.List(c, &x.Edits, func(c *cachefile.Coder, e *Edit) {
			cachefile.Text(c, &e.Path)
			c.Int(&e.Start)
			c.Int(&e.End)
			cachefile.Text(c, &e.New)
		})
		cachefile.List(c, &x.Touches, cachefile.Text[string])
	})
	cachefile.Text(c, &f.Snippet)
	cachefile.Text(c, &f.Fingerprint)
}

func codeIgnore(c *cachefile.Coder, i *ignoreComment) {
	cachefile.List(c, &i.Rules, codeRef)
	cachefile.Time(c, &i.Until)
	codeRange(c, &i.UntilRange)
	cachefile.Text(c, &i.Reason)
	codeRange(c, &i.Range)
	c.Int(&i.Line)
	c.Int(&i.Last)
	cachefile.List(c, &i.Faults, func(c *cachefile.Coder, f *ignoreFault) {
		codeRange(c, &f.Range)
		cachefile.Text(c, &f.Message)
		cachefile.Text(c, &f.Hint)
	})
	cachefile.Optional(c, &i.Tuning, func(c *cachefile.Coder, t *tuningWords) {
		cachefile.Text(c, &t.Reference)
		cachefile.Text(c, &t.Owner)
		cachefile.Text(c, &t.Code)
	})
}

// stamped is the content that a file had when it had a stamp.
type stamped struct {
	path, stamp string
	content     contentHash
}

func codeStamped(c *cachefile.Coder, s *stamped) {
	cachefile.Text(c, &s.path)
	cachefile.Text(c, &s.stamp)
	cachefile.Text(c, &s.content.hash)
	cachefile.Text(c, &s.content.lf)
}
