package python

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// oracle is a running CPython that answers what its own parser makes of a text.
type oracle struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	Version [2]int
	Stdlib  string
}

// answer is what CPython says about one file. Digest is that of ast.dump.
type answer struct {
	OK     bool
	Kind   string
	Msg    string
	Line   int
	Col    int
	Digest string
	Dump   string
}

// oracleProgram reads lines of JSON (a path or a text) and answers each with one.
const oracleProgram = `
import ast, hashlib, json, sys, sysconfig, warnings
warnings.simplefilter("ignore")
sys.set_int_max_str_digits(0)
print(json.dumps([list(sys.version_info[:2]), sysconfig.get_paths()["stdlib"]]), flush=True)
for line in sys.stdin:
    q = json.loads(line)
    if q.get("Path"):
        with open(q["Path"], "rb") as f: src = f.read()
    else:
        src = q["Text"].encode("utf-8", "surrogatepass")
    a = {"OK": True}
    try:
        compile(src, "x.py", "exec", dont_inherit=True)
        if q.get("Dump") != "no":
            dump = ast.dump(ast.parse(src), include_attributes=True)
            a["Digest"] = hashlib.sha256(dump.encode("utf-8", "surrogatepass")).hexdigest()
            if q.get("Dump") == "full": a["Dump"] = dump
    except SyntaxError as e:
        a = {"OK": False, "Kind": type(e).__name__, "Msg": e.msg, "Line": e.lineno or 0, "Col": e.offset or 0}
    except Exception as e:
        a = {"OK": False, "Kind": type(e).__name__, "Msg": str(e), "Line": 0}
    sys.stdout.write(json.dumps(a) + "\n")
    sys.stdout.flush()
`

// startOracle runs the python3 in the path, which has to be a 3.11: trees, messages
// and what is accepted change between versions.
func startOracle(t *testing.T) *oracle {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 in PATH: nothing to compare with")
	}
	o := &oracle{cmd: exec.Command(path, "-I", "-X", "utf8", "-c", oracleProgram)}
	o.cmd.Stderr = os.Stderr
	o.in, _ = o.cmd.StdinPipe()
	out, _ := o.cmd.StdoutPipe()
	o.out = bufio.NewReaderSize(out, 1<<20)
	if err := o.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	t.Cleanup(func() {
		o.in.Close()
		if err := o.cmd.Wait(); err != nil {
			t.Errorf("python3 ended with %v", err)
		}
	})
	var hello [2]json.RawMessage
	line, err := o.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &hello)
	}
	if err == nil {
		err = json.Unmarshal(hello[0], &o.Version)
	}
	if err == nil {
		err = json.Unmarshal(hello[1], &o.Stdlib)
	}
	if err != nil {
		t.Fatalf("python3's greeting %q: %v", line, err)
	}
	if o.Version != [2]int{3, 11} {
		t.Skipf("python3 is %d.%d; the comparison is made with 3.11, whose grammar and messages this package follows", o.Version[0], o.Version[1])
	}
	return o
}

type question struct {
	Path, Text, Dump string
}

// ask streams questions and gives each answer, in order, to got.
func (o *oracle) ask(t *testing.T, questions []question, got func(i int, a answer)) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		w := bufio.NewWriterSize(o.in, 1<<20)
		enc := json.NewEncoder(w)
		for _, q := range questions {
			if err := enc.Encode(q); err != nil {
				done <- err
				return
			}
		}
		done <- w.Flush()
	}()
	for i := range questions {
		line, err := o.out.ReadBytes('\n')
		if err != nil {
			t.Fatalf("python3 gave no answer to %+v: %v", questions[i].Path, err)
		}
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("python3's answer %.200q: %v", line, err)
		}
		got(i, a)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// pythonFiles lists the .py files below root, without installed packages.
func pythonFiles(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "site-packages" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() && strings.HasSuffix(path, ".py") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// compareFiles asks both readers about every file and compares verdict, error line
// and, where sample is 1 or divides its index, the whole tree.
func compareFiles(t *testing.T, o *oracle, files []string, sample int) {
	t.Helper()
	questions := make([]question, len(files))
	for i, f := range files {
		questions[i].Path = f
		if i%sample != 0 {
			questions[i].Dump = "no"
		}
	}
	var bytes, trees, rejected, wrong int
	o.ask(t, questions, func(i int, a answer) {
		src, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		bytes += len(src)
		m, err := Parse(src, Options{Strict311: true})
		complain := func(format string, args ...any) {
			if wrong++; wrong <= 20 {
				t.Errorf("%s: %s", files[i], fmt.Sprintf(format, args...))
			}
		}
		if !a.OK {
			rejected++
			e, _ := err.(*SyntaxError)
			switch {
			case e == nil:
				complain("accepted; CPython says line %d: %s", a.Line, a.Msg)
			case strings.Contains(a.Msg, "codec can't decode") && e.Line == a.Line && strings.Contains(e.Msg, "codec can't decode"):
				// CPython counts the position from the token's start, pdac from the file's.
			case e.Line != a.Line || e.Msg != a.Msg:
				complain("error on line %d, %q; CPython says line %d, %q", e.Line, e.Msg, a.Line, a.Msg)
			}
			return
		}
		if err != nil {
			complain("%v; CPython accepts it", err)
			return
		}
		if a.Digest == "" {
			return
		}
		trees++
		if dump := Dump(m); digest(dump) != a.Digest {
			complain("the trees differ: %s", firstDifference(files[i], dump))
		}
	})
	if wrong > 20 {
		t.Errorf("and %d more", wrong-20)
	}
	t.Logf("%d files, %d bytes, %d rejected by CPython, %d trees compared", len(files), bytes, rejected, trees)
}

// firstDifference shows where a dump leaves CPython's, asking once more.
func firstDifference(path, dump string) string {
	const program = `
import ast, sys
sys.stdout.buffer.write(ast.dump(ast.parse(open(sys.argv[1], "rb").read()), include_attributes=True).encode("utf-8", "surrogatepass"))`
	want, err := exec.Command("python3", "-I", "-W", "ignore", "-c", program, path).Output()
	if err != nil {
		return err.Error()
	}
	i := 0
	for i < len(want) && i < len(dump) && want[i] == dump[i] {
		i++
	}
	from := max(0, i-200)
	return fmt.Sprintf("\nhere:    …%s\nCPython: …%s", dump[from:min(len(dump), i+150)], want[from:min(len(want), i+150)])
}

// aboutGrammar are the files of CPython's test suite that were written to try its
// parser and compiler.
var aboutGrammar = regexp.MustCompile(`^(bad|test)_?.*(syntax|gramma|token|patma|fstring|string_literals|named_expr|positional|unpack|coding|source_encoding|future|scope|keyword|async|ast|compile|indent|unicode_ident|exceptions).*\.py$`)

// TestStandardLibrary compares files of CPython's own library and test suite:
// verdict, message and line, and the tree of every fourth. ast.dump is slow:
// PDAC_PYTHON_FULL=1 compares every file and every tree, and without it every
// third file is taken, and those that test the grammar.
func TestStandardLibrary(t *testing.T) {
	o := startOracle(t)
	if os.Getenv("PDAC_PYTHON_FULL") == "1" {
		compareFiles(t, o, pythonFiles(t, o.Stdlib), 1)
		return
	}
	var files []string
	every := 3
	if testing.Short() {
		every = 60
	}
	for i, f := range pythonFiles(t, o.Stdlib) {
		if i%every == 0 || aboutGrammar.MatchString(filepath.Base(f)) {
			files = append(files, f)
		}
	}
	compareFiles(t, o, files, 4)
}

// TestCorpus does the same, in full, for the files below PDAC_CORPUS.
func TestCorpus(t *testing.T) {
	root := os.Getenv("PDAC_CORPUS")
	if root == "" {
		t.Skip("PDAC_CORPUS names no directory of Python files")
	}
	compareFiles(t, startOracle(t), pythonFiles(t, root), 1)
}
