package report

import "strings"

// maxOwners is the maximum number of owners that are named at one place.
const maxOwners = 5

// ownersText lists owners.
func ownersText(owners []string, q quoter) string {
	var out []string
	for i, o := range owners {
		if i == maxOwners {
			out = append(out, number(len(owners)-i)+" more")
			break
		}
		out = append(out, q(o, longestName))
	}
	return strings.Join(out, ", ")
}
