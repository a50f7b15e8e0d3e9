package sandbox

import (
	"slices"
	"strings"
)

// Permission is a permission of a token, with the name used by Panther's API.
type Permission string

// The permissions that the sandbox's requests need. Globals need those for rules or those for policies.
const (
	RuleRead                   Permission = "RuleRead"
	RuleModify                 Permission = "RuleModify"
	PolicyRead                 Permission = "PolicyRead"
	PolicyModify               Permission = "PolicyModify"
	DataAnalyticsRead          Permission = "DataAnalyticsRead"
	DataAnalyticsModify        Permission = "DataAnalyticsModify"
	LogSourceRead              Permission = "LogSourceRead"
	LogSourceModify            Permission = "LogSourceModify"
	AlertRead                  Permission = "AlertRead"
	UserRead                   Permission = "UserRead"
	SummaryRead                Permission = "SummaryRead"
	OrganizationAPITokenRead   Permission = "OrganizationAPITokenRead"
	OrganizationAPITokenModify Permission = "OrganizationAPITokenModify"
)

// AllPermissions returns all permissions of the sandbox, which its token has initially.
func AllPermissions() []Permission {
	former := formerPermissions()
	return append(former[len(former)-1], SummaryRead)
}

// formerPermissions are those that the tokens of older sandboxes had initially. In the first, data models needed those
// for rules.
func formerPermissions() [][]Permission {
	first := []Permission{AlertRead, DataAnalyticsModify, DataAnalyticsRead, OrganizationAPITokenModify, OrganizationAPITokenRead, PolicyModify,
		PolicyRead, RuleModify, RuleRead}
	second := append(slices.Clone(first), LogSourceModify, LogSourceRead)
	return [][]Permission{first, second, append(slices.Clone(second), UserRead)}
}

// need is what a request needs: one of some permissions, or nothing.
type need []Permission

// metBy reports whether a token's permissions are enough.
func (n need) metBy(held []Permission) bool {
	return len(n) == 0 || slices.ContainsFunc(n, func(p Permission) bool { return slices.Contains(held, p) })
}

func (n need) String() string {
	out := make([]string, len(n))
	for i, p := range n {
		out[i] = string(p)
	}
	return strings.Join(out, " or ")
}
