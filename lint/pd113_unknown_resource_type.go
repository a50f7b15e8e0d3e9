package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
)

// rulePD113 finds policies for resource types that Panther doesn't scan.
func rulePD113() Rule {
	return Rule{
		ID: "PD113", Name: "unknown-resource-type", Severity: Warning,
		Doc: Doc{
			What: "`ResourceTypes` of a policy lists a resource type that Panther is not known to scan.",
			Why:  "Panther has no resources of an unknown type, so the policy silently checks nothing.",
			Bad: `
-- policies/bucket.yml --
AnalysisType: policy
PolicyID: Acme.Bucket
Enabled: true
Filename: bucket.py
ResourceTypes: [AWS.S3.Buckets]
Severity: Low
`,
			Good: `
-- policies/bucket.yml --
AnalysisType: policy
PolicyID: Acme.Bucket
Enabled: true
Filename: bucket.py
ResourceTypes: [AWS.S3.Bucket]
Severity: Low
`,
			Configure: "Add resource types that pdac doesn't know yet to the option `types`.",
		},
		Options: []Option{{Name: "types", Doc: "Additional resource types to accept.", Default: []string{}}},
		Spec:    pd113,
	}
}

// resourceTypes are the resource types that Panther scans (source: Panther's
// documentation of cloud resource attributes).
var resourceTypes = strings.Fields(`
	AWS.ACM.Certificate AWS.CloudFormation.Stack AWS.CloudTrail AWS.CloudTrail.Meta AWS.CloudWatch.LogGroup
	AWS.Config.Recorder AWS.Config.Recorder.Meta AWS.DynamoDB.Table AWS.EC2.AMI AWS.EC2.Instance AWS.EC2.NetworkACL
	AWS.EC2.SecurityGroup AWS.EC2.Volume AWS.EC2.VPC AWS.ECS.Cluster AWS.EKS.Cluster AWS.ELBV2.ApplicationLoadBalancer
	AWS.GuardDuty.Detector AWS.GuardDuty.Detector.Meta AWS.IAM.Group AWS.IAM.Policy AWS.IAM.Role AWS.IAM.RootUser
	AWS.IAM.User AWS.KMS.Key AWS.Lambda.Function AWS.PasswordPolicy AWS.RDS.Instance AWS.Redshift.Cluster AWS.S3.Bucket
	AWS.WAF.Regional.WebACL AWS.WAF.WebACL`)

func pd113(p *SpecPass) {
	known := slices.Concat(resourceTypes, p.Strings("types"))
	for _, t := range p.Facts.ResourceTypes {
		if t.Value == "" || slices.Contains(known, t.Value) {
			continue
		}
		f := p.Report(t.Range, "unknown resource type %q", t.Value)
		if near, ok := suggest.Nearest(t.Value, known); ok {
			f.Hint = "did you mean `" + near + "`?"
		} else {
			f.Hint = "if the type is correct, add it to the option `types` of this rule"
		}
	}
}
