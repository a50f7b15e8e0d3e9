package yamledit

// style is how a text is written for the most part, so that what is added
// looks like the rest.
type style struct {
	// step is how far mappings are indented, dash how far the dashes of a list
	// stand from the key above them.
	step, dash int
	quote      form
	// padded says that braces have a space inside.
	padded bool
}

// habits counts how the document is written.
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
