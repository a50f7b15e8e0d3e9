package lint

import (
	"slices"
	"strings"
)

// rulePD309 finds calls that access resources outside the detection.
func rulePD309() Rule {
	return Rule{
		ID: "PD309", Name: "outside-access", Severity: Warning,
		Doc: Doc{
			What: "The Python file of a spec accesses the network or files, starts other programs, or runs code from strings.",
			Why:  "Detections run for every event, with a limit of 15 seconds and no storage of their own: network calls are slow, and files don't exist. Running code from a string of the event (`eval`) runs whatever an attacker writes to the log.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
import requests


def rule(event):
    return requests.get("https://example.com/blocklist").text.find(event.get("ip")) >= 0
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
from acme_blocklist import ADDRESSES


def rule(event):
    return event.get("ip") in ADDRESSES
`,
			Configure: "`allow` lists calls that are not reported: a function (`boto3.client`) or a whole module (`boto3`).",
		},
		Options: []Option{{Name: "allow", Doc: "Functions and modules that may be called.", Default: []string(nil)}},
		Spec:    pd309,
	}
}

// pd309Reaches says what a call does, by the dotted name of a function or a module.
var pd309Reaches = map[string]string{
	"eval": "runs code from a string", "exec": "runs code from a string", "compile": "compiles code from a string", "__import__": "imports a module named by a string",
	"importlib.import_module": "imports a module named by a string", "pickle.load": "can run code from the data it reads", "pickle.loads": "can run code from the data it reads",
	"marshal.loads": "can run code from the data it reads",
	"open":          "opens a file", "io.open": "opens a file", "os.open": "opens a file", "os.remove": "removes a file", "os.unlink": "removes a file",
	"os.rename": "renames a file", "os.replace": "renames a file", "os.mkdir": "creates a folder", "os.makedirs": "creates folders", "os.rmdir": "removes a folder",
	"os.listdir": "lists a folder", "os.scandir": "lists a folder", "os.walk": "walks folders", "shutil": "works on files", "tempfile": "creates files",
	"glob":      "lists folders",
	"os.system": "starts a program", "os.popen": "starts a program", "os.fork": "starts a process", "os.kill": "ends a process", "os.execv": "starts a program",
	"os.execve": "starts a program", "os.execvp": "starts a program", "os.spawnl": "starts a program", "os.spawnv": "starts a program", "subprocess": "starts a program",
	"multiprocessing": "starts processes", "pty": "starts a program",
	"requests": "accesses the network", "urllib3": "accesses the network", "urllib.request": "accesses the network", "http.client": "accesses the network",
	"socket": "accesses the network", "ftplib": "accesses the network", "smtplib": "accesses the network", "poplib": "accesses the network",
	"imaplib": "accesses the network", "telnetlib": "accesses the network", "xmlrpc.client": "accesses the network", "httpx": "accesses the network",
	"aiohttp": "accesses the network", "boto3": "accesses AWS over the network", "botocore": "accesses AWS over the network",
}

// pd309Harmless are parts of those modules that access nothing outside.
var pd309Harmless = []string{
	"socket.inet_aton", "socket.inet_ntoa", "socket.inet_pton", "socket.inet_ntop", "botocore.exceptions", "requests.exceptions", "requests.utils.quote",
	"requests.utils.unquote", "boto3.dynamodb.conditions", "boto3.dynamodb.types", "urllib.request.quote", "urllib.request.unquote", "glob.escape",
	"botocore.config", "http.client.responses", "requests.Session", "urllib3.util", "shutil.which", "botocore.config.Config", "urllib3.exceptions",
}

func pd309(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	allow := p.Strings("allow")
	for _, c := range b.calls {
		name := b.name(c.Func)
		if name == "" || strings.Contains(name, ".") && !b.imported(c.Func) || covered(name, allow) || covered(name, pd309Harmless) {
			continue
		}
		for part := name; ; part = part[:strings.LastIndexByte(part, '.')] {
			if what := pd309Reaches[part]; what != "" {
				out := p.ReportBody(b.header(c.Func), "%s %s", name, what)
				out.Hint = "keep the data in a global or a lookup table, or allow the call under lint.options in pdac.yaml"
				if strings.HasSuffix(what, "a string") || strings.HasSuffix(what, "reads") {
					out.Hint = "never use it on data from an event; use a parser such as json.loads or ast.literal_eval"
				}
				break
			}
			if !strings.Contains(part, ".") {
				break
			}
		}
	}
}

// covered reports whether a list contains a dotted name or one of its prefixes.
func covered(name string, list []string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return name == s || strings.HasPrefix(name, s+".") })
}
