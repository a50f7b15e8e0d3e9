//go:build !unix

package git_test

import "testing"

func makePipe(t *testing.T, path string) {
	t.Helper()
	t.Skip("there are no named pipes in folders on this system")
}
