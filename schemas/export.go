package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Comment stands in every schema, and tells Export which files are pdac's own.
const Comment = "From pdac: 'pdac schemas export' writes this file anew, and changes made to it are lost."

// Exported says what Export did: the names of the files that it wrote, and of
// those that were as they should be.
type Exported struct{ Written, Unchanged []string }

// ForeignError names files that are in the way and that pdac did not write.
type ForeignError struct {
	Dir   string
	Names []string
}

// Error names the files and says what to do.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s holds %s, which pdac did not write; choose another folder, or use --force to replace what is there",
		e.Dir, strings.Join(e.Names, ", "))
}

// Export writes every schema into a folder, which is made if there is none. A
// file of the same name that isn't a schema of pdac, of this version or
// another, stops it before anything is written, with a *ForeignError, unless
// force is set. Each file is replaced as a whole or not at all.
func Export(dir string, force bool) (Exported, error) {
	var out Exported
	var todo []File
	var foreign []string
	for _, f := range Files() {
		old, err := os.ReadFile(filepath.Join(dir, f.Name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			todo = append(todo, f)
		case err != nil:
			return out, fmt.Errorf("look at the schema that is there: %w", err)
		case string(old) == f.Text:
			out.Unchanged = append(out.Unchanged, f.Name)
		default:
			if !ours(old) {
				foreign = append(foreign, f.Name)
			}
			todo = append(todo, f)
		}
	}
	if len(foreign) > 0 && !force {
		return Exported{}, &ForeignError{Dir: dir, Names: foreign}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return out, fmt.Errorf("make the folder for the schemas: %w", err)
	}
	for _, f := range todo {
		if err := replace(filepath.Join(dir, f.Name), f.Text); err != nil {
			return out, fmt.Errorf("write the schema %s: %w", f.Name, err)
		}
		out.Written = append(out.Written, f.Name)
	}
	return out, nil
}

func ours(text []byte) bool {
	var head struct {
		Comment string `json:"$comment"`
	}
	return json.Unmarshal(text, &head) == nil && head.Comment == Comment
}

func replace(path, text string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".pdac-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already where all went well
	_, err = tmp.WriteString(text)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
