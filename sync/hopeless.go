package sync

import "github.com/pdac-dev/pdac/panther"

// hopelessAPI returns the reason why no other call can succeed after an error; ""
// if others may.
func hopelessAPI(err error) string {
	switch {
	case panther.TokenRefused(err):
		return "Panther does not accept the API token"
	case panther.Unreachable(err):
		return "Panther can't be reached"
	}
	return ""
}
