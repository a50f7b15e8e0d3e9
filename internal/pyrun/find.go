package pyrun

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Version is the version of a Python: major, minor, micro.
type Version [3]int

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

// The oldest versions: what the harness needs, and what Panther runs.
var (
	oldest  = Version{3, 10}
	Panther = Version{3, 11}
)

// Less reports whether a version is older than another one.
func (v Version) Less(o Version) bool {
	for i := range v {
		if v[i] != o[i] {
			return v[i] < o[i]
		}
	}
	return false
}

// Python is an interpreter that can run the harness.
type Python struct {
	// Path is where it was found, and Program the program itself, which a link or a
	// script at Path may start.
	Path, Program string
	Version       Version
}

// FindOptions says where to look for Python.
type FindOptions struct {
	// Named is the program that a person named, or "".
	Named string
	// Root is the repository's folder, whose .venv is used.
	Root   string
	Getenv func(string) string
	// Brought returns a Python that comes with the program, or ""; may be nil.
	Brought func() (string, error)
	// Known keeps what programs answered in earlier runs; may be nil.
	Known Known
}

// Known keeps what programs answered when they were asked for their version, which
// takes longer than all tests if a version manager is asked. Its keys change whenever the
// answer may.
type Known interface {
	Answer(key string) (text string, ok bool)
	Keep(key, text string)
}

// ErrNoPython is wrapped by the error of Find if no Python was found at all.
var ErrNoPython = errors.New("Python 3.11 or later was not found")

// Find returns the Python to use: the named one, that of PDAC_PYTHON, of the active
// virtual environment, of .venv in the repository, the one that comes with the program, or the
// newest on PATH.
func Find(ctx context.Context, o FindOptions) (*Python, error) {
	for _, named := range []struct{ by, path string }{{"--python", o.Named}, {"PDAC_PYTHON", o.Getenv("PDAC_PYTHON")}} {
		if named.path == "" {
			continue
		}
		path, err := lookPath(named.path, o.Getenv)
		if err != nil {
			return nil, fmt.Errorf("%s names %q, which is not a program; give the path of a python3", named.by, named.path)
		}
		p, err := probe(ctx, path, o)
		if err != nil {
			return nil, fmt.Errorf("%s names %q, which can't be used: %w", named.by, named.path, err)
		}
		return p, nil
	}
	programs, err := candidates(o)
	if err != nil {
		return nil, err
	}
	var refused []string
	for _, path := range programs {
		p, err := probe(ctx, path, o)
		if err == nil {
			return p, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		refused = append(refused, fmt.Sprintf("%s: %v", path, err))
	}
	if len(refused) > 0 {
		return nil, fmt.Errorf("%w (%s)", ErrNoPython, strings.Join(refused, "; "))
	}
	return nil, ErrNoPython
}

// candidates lists the programs to try, in order. Each exists.
func candidates(o FindOptions) (out []string, err error) {
	add := func(path string, err error) {
		if err == nil {
			out = append(out, path)
		}
	}
	for _, env := range []string{o.Getenv("VIRTUAL_ENV"), filepath.Join(o.Root, ".venv")} {
		if filepath.IsAbs(env) {
			add(lookPath(inEnvironment(env), o.Getenv))
		}
	}
	if o.Brought != nil {
		path, err := o.Brought()
		if err != nil {
			return nil, fmt.Errorf("unpack the Python of this program: %w", err)
		}
		if path != "" {
			return append(out, path), nil
		}
	}
	for _, name := range []string{"python3.13", "python3.12", "python3.11", "python3", "python"} {
		add(lookPath(name, o.Getenv))
	}
	return out, nil
}

// inEnvironment is the Python of a virtual environment.
func inEnvironment(dir string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(dir, "Scripts", "python.exe")
	}
	return filepath.Join(dir, "bin", "python3")
}

// lookPath is exec.LookPath for an environment that is passed in.
func lookPath(name string, getenv func(string) string) (string, error) {
	if strings.ContainsAny(name, `/\`) || runtime.GOOS == "windows" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", err
		}
		return filepath.Abs(path)
	}
	for _, dir := range filepath.SplitList(getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue // never a program of the current folder
		}
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// probe asks a program for its version, unless it is known.
func probe(ctx context.Context, path string, o FindOptions) (*Python, error) {
	key := probeKey(path, o.Getenv)
	if o.Known != nil && key != "" {
		if text, ok := o.Known.Answer(key); ok {
			if why, bad := strings.CutPrefix(text, "!"); bad {
				return nil, errors.New(why)
			}
			if p, err := read(path, text); err == nil && stat(p.Program) != "" {
				return p, nil
			}
		}
	}
	text, err := ask(ctx, path, o.Getenv)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var p *Python
	if err == nil {
		p, err = read(path, text)
	}
	if o.Known != nil && key != "" {
		if err != nil {
			text = "!" + err.Error()
		}
		o.Known.Keep(key, text)
	}
	return p, err
}

// read reads the answer of a program.
func read(path, answer string) (*Python, error) {
	parts := strings.SplitN(answer, " ", 4)
	p := &Python{Path: path, Program: path}
	for i := range p.Version {
		n, err := strconv.Atoi(parts[min(i, len(parts)-1)])
		if err != nil || len(parts) < 4 {
			return nil, errors.New("it does not answer as a Python does")
		}
		p.Version[i] = n
	}
	if p.Version.Less(oldest) {
		return nil, fmt.Errorf("it is Python %s, and detections need 3.11 or later", p.Version)
	}
	if filepath.IsAbs(parts[3]) {
		p.Program = parts[3]
	}
	return p, nil
}

// probeKey names all that decides what a program answers; "" if that can't be said. A
// script may start another program in each folder, as those of version managers do.
func probeKey(path string, getenv func(string) string) string {
	key := []string{path, stat(path)}
	f, err := os.Open(path)
	if err != nil || key[1] == "" {
		return ""
	}
	defer f.Close()
	start := make([]byte, 2)
	if _, err := io.ReadFull(f, start); err != nil || string(start) != "#!" {
		return strings.Join(key, "\x00")
	}
	key = append(key, getenv("PYENV_VERSION"), getenv("ASDF_PYTHON_VERSION"))
	folders := []string{getenv("PYENV_ROOT"), filepath.Join(getenv("HOME"), ".pyenv"), getenv("HOME")}
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	for ; filepath.Dir(here) != here; here = filepath.Dir(here) {
		folders = append(folders, here)
	}
	for _, dir := range folders {
		for _, name := range []string{".python-version", ".tool-versions", "version"} {
			if filepath.IsAbs(dir) {
				key = append(key, stat(filepath.Join(dir, name)))
			}
		}
	}
	return strings.Join(key, "\x00")
}

// stat names the state of a file; "" if there is none.
func stat(path string) string {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return ""
	}
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
}

// probeTime bounds how long a program may take to say its version.
const probeTime = 20 * time.Second

// ask starts a program to ask for its version.
func ask(ctx context.Context, path string, getenv func(string) string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	// Python 2 understands this too.
	cmd := exec.CommandContext(ctx, path, "-S", "-E", "-c", "import sys; sys.stdout.write('%d %d %d %s' % (sys.version_info[:3] + (sys.executable,)))")
	cmd.Env = environment(getenv)
	for _, name := range []string{"HOME", "PYENV_ROOT", "PYENV_VERSION", "ASDF_PYTHON_VERSION"} { // what starts the chosen one of several
		if v := getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err == nil {
		return string(out), nil
	}
	if text := strings.TrimSpace(stderr.String()); text != "" {
		text, _, _ = strings.Cut(text, "\n")
		return "", fmt.Errorf("it can't be started: %s", text[:min(len(text), 200)])
	}
	return "", fmt.Errorf("it can't be started: %w", err)
}
