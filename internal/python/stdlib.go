package python

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// stdlibModules is sys.stdlib_module_names of CPython 3.11, sorted, one a line.
//
//go:embed stdlib_modules.txt
var stdlibModules string

var stdlibNames = sync.OnceValue(func() []string { return strings.Fields(stdlibModules) })

// Stdlib reports whether name, which may have dots, is or belongs to a module of the
// standard library of Python 3.11, on any platform.
func Stdlib(name string) bool {
	top, _, _ := strings.Cut(name, ".")
	_, found := slices.BinarySearch(stdlibNames(), top)
	return found
}

// stdlibTable has a line for each module of CPython 3.11 on Linux, and for the classes of
// datetime: its name, and the names that dir returns for it. testdata/stdlib_names.py
// writes it. Modules that compute their names are not in it.
//
//go:embed stdlib_names.txt
var stdlibTable string

// StdlibNames returns the names of a module of the standard library, sorted. It returns
// nil if they are unknown.
func StdlibNames(module string) []string {
	start := 0
	if !strings.HasPrefix(stdlibTable, module+" ") {
		start = strings.Index(stdlibTable, "\n"+module+" ") + 1
	}
	if module == "" || start == 0 && !strings.HasPrefix(stdlibTable, module+" ") {
		return nil
	}
	line, _, _ := strings.Cut(stdlibTable[start:], "\n")
	return strings.Fields(line)[1:]
}
