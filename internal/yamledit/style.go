package yamledit

// style is the prevailing style of a text, so that new parts look like the
// rest.
type style struct {
	// step is the indentation of mappings, dash the indentation of list dashes
	// below their key.
	step, dash int
	quote      form
	// padded reports whether braces have a space inside.
	padded bool
}

// habits determines the style of the document.
func (d *Doc) habits() style {
	steps, dashes, quotes := map[int]int{}, map[int]int{}, map[form]int{}
	padded := 0
	var walk func(n *node)
	walk = func(n *node) {
		if n.form == flowMap && len(n.entries) > 0 {
			switch d.text.src[n.body+1] {
			case ' ':
				padded++
			case '"', '\'':
				padded--
			}
		}
		for _, e := range n.entries {
			v := e.value
			if n.form == blockMap {
				switch v.form {
				case blockMap:
					steps[v.column-n.column]++
				case blockSeq:
					dashes[v.column-n.column]++
				}
			}
			if v.form == single || v.form == double {
				quotes[v.form]++
			}
			walk(v)
		}
	}
	if d.root != nil {
		walk(d.root)
	}
	s := style{step: most(steps, 2), dash: most(dashes, -1), quote: double, padded: padded > 0}
	if s.dash < 0 {
		s.dash = s.step
	}
	if quotes[single] > quotes[double] {
		s.quote = single
	}
	return s
}

func most(counts map[int]int, otherwise int) int {
	best, n := otherwise, 0
	for v, c := range counts {
		if c > n || c == n && v < best {
			best, n = v, c
		}
	}
	return best
}
