// Package house holds the tests of what concerns the repository as a whole: its
// folders, the direction of imports, and the words of its texts.
package house
