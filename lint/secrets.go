package lint

import (
	"math"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// secretKind is one type of secret. Most start with a fixed prefix, and searching
// for it first avoids running the expression on most of the text.
type secretKind struct {
	name string
	// marks are strings. Every such secret starts with one of them, or contains one
	// if inner is set.
	marks []string
	// form matches from the mark, or from before bytes before it. The secret is the
	// first group, or the whole match if there is no group.
	form   *lazyregexp.Regexp
	before int
	// inner is set if the mark may be in the middle of a word.
	inner bool
	// plain is set if the form alone is not conclusive, so the secret must also look
	// random.
	plain bool
	// id is set for ids of secrets, which are legitimate in log events.
	id bool
}

// secretKinds are the known types (source: the documentation of each service).
var secretKinds = []secretKind{
	{name: "the id of an AWS access key", marks: []string{"AKIA"}, form: lazyregexp.New(`^AKIA[A-Z2-7]{16}\b`), plain: true, id: true},
	{name: "an AWS secret key", marks: []string{"secret", "Secret", "SECRET"}, plain: true, inner: true,
		form: lazyregexp.New(`^(?i:secret[ _-]?(?:access)?[ _-]?key)["']?\s*(?:=|:|=>|:=)\s*["']?([A-Za-z0-9/+]{40})(?:["'\s]|$)`)},
	{name: "a private key", marks: []string{"-----BEGIN "}, form: lazyregexp.New(`^-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\n|\\r|[\s"'+,])*([A-Za-z0-9+/=]{40})`)},
	{name: "a GitHub token", marks: []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_"}, form: lazyregexp.New(`^gh[pousr]_[A-Za-z0-9]{36}\b`)},
	{name: "a GitHub token", marks: []string{"github_pat_"}, form: lazyregexp.New(`^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b`)},
	{name: "a GitLab token", marks: []string{"glpat-", "gldt-", "glrt-", "glptt-"}, form: lazyregexp.New(`^gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,}`)},
	{name: "a Slack token", marks: []string{"xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-"}, form: lazyregexp.New(`^xox[bpares]-(?:[0-9]{8,}-)+[A-Za-z0-9-]{20,}`)},
	{name: "a Slack token", marks: []string{"xapp-"}, form: lazyregexp.New(`^xapp-\d-[A-Z0-9]{9,}-\d{10,}-[a-f0-9]{40,}`)},
	{name: "the URL of a Slack webhook", marks: []string{"hooks.slack.com/"}, form: lazyregexp.New(`^hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_]{40,})`)},
	{name: "a Google API key", marks: []string{"AIza"}, form: lazyregexp.New(`^AIza[A-Za-z0-9_-]{35}(?:[^A-Za-z0-9_-]|$)`), plain: true},
	{name: "a Stripe key", marks: []string{"sk_live_", "rk_live_"}, form: lazyregexp.New(`^[sr]k_live_[A-Za-z0-9]{20,}`)},
	{name: "a SendGrid key", marks: []string{"SG."}, form: lazyregexp.New(`^SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b`)},
	{name: "an Anthropic key", marks: []string{"sk-ant-"}, form: lazyregexp.New(`^sk-ant-(?:api|admin)\d\d-[A-Za-z0-9_-]{80,}`)},
	{name: "an OpenAI key", marks: []string{"T3BlbkFJ"}, form: lazyregexp.New(`[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}`), before: 100, inner: true},
	{name: "an npm token", marks: []string{"npm_"}, form: lazyregexp.New(`^npm_[A-Za-z0-9]{36}\b`), plain: true},
	{name: "a PyPI token", marks: []string{"pypi-AgEI"}, form: lazyregexp.New(`^pypi-AgEI[A-Za-z0-9_-]{50,}`)},
	{name: "a Hugging Face token", marks: []string{"hf_"}, form: lazyregexp.New(`^hf_[A-Za-z]{34}\b`), plain: true},
	{name: "a Databricks token", marks: []string{"dapi"}, form: lazyregexp.New(`^dapi[a-f0-9]{32}(?:-\d)?\b`)},
	{name: "a DigitalOcean token", marks: []string{"dop_v1_", "doo_v1_"}, form: lazyregexp.New(`^do[op]_v1_[a-f0-9]{64}\b`)},
	{name: "a Vault token", marks: []string{"hvs."}, form: lazyregexp.New(`^hvs\.[A-Za-z0-9_-]{60,}`)},
	{name: "a Grafana token", marks: []string{"glsa_", "glc_ey"}, form: lazyregexp.New(`^(?:glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_ey[A-Za-z0-9+/=]{40,})`)},
	{name: "an Atlassian token", marks: []string{"ATATT3xFfGF0"}, form: lazyregexp.New(`^ATATT3xFfGF0[A-Za-z0-9_=-]{100,}`)},
	{name: "a Shopify token", marks: []string{"shpat_", "shpss_", "shppa_"}, form: lazyregexp.New(`^shp(?:at|ss|pa)_[a-f0-9]{32}\b`)},
	{name: "a New Relic key", marks: []string{"NRAK-"}, form: lazyregexp.New(`^NRAK-[A-Z0-9]{27}\b`), plain: true},
	{name: "a Postman key", marks: []string{"PMAK-"}, form: lazyregexp.New(`^PMAK-[a-f0-9]{24}-[a-f0-9]{34}\b`)},
	{name: "a Notion token", marks: []string{"ntn_"}, form: lazyregexp.New(`^ntn_[0-9]{11}[A-Za-z0-9]{35}\b`)},
	{name: "a Linear key", marks: []string{"lin_api_"}, form: lazyregexp.New(`^lin_api_[A-Za-z0-9]{40}\b`)},
	{name: "an age key", marks: []string{"AGE-SECRET-KEY-1"}, form: lazyregexp.New(`^AGE-SECRET-KEY-1[A-Z0-9]{58}\b`)},
	{name: "a JSON web token", marks: []string{"eyJ"}, form: lazyregexp.New(`^eyJ[A-Za-z0-9_-]{14,}\.eyJ[A-Za-z0-9_-]{14,}\.[A-Za-z0-9_-]{32,}`)},
	{name: "a password in a URL", marks: []string{"://"}, inner: true, form: lazyregexp.New(`^://[A-Za-z0-9._~-]+:([^/@\s:"'<>{}$%*]{6,})@[A-Za-z0-9.-]+`)},
}

// secretNames are parts of variable names that suggest a secret.
var secretNames = []string{"password", "passwd", "secret", "token", "api_key", "apikey", "private_key"}

// assignments visits the strings, as byte ranges, that are assigned to a name which
// suggests a secret: name = "…", with or without a type.
func assignments(text string, visit func(start, end int)) {
	for i := 0; ; {
		next := strings.IndexByte(text[i:], '=')
		if next < 0 {
			return
		}
		at := i + next
		i = at + 1
		start := at + 1
		for start < len(text) && (text[start] == ' ' || text[start] == '\t') {
			start++
		}
		if start >= len(text) || text[start] != '"' && text[start] != '\'' {
			continue
		}
		end := strings.IndexAny(text[start+1:], string(text[start])+" \t\r\n\\")
		if end < 12 || text[start+1+end] != text[start] {
			continue
		}
		name := lastWord(text[:at])
		if before := strings.TrimRight(strings.TrimSuffix(strings.TrimRight(text[max(0, at-200):at], " \t"), "str"), " \t"); name == "str" && strings.HasSuffix(before, ":") {
			name = lastWord(strings.TrimSuffix(before, ":"))
		}
		if containsAny(strings.ToLower(name), secretNames) {
			visit(start+1, start+1+end)
		}
	}
}

// lastWord returns the name at the end of a text, ignoring white space.
func lastWord(text string) string {
	text = strings.TrimRight(text[max(0, len(text)-200):], " \t")
	i := len(text)
	for i > 0 && wordByte(text[i-1]) {
		i--
	}
	return text[i:]
}

// secretMark is a mark and the type of secret that it can start.
type secretMark struct {
	mark string
	kind *secretKind
}

// secretIndex groups the marks by their first byte, so that one pass over a text
// finds all of them.
var secretIndex = sync.OnceValue(func() *[256][]secretMark {
	var index [256][]secretMark
	for i := range secretKinds {
		for _, m := range secretKinds[i].marks {
			index[m[0]] = append(index[m[0]], secretMark{m, &secretKinds[i]})
		}
	}
	return &index
})

// secretAt is a secret that was found.
type secretAt struct {
	name       string
	start, end int
	id         bool
}

// findSecrets looks for secrets in a text. If python is set, it also checks
// assignments.
func findSecrets(text string, python bool) []secretAt {
	var out []secretAt
	add := func(name string, start, end int, plain, id bool) {
		for _, o := range out {
			if start < o.end && o.start < end {
				return
			}
		}
		if s := text[start:end]; !placeholder(s) && (!plain || random(s)) {
			out = append(out, secretAt{name, start, end, id})
		}
	}
	index := secretIndex()
	for i := 0; i < len(text); i++ {
		for _, m := range index[text[i]] {
			k := m.kind
			if !strings.HasPrefix(text[i:], m.mark) || !k.inner && i > 0 && wordByte(text[i-1]) && wordByte(m.mark[0]) {
				continue
			}
			from := max(i-k.before, 0)
			if at := k.form.Get().FindStringSubmatchIndex(text[from:min(from+4096, len(text))]); at != nil {
				start, end := at[0], at[1]
				if len(at) > 2 && at[2] >= 0 {
					start, end = at[2], at[3]
				}
				add(k.name, from+start, from+end, k.plain, k.id)
			}
		}
	}
	if python {
		assignments(text, func(start, end int) {
			if mixed(text[start:end]) {
				add("a secret in an assignment", start, end, true, false)
			}
		})
	}
	return out
}

func containsAny(text string, marks []string) bool {
	for _, m := range marks {
		if strings.Contains(text, m) {
			return true
		}
	}
	return false
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// placeholderWords mark strings that are placeholders for a secret.
var placeholderWords = []string{
	"example", "sample", "dummy", "fake", "mock", "placeholder", "redacted", "changeme", "your", "xxxx", "****", "....", "test", "secret", "password",
	"foobar", "insert", "replace", "lorem", "notreal", "not-real", "hidden", "removed", "sanitized",
}

// placeholder reports whether a string that looks like a secret is a placeholder.
func placeholder(s string) bool {
	lower := strings.ToLower(s)
	if containsAny(lower, placeholderWords) {
		return true
	}
	// Long runs of one character, or of characters in order, are typed by hand.
	same, up := 1, 1
	for i := 1; i < len(lower); i++ {
		if same++; lower[i] != lower[i-1] {
			same = 1
		}
		if up++; lower[i] != lower[i-1]+1 {
			up = 1
		}
		if same >= 5 || up >= 6 {
			return true
		}
	}
	return false
}

// random reports whether a string is as irregular as a secret: it compares its
// entropy with the maximum for its length and alphabet.
func random(s string) bool {
	count := map[byte]int{}
	most := math.Log2(float64(len(s)))
	for i := range len(s) {
		count[s[i]]++
	}
	if strings.Trim(s, "0123456789abcdef") == "" {
		most = min(most, 4)
	}
	h := 0.0
	for _, n := range count {
		p := float64(n) / float64(len(s))
		h -= p * math.Log2(p)
	}
	return h >= 3 && h >= 0.72*most
}

// mixed reports whether part of a string mixes letters and digits; names, paths and
// dates keep them apart.
func mixed(s string) bool {
	digits, letters, longest := 0, 0, 0
	for i := 0; i <= len(s); i++ {
		c := byte('-')
		if i < len(s) {
			c = s[i]
		}
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters++
		case strings.IndexByte("+/=_-", c) < 0:
			return false
		default:
			if digits >= 2 && letters >= 3 {
				longest = max(longest, digits+letters)
			}
			digits, letters = 0, 0
		}
	}
	return longest >= 8
}
