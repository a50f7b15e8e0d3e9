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
