package git

import "context"

// fileObject is a file that git stores.
type fileObject struct {
	// path is relative to the tree's root.
	path string
	hash string
	link bool
	// nested says that it isn't a file but a submodule.
	nested bool
}

// engine reads and writes git's own data. It is safe for concurrent use.
type engine interface {
	// resolve returns the full hash of the commit that a revision names.
	resolve(ctx context.Context, rev string) (string, error)
	// head returns HEAD's commit, or "" before the first one.
	head(ctx context.Context) (string, error)
	// ref returns the commit that a ref names, or "" if there is no such ref.
	ref(ctx context.Context, name string) (string, error)
	// refs lists the names of the refs below another name, sorted.
	refs(ctx context.Context, below string) ([]string, error)
	// files lists what a commit holds below the tree's root, without hidden files.
	files(ctx context.Context, commit string) ([]fileObject, error)
	// staged lists what the index holds there, without what is only to be added
	// later ("git add -N").
	staged(ctx context.Context) ([]fileObject, error)
	// skipped lists what the index holds there and a sparse checkout omits from
	// the working tree.
	skipped(ctx context.Context) ([]fileObject, error)
	// blob reads a file's content. A SizeError names no path.
	blob(ctx context.Context, hash string, limit int64) ([]byte, error)
	// commit reads a commit.
	commit(ctx context.Context, hash string) (LogEntry, error)
	// log visits a commit and its ancestors, the newest first, until visit
	// returns false; at most limit commits unless that is 0.
	log(ctx context.Context, start string, limit int, visit func(LogEntry) (more bool, err error)) error
	// steps does the same with what each commit changed of some paths. The
	// function may add paths to those wanted, for the commits that follow.
	steps(ctx context.Context, r stepRange, wanted map[string]bool, visit func(step) (more bool, err error)) error

	// relate compares the histories of two commits, which are here. edge are the
	// commits at which a shallow clone is cut off.
	relate(ctx context.Context, ours, theirs string, edge map[string]bool) (Relation, error)

	// missing returns those of some objects that aren't stored here.
	missing(ctx context.Context, hashes []string) ([]string, error)
	// storeBlobs stores the contents of files.
	storeBlobs(ctx context.Context, contents [][]byte) error
	// storeTrees lends a way to store folders, those inside others first.
	storeTrees(ctx context.Context, use func(storeTree) error) error
	// listFolder returns what a stored folder holds.
	listFolder(ctx context.Context, hash string) ([]treeEntry, error)
	// storeCommit stores a commit.
	storeCommit(ctx context.Context, body []byte) (hash string, err error)
	// moveRef sets a ref to a commit if it names old ("" if there is no such
	// ref); otherwise the error is ErrRefMoved.
	moveRef(ctx context.Context, name, commit, old string) error
	// deleteRef deletes a ref if it names old; otherwise the error is ErrRefMoved.
	deleteRef(ctx context.Context, name, old string) error

	close() error
}
