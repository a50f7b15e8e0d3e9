//go:build !unix

package readfile

// NonBlock is a flag for os.OpenFile; this system has no named pipes that wait.
const NonBlock = 0
