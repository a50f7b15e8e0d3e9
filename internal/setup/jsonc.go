package setup

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// jsonc is a JSON text with comments and commas behind last entries, as VS Code reads it,
// and where its objects are.
type jsonc struct {
	text string
	top  object
}

// object is where an object is: its braces, and the values of its keys. after is the end of
// its last value, or of its opening brace.
type object struct {
	open, close, after int
	// comma is the end of the comma behind the last value, or 0.
	comma  int
	keys   []string
	values []jsonValue
}

type jsonValue struct {
	isObject bool
	object   object
}

// key returns the value of a key.
func (o object) key(name string) (jsonValue, bool) {
	for i, k := range o.keys {
		if k == name {
			return o.values[i], true
		}
	}
	return jsonValue{}, false
}

func (d jsonc) find(name string) (jsonValue, bool) { return d.top.key(name) }

// maxDepth limits nesting.
const maxDepth = 100

// parseJSONC reads a text whose value is an object.
func parseJSONC(text string) (jsonc, error) {
	p := &jsoncParser{text: text}
	p.space()
	if p.peek() != '{' {
		return jsonc{}, p.fail("expected an object")
	}
	top, err := p.object(0)
	if err != nil {
		return jsonc{}, err
	}
	if p.space(); p.at < len(text) {
		return jsonc{}, p.fail("unexpected text after the object")
	}
	return jsonc{text, top}, nil
}

// insert adds an entry at the end of an object, indented like the others.
func (d jsonc) insert(o object, entry string) string {
	indent := d.indent(o)
	entry = strings.ReplaceAll(entry, "\n", d.lineEnd()+indent[:max(0, len(indent)-2)])
	head, tail := d.text[:o.after], d.text[o.after:]
	switch {
	case o.comma > 0:
		head, tail = d.text[:o.comma], d.text[o.comma:]
	case len(o.keys) > 0:
		head += ","
	}
	closing := d.lineIndent(o.open)
	// A comment behind the last value stays on its line.
	rest := d.text[len(d.text)-len(tail) : o.close]
	if rest = strings.TrimRight(rest, " \t\r\n"); strings.TrimSpace(rest) != "" {
		head, tail = head+rest, d.text[o.close:]
	} else {
		tail = d.text[o.close:]
	}
	return head + d.lineEnd() + indent + entry + d.lineEnd() + closing + tail
}

func (d jsonc) lineEnd() string {
	if strings.Contains(d.text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// lineIndent returns the spaces in front of the line of an offset.
func (d jsonc) lineIndent(at int) string {
	line := d.text[strings.LastIndexByte(d.text[:at], '\n')+1:]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// indent returns the indentation of the entries of an object.
func (d jsonc) indent(o object) string {
	outer := d.lineIndent(o.open)
	_, lines, _ := strings.Cut(d.text[o.open+1:o.close], "\n")
	for line := range strings.SplitSeq(lines, "\n") {
		if rest := strings.TrimLeft(line, " \t"); strings.HasPrefix(rest, `"`) && len(line) > len(rest) {
			return line[:len(line)-len(rest)]
		}
	}
	return outer + "  "
}

type jsoncParser struct {
	text string
	at   int
}

func (p *jsoncParser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *jsoncParser) fail(what string) error {
	return fmt.Errorf("line %d: %s", 1+strings.Count(p.text[:min(p.at, len(p.text))], "\n"), what)
}

// space skips white space and comments.
func (p *jsoncParser) space() {
	for p.at < len(p.text) {
		rest := p.text[p.at:]
		switch {
		case strings.ContainsRune(" \t\r\n", rune(rest[0])):
			p.at++
		case strings.HasPrefix(rest, "//"):
			if n := strings.IndexByte(rest, '\n'); n >= 0 {
				p.at += n + 1
			} else {
				p.at = len(p.text)
			}
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return // the parser finds that it can't go on
			}
			p.at += n + 4
		case p.at == 0 && strings.HasPrefix(rest, "\ufeff"):
			p.at += len("\ufeff")
		default:
			return
		}
	}
}

func (p *jsoncParser) object(depth int) (object, error) {
	o := object{open: p.at}
	p.at++
	o.after = p.at
	for {
		p.space()
		if p.peek() == '}' {
			o.close = p.at
			p.at++
			return o, nil
		}
		if len(o.keys) > 0 && o.comma == 0 {
			return o, p.fail("expected a comma")
		}
		key, err := p.str()
		if err != nil {
			return o, err
		}
		if p.space(); p.peek() != ':' {
			return o, p.fail("expected a colon")
		}
		p.at++
		v, err := p.value(depth + 1)
		if err != nil {
			return o, err
		}
		o.keys, o.values, o.after, o.comma = append(o.keys, key), append(o.values, v), p.at, 0
		if p.space(); p.peek() == ',' {
			p.at++
			o.comma = p.at
		}
	}
}

func (p *jsoncParser) str() (string, error) {
	if p.peek() != '"' {
		return "", p.fail("expected a string")
	}
	for i := p.at + 1; i < len(p.text) && p.text[i] != '\n'; i++ {
		switch p.text[i] {
		case '\\':
			i++
		case '"':
			var out string
			if err := json.Unmarshal([]byte(p.text[p.at:i+1]), &out); err != nil {
				return "", p.fail("a string can't be read")
			}
			p.at = i + 1
			return out, nil
		}
	}
	return "", p.fail("a string is not closed")
}

var errDeep = errors.New("it is nested too deep")

func (p *jsoncParser) value(depth int) (jsonValue, error) {
	if depth > maxDepth {
		return jsonValue{}, errDeep
	}
	p.space()
	switch p.peek() {
	case '{':
		o, err := p.object(depth)
		return jsonValue{true, o}, err
	case '"':
		_, err := p.str()
		return jsonValue{}, err
	case '[':
		p.at++
		for n := 0; ; n++ {
			p.space()
			if p.peek() == ']' {
				p.at++
				return jsonValue{}, nil
			}
			if n > 0 {
				if p.peek() != ',' {
					return jsonValue{}, p.fail("expected a comma")
				}
				p.at++
				if p.space(); p.peek() == ']' {
					p.at++
					return jsonValue{}, nil
				}
			}
			if _, err := p.value(depth + 1); err != nil {
				return jsonValue{}, err
			}
		}
	}
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune(",]}/ \t\r\n", rune(p.text[p.at])) {
		p.at++
	}
	if !json.Valid([]byte(p.text[start:p.at])) {
		return jsonValue{}, p.fail("expected a value")
	}
	return jsonValue{}, nil
}
