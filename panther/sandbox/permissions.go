package sandbox

// Permission is what a token may do, named as Panther's API names it.
type Permission string

// The permissions that matter to the requests the sandbox knows. Globals and data models go with the rules'.
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

// AllPermissions returns every permission the sandbox knows, which is what its token has at first.
func AllPermissions() []Permission {
	return []Permission{AlertRead, DataAnalyticsModify, DataAnalyticsRead, OrganizationAPITokenModify, OrganizationAPITokenRead, PolicyModify,
		PolicyRead, RuleModify, RuleRead}
}
