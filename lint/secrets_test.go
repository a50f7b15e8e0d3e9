package lint

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// jumble makes a text that looks like a secret, so that none is in the source.
func jumble(n int, alphabet string) string {
	r := rand.New(rand.NewPCG(uint64(n), uint64(len(alphabet))))
	var b strings.Builder
	for b.Len() < n {
		b.WriteByte(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

const (
	letterSet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alnumSet  = letterSet + "0123456789"
	hexDigits = "0123456789abcdef"
	base32Set = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

func TestFindSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"AKIA" + jumble(16, base32Set):                                                            "the id of an AWS access key",
		"aws_secret_access_key = \"" + jumble(40, alnumSet) + "\"":                                "an AWS secret key",
		"SecretAccessKey: " + jumble(40, alnumSet) + "\n":                                         "an AWS secret key",
		"ghs_" + jumble(36, alnumSet):                                                             "a GitHub token",
		"github_pat_" + jumble(22, alnumSet) + "_" + jumble(59, alnumSet):                         "a GitHub token",
		"glpat-" + jumble(20, alnumSet):                                                           "a GitLab token",
		"xoxb-123904857612-" + jumble(24, alnumSet):                                               "a Slack token",
		"xapp-1-" + jumble(11, base32Set) + "-9182736450192-" + jumble(64, hexDigits):             "a Slack token",
		"https://hooks.slack.com/services/" + jumble(45, alnumSet):                                "the URL of a Slack webhook",
		"AIza" + jumble(35, alnumSet):                                                             "a Google API key",
		"sk_live_" + jumble(24, alnumSet):                                                         "a Stripe key",
		"SG." + jumble(22, alnumSet) + "." + jumble(43, alnumSet):                                 "a SendGrid key",
		"sk-ant-api03-" + jumble(93, alnumSet):                                                    "an Anthropic key",
		"sk-" + jumble(20, alnumSet) + "T3BlbkFJ" + jumble(20, alnumSet):                          "an OpenAI key",
		"npm_" + jumble(36, alnumSet):                                                             "an npm token",
		"pypi-AgEI" + jumble(60, alnumSet):                                                        "a PyPI token",
		"hf_" + jumble(34, letterSet):                                                             "a Hugging Face token",
		"dapi" + jumble(32, hexDigits):                                                            "a Databricks token",
		"dop_v1_" + jumble(64, hexDigits):                                                         "a DigitalOcean token",
		"hvs." + jumble(90, alnumSet):                                                             "a Vault token",
		"glsa_" + jumble(32, alnumSet) + "_" + jumble(8, hexDigits):                               "a Grafana token",
		"ATATT3xFfGF0" + jumble(180, alnumSet):                                                    "an Atlassian token",
		"shpat_" + jumble(32, hexDigits):                                                          "a Shopify token",
		"NRAK-" + jumble(27, base32Set):                                                           "a New Relic key",
		"PMAK-" + jumble(24, hexDigits) + "-" + jumble(34, hexDigits):                             "a Postman key",
		"ntn_" + "90817263544" + jumble(35, alnumSet):                                             "a Notion token",
		"lin_api_" + jumble(40, alnumSet):                                                         "a Linear key",
		"AGE-SECRET-KEY-1" + jumble(58, base32Set):                                                "",
		"eyJ" + jumble(20, alnumSet) + ".eyJ" + jumble(40, alnumSet) + "." + jumble(43, alnumSet): "a JSON web token",
		"postgres://bob:" + jumble(12, alnumSet) + "@db.acme.io/x":                                "a password in a URL",
		"-----BEGIN EC PRIVATE KEY-----\n" + jumble(64, alnumSet) + "\n":                          "a private key",
		`"-----BEGIN PRIVATE KEY-----\n` + jumble(64, alnumSet) + `\n"`:                           "a private key",
		"-----BEGIN CERTIFICATE-----\n" + jumble(64, alnumSet):                                    "",
		"api_key = '" + jumble(26, alnumSet) + "'":                                                "a secret in an assignment",
		"Password: str = \"" + jumble(16, hexDigits) + "\"":                                       "a secret in an assignment",
		"digest = '" + jumble(24, alnumSet) + "'":                                                 "",
		"token_url = 'https://login.example.com/oauth2/v2.0/token'":                               "",
		"secret = 'prod/acme/key-2024-01-31'":                                                     "",
		"AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY":                           "",
		"secret_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'":                                 "",
		"AKIA" + strings.Repeat("A", 16):                                                          "",
		"xAKIA" + jumble(16, base32Set):                                                           "",
		"ghp_" + strings.Repeat("x", 36):                                                          "",
		"https://user:${PASSWORD}@host.io https://user:<password>@host.io https://host:8080/a@b":  "",
	} {
		got := findSecrets(text, true)
		switch {
		case want == "" && len(got) > 0:
			t.Errorf("%s: %v", text, got)
		case want != "" && (len(got) != 1 || got[0].name != want):
			t.Errorf("%s: %v, not %s", text, got, want)
		}
	}
	// Only in Python is an assignment one.
	if got := findSecrets("api_key = '"+jumble(24, alnumSet)+"'", false); len(got) > 0 {
		t.Error(got)
	}
}

func FuzzFindSecrets(f *testing.F) {
	f.Add("AKIA" + jumble(16, base32Set) + " token = '" + jumble(20, alnumSet) + "'")
	f.Add("-----BEGIN PRIVATE KEY-----\n://a:b@c eyJ.eyJ. T3BlbkFJ secret_key:")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range findSecrets(text, true) {
			if s.start < 0 || s.end > len(text) || s.start >= s.end || s.name == "" {
				t.Fatalf("%+v in %q", s, text)
			}
		}
	})
}

// BenchmarkFindSecrets is over so many files of 4 kB, most of which hold words
// that make the search look closer.
func BenchmarkFindSecrets(b *testing.B) {
	line := "    token = event.deep_get('requestParameters', 'secretKey', default='')  # https://example.com/a\n"
	text := strings.Repeat("def rule(event):\n"+line+"    return event.get('userAgent') == 'sk_test'\n\n", 24)
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(n * len(text)))
			b.ReportAllocs()
			for b.Loop() {
				for range n {
					findSecrets(text, true)
				}
			}
		})
	}
}
