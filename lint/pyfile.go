package lint

// PythonFile is a Python file, parsed once for all rules.
type PythonFile struct {
	Source *Source
}

// PythonFacts are what a Python file defines and uses.
type PythonFacts struct{}

func parsePython(src *Source) *PythonFile { return &PythonFile{Source: src} }

func pythonFacts(*PythonFile) *PythonFacts { return &PythonFacts{} }
