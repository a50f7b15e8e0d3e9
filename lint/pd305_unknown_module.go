package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/repo"
)

// runtimeModules are the modules that Panther installs for detections, with their
// dependencies (source: Panther's documentation of its runtime, and the imports
// of its own content).
var runtimeModules = []string{
	"boto3", "botocore", "dateutil", "jmespath", "jsonpath_ng", "panther_core", "panther_detection_helpers", "ply", "policyuniverse",
	"pycountry", "requests", "s3transfer", "typing_extensions", "urllib3", "certifi", "idna", "charset_normalizer", "six",
}

// managedGlobals are the ids of the globals in Panther's own packs. A tenant can
// have them although the repository doesn't.
var managedGlobals = []string{
	"panther", "panther_anthropic_helpers", "panther_asana_helpers", "panther_auth0_helpers", "panther_aws_helpers",
	"panther_azureactivity_helpers", "panther_azuresignin_helpers", "panther_base_helpers", "panther_box_helpers",
	"panther_cloudflare_helpers", "panther_config", "panther_config_defaults", "panther_config_overrides",
	"panther_crowdstrike_event_streams_helpers", "panther_crowdstrike_fdr_helpers", "panther_databricks_helpers", "panther_default",
	"panther_docusign_helpers", "panther_duo_helpers", "panther_event_type_helpers", "panther_gcp_helpers", "panther_github_helpers",
	"panther_greynoise_helpers", "panther_gsuite_helpers", "panther_iocs", "panther_ipinfo_helpers", "panther_kubernetes_helpers",
	"panther_lookuptable_helpers", "panther_misp_helpers", "panther_mongodb_helpers", "panther_msft_helpers", "panther_notion_helpers",
	"panther_okta_helpers", "panther_oss_helpers", "panther_otx_helpers", "panther_proofpoint_helpers", "panther_slack_helpers",
	"panther_snowflake_helpers", "panther_snyk_helpers", "panther_sublime_helpers", "panther_tailscale_helpers",
	"panther_thinkstcanary_helpers", "panther_tines_helpers", "panther_tor_helpers", "panther_type_hints", "panther_upwind_helpers",
	"panther_wiz_helpers", "panther_zendesk_helpers", "panther_zoom_helpers", "panther_zscaler_helpers",
}

// rulePD305 finds imports of unknown modules.
func rulePD305() Rule {
	return Rule{
		ID: "PD305", Name: "unknown-module", Severity: Error, Broken: true,
		Doc: Doc{
			What: "The Python file of a spec imports a module that is not a global of the repository, not in Python's standard library, and not installed in Panther.",
			Why:  "The import fails in Panther, so the detection fails on every event.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
from acme_identty import is_admin


def rule(event):
    return is_admin(event.get("user"))
-- global_helpers/acme_identity.yml --
AnalysisType: global
GlobalID: acme_identity
Filename: acme_identity.py
-- global_helpers/acme_identity.py --
def is_admin(user):
    return user == "root"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
from acme_identity import is_admin


def rule(event):
    return is_admin(event.get("user"))
-- global_helpers/acme_identity.yml --
AnalysisType: global
GlobalID: acme_identity
Filename: acme_identity.py
-- global_helpers/acme_identity.py --
def is_admin(user):
    return user == "root"
`,
			Configure: "`modules` lists the modules that are installed in Panther; `more_modules` adds to that list, for example a library that only your tenant has. If the repository has no copy of any global of Panther's own packs, all of them count as available. If it has copies of some, every such import needs its copy. Imports inside a `try` with a handler are not checked.",
		},
		Options: []Option{
			{Name: "modules", Doc: "Modules that are installed in Panther.", Default: runtimeModules},
			{Name: "more_modules", Doc: "Additional modules that your tenant has.", Default: []string(nil)},
		},
		CollectPython: pd305Collect,
		Repo:          pd305,
	}
}

// pd305Collect collects the modules that a file imports, with the range of each
// name. Value is "relative" for relative imports. Imports that may fail are not
// included.
func pd305Collect(p *PythonPass) (out []Fact) {
	if p.module() == nil {
		return nil
	}
	add := func(module string, from, to int, value string) {
		at := p.File.rangeOf(python.Span{Start: int32(from), Stop: int32(to)})
		out = append(out, Fact{Name: strings.Clone(module), Value: value, Range: at})
	}
	var visit func(n python.Node)
	visit = func(n python.Node) {
		switch n := n.(type) {
		case python.Expr:
			return
		case *python.Try:
			if len(n.Handlers) > 0 {
				for _, h := range n.Handlers {
					visit(h)
				}
				for _, s := range slices.Concat(n.Orelse, n.Finalbody) {
					visit(s)
				}
				return
			}
		case *python.If:
			if typesOnly(n) {
				for _, s := range n.Orelse {
					visit(s)
				}
				return
			}
		case *python.Import:
			for _, a := range n.Names {
				add(a.Name, a.Pos(), min(a.Pos()+len(a.Name), a.End()), "")
			}
		case *python.ImportFrom:
			text := p.File.text(n)
			value, name := "", n.Module
			if n.Level > 0 {
				value, name = "relative", "."
			}
			if i := strings.Index(text, name); i >= 0 {
				add(n.Module, n.Pos()+i, n.Pos()+i+len(name), value)
			}
		}
		python.Children(n, visit)
	}
	visit(p.module())
	return out
}

// typesOnly reports whether a statement is "if TYPE_CHECKING:", whose body never runs.
func typesOnly(n *python.If) bool {
	switch t := n.Test.(type) {
	case *python.Name:
		return t.ID == "TYPE_CHECKING"
	case *python.Attribute:
		return t.Attr == "TYPE_CHECKING"
	}
	return false
}

func pd305(p *RepoPass) {
	installed := slices.Concat(p.Strings("modules"), p.Strings("more_modules"))
	ids := p.IDs(repo.TypeGlobal.IDKey())
	copies := slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(managedGlobals, id) })
	for f := range p.bodyFiles() {
		for _, imp := range p.Collected(f) {
			if imp.Value == "relative" {
				p.reportBody(f, imp.Range, "relative import, but detections are not in a package in Panther").Hint = "import the global by its GlobalID"
				continue
			}
			top, _, _ := strings.Cut(imp.Name, ".")
			if p.Global(top) != nil || python.Stdlib(top) || slices.Contains(installed, top) || !copies && slices.Contains(managedGlobals, top) {
				continue
			}
			if p.onlySkipped(f, imp.Range, "global", repo.TypeGlobal.IDKey(), top) {
				continue
			}
			out := p.reportBody(f, imp.Range, "unknown module %q: it is not a global of this repository, and not part of Python or Panther", top)
			out.Key = top
			if near, ok := p.nearest(top, ids); ok {
				out.Hint = fmt.Sprintf("did you mean %q?", near)
			} else {
				out.Hint = "add a global with that GlobalID, or add the module to the option more_modules if Panther has it"
			}
		}
	}
}

// bodyFiles returns the parsed Python files that specs use.
func (r *Repository) bodyFiles() func(func(*Facts) bool) {
	return func(yield func(*Facts) bool) {
		for f := range r.Pythons() {
			if f.Python.Parsed && len(r.NamedBy(f.Path)) > 0 && !yield(f) {
				return
			}
		}
	}
}

// reportBody adds a finding in the Python file of a spec.
func (p *RepoPass) reportBody(f *Facts, at Range, format string, args ...any) *Finding {
	out := p.Report(f, at, format, args...)
	if specs := p.NamedBy(f.Path); len(specs) > 0 {
		out.Entity = specs[0].Spec.ID.Value
	}
	return out
}
