package house

import (
	"flag"
	"fmt"
	"go/scanner"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the glossary of CONTRIBUTING.md, and NOTICE")

// A word of the glossary: what to say, what not to say, and the expression that
// finds it. An expression must find no honest use; leave it empty where none can
// tell the two apart.
type word struct {
	say, not, find string
}

// glossary is the list of plain words; CONTRIBUTING.md shows it.
var glossary = []word{
	{"compare with", "hold against", `\b(hold|holds|held|holding)\b[^.;:]{0,60}\bagainst\b`},
	{"fix", "mend", `\bmend(s|ed|ing)?\b`},
	{"report, show, say; reports whether (of functions)", "is told, tells whether", `\btells\b|\btold\b`},
	{"record, recorded", "remember, memory of deployments", `\bremember(s|ed|ing)?\b`},
	{"expensive, slow", "dear", `\bdear(er|est|ly)?\b`},
	{"unknown, missing, does not exist", "that there isn't", `\bthat there (isn't|aren't|is not|are not|wasn't|weren't)\b`},
	{"not found, not available", "not to be had", `\bto be had\b`},
	{"cannot determine", "nobody can tell, nobody knows", `\bnobody (can|could) (tell|say)\b|\bnobody knows\b`},
	{"is set to, is listed in, is defined in", "stands in", `\b(stands?|stood) (in|there|here|beside|behind|after|before|at the|as it|as they)\b`},
	{"is in (of files)", "lies in", `\blies? (in|beside|outside|under|below|inside)\b`},
	{"changed only in the console", "changed in the console alone", `\bconsole alone\b`},
	{"skipped", "passed over", `\b(passed|passes) over\b`},
	{"again, new", "anew", `\banew\b`},
	{"by itself", "of itself", `\bof itself\b`},
	{"returns (of functions)", "gives", ""},
	{"may, might", "most likely … all the same", ""},
	{"no … was found", "there is none", ""},
	{"later, earlier", "since, before (on their own)", ""},
}

// exempt are the files that quote what is not said, and texts of others.
var exempt = []string{"internal/house/words_test.go", "LICENSE"}

// TestWords finds words of the glossary that are not said in comments and strings
// of Go files, in documents, help, schemas, scripts and settings.
func TestWords(t *testing.T) {
	checked := 0
	for _, file := range files(t) {
		if slices.Contains(exempt, file) || strings.Contains("/"+file, "/testdata/") {
			continue
		}
		src, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		texts := []text{{1, string(src)}}
		switch ext := path.Ext(file); {
		case ext == ".go":
			texts = goTexts(src)
		case file == "CONTRIBUTING.md":
			before, after, ok := cutGlossary(string(src))
			if !ok {
				t.Fatal("CONTRIBUTING.md has no glossary")
			}
			texts = []text{{1, before}, {1 + strings.Count(string(src), "\n") - strings.Count(after, "\n"), after}}
		case slices.Contains([]string{".md", ".yml", ".yaml", ".json", ".html"}, ext), path.Base(file) == "Makefile", strings.HasPrefix(file, ".ci/"):
		default:
			continue
		}
		checked++
		for _, x := range texts {
			for _, found := range find(x.text) {
				t.Errorf("%s:%d: %q; say: %s", file, x.line+found.line, found.text, found.say)
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d files were checked", checked)
	}
}

// TestWordsAreFound makes sure that each expression finds what it is about, and
// no honest use.
func TestWordsAreFound(t *testing.T) {
	for _, w := range glossary {
		first, _, _ := strings.Cut(w.not, ",")
		if w.find != "" && len(find("It "+first+" here.")) == 0 && len(find("It is held against the file.")) == 0 {
			t.Errorf("the expression of %q does not find it", w.not)
		}
		if found := find(w.say); len(found) > 0 {
			t.Errorf("%q is to be said, and is found as %q", w.say, found[0].text)
		}
	}
	for _, honest := range []string{
		"hold the lock", "a test against Panther", "amend the commit", "the endear", "stands for any text", "one pass over the file",
		"the reader outside", "earlier", "a standing order", "that there is a file", "renewed",
	} {
		if found := find(honest); len(found) > 0 {
			t.Errorf("%q is found in %q", found[0].text, honest)
		}
	}
	if found := find("a value\nof itself"); len(found) != 1 || found[0].line != 1 {
		t.Errorf("got %v", found)
	}
	if got := goTexts([]byte("package p\n\n// mend\n// it\nvar mend = `a\ndear`\n")); len(got) != 2 || got[0] != (text{3, " mend\n it\n"}) || got[1] != (text{5, "`a\ndear`"}) {
		t.Errorf("got %v", got)
	}
}

// text is a piece of prose with the line of its beginning.
type text struct {
	line int
	text string
}

type finding struct {
	line      int
	text, say string
}

var expressions = func() []*regexp.Regexp {
	out := make([]*regexp.Regexp, len(glossary))
	for i, w := range glossary {
		if w.find != "" {
			// A text may break its lines anywhere.
			out[i] = regexp.MustCompile("(?i)" + strings.ReplaceAll(w.find, " ", `\s+`))
		}
	}
	return out
}()

func find(s string) []finding {
	var out []finding
	for i, re := range expressions {
		if re == nil {
			continue
		}
		for _, at := range re.FindAllStringIndex(s, -1) {
			out = append(out, finding{strings.Count(s[:at[0]], "\n"), s[at[0]:at[1]], glossary[i].say})
		}
	}
	return out
}

// goTexts returns the comments and strings of a Go file. Comments of consecutive
// lines are one text.
func goTexts(src []byte) []text {
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, scanner.ScanComments)
	var out []text
	next := 0 // the line that continues the comment before
	for {
		pos, tok, lit := s.Scan()
		line := file.Line(pos)
		switch {
		case tok == token.EOF:
			return out
		case tok == token.COMMENT && strings.HasPrefix(lit, "//"):
			lit = strings.TrimPrefix(lit, "//") + "\n"
			if line == next {
				out[len(out)-1].text += lit
			} else {
				out = append(out, text{line, lit})
			}
			next = line + 1
		case tok == token.COMMENT || tok == token.STRING:
			out = append(out, text{line, lit})
		}
	}
}

const glossaryBegin, glossaryEnd = "<!-- glossary: written by \"make docs\" -->\n", "<!-- end of the glossary -->\n"

// cutGlossary returns what is before and after the glossary of CONTRIBUTING.md.
func cutGlossary(page string) (before, after string, ok bool) {
	before, rest, ok := strings.Cut(page, glossaryBegin)
	_, after, ok2 := strings.Cut(rest, glossaryEnd)
	return before, after, ok && ok2
}

// TestGlossary compares the table of CONTRIBUTING.md with the list; -update
// writes it.
func TestGlossary(t *testing.T) {
	path := filepath.Join(root, "CONTRIBUTING.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, after, ok := cutGlossary(string(page))
	if !ok {
		t.Fatalf("CONTRIBUTING.md lacks the lines %q and %q", glossaryBegin, glossaryEnd)
	}
	var b strings.Builder
	b.WriteString("\n| say | not |\n|---|---|\n")
	for _, w := range glossary {
		fmt.Fprintf(&b, "| %s | %s |\n", w.say, w.not)
	}
	b.WriteString("\n")
	want := before + glossaryBegin + b.String() + glossaryEnd + after
	switch {
	case string(page) == want:
	case *update:
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("the glossary of CONTRIBUTING.md is stale; renew it with: make docs")
	}
}
