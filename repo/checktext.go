package repo

import (
	"bytes"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// lfsPointer is how a file begins whose content Git LFS stores elsewhere.
var lfsPointer = []byte("version https://git-lfs.github.com/spec/")

// CheckText returns an error if the bytes of a file are not its text: they are not
// UTF-8, or they are a pointer of Git LFS.
func CheckText(src []byte) error {
	if bytes.HasPrefix(src, lfsPointer) {
		return &yamlcore.Error{Line: 1, Column: 1, Message: "the file is a Git LFS pointer, not its content; run git lfs pull (with actions/checkout: lfs: true)"}
	}
	return yamlcore.CheckText(src)
}

// conflictMarks matches the lines that git writes around the two sides of a merge
// conflict.
var conflictMarks = lazyregexp.New(`(?ms)^<<<<<<< .*?^=======\r?$.*?^>>>>>>> `)

// MergeConflict returns the line, counting from 1, where an unresolved merge
// conflict begins; 0 if the text has none.
func MergeConflict(text []byte) int {
	at := conflictMarks.FindIndex(text)
	if at == nil {
		return 0
	}
	return 1 + bytes.Count(text[:at[0]], []byte("\n"))
}

// ConflictMessage says what is wrong with a file that has a merge conflict.
const ConflictMessage = "the file has an unresolved merge conflict; resolve it"
