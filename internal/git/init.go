package git

import (
	"path/filepath"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// Init makes a folder an empty repository whose first branch is main. go-git's own PlainInit would link all of its
// transports into the program, which then takes longer to start.
func Init(dir string) error {
	s := filesystem.NewStorage(osfs.New(filepath.Join(dir, gitName)), cache.NewObjectLRU(0))
	if err := s.Init(); err != nil {
		return err
	}
	if err := s.SetReference(plumbing.NewSymbolicReference(plumbing.HEAD, plumbing.NewBranchReferenceName("main"))); err != nil {
		return err
	}
	c, err := s.Config()
	if err != nil {
		return err
	}
	return s.SetConfig(c)
}
