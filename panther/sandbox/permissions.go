package sandbox

// Permission is a permission of a token, with the name used by Panther's API.
type Permission string

// The permissions that the sandbox's requests need. Globals and data models use those for rules.
const (
	RuleRead                   Permission = "RuleRead"
	RuleModify                 Permission = "RuleModify"
	PolicyRead                 Permission = "PolicyRead"
	PolicyModify               Permission = "PolicyModify"
	DataAnalyticsRead          Permission = "DataAnalyticsRead"
	DataAnalyticsModify        Permission = "DataAnalyticsModify"
	AlertRead                  Permission = "AlertRead"
	OrganizationAPITokenRead   Permission = "OrganizationAPITokenRead"
	OrganizationAPITokenModify Permission = "OrganizationAPITokenModify"
)

// AllPermissions returns all permissions of the sandbox, which its token has initially.
func AllPermissions() []Permission {
	return []Permission{AlertRead, DataAnalyticsModify, DataAnalyticsRead, OrganizationAPITokenModify, OrganizationAPITokenRead, PolicyModify,
		PolicyRead, RuleModify, RuleRead}
}
