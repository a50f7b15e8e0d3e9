package detection

// ParsePath parses a path such as a.b[0].c, as data models have them too. The error is
// a *PathError.
func ParsePath(s string) ([]Step, error) { return parsePath(s) }
