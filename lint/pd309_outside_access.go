package lint

import (
	"slices"
	"strings"
)

// rulePD309 finds calls that reach out of a detection.
func rulePD309() Rule {
	return Rule{
		ID: "PD309", Name: "outside-access", Severity: Warning,
		Doc: Doc{
			What: "The Python of a spec reaches out of its own: to the network, to files, to other programs, or to code made of texts.",
			Why:  "Detections run for every event, with 15 seconds of time and no place of their own: a call over the network is slow, a file is not there. Code made of a text of the event (`eval`) runs whatever an attacker writes into the log.",
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
			Configure: "`allow` lists what may be called all the same: a function (`boto3.client`) or all of a module (`boto3`).",
		},
		Options: []Option{{Name: "allow", Doc: "Functions and modules that may be called.", Default: []string(nil)}},
		Spec:    pd309,
	}
}

// pd309Reaches says what calls reach, by the dotted name of a function or of a module.
var pd309Reaches = map[string]string{
	"eval": "runs code made of a text", "exec": "runs code made of a text", "compile": "makes code of a text", "__import__": "imports by a text",
	"importlib.import_module": "imports by a text", "pickle.load": "may run code of what it reads", "pickle.loads": "may run code of what it reads",
	"marshal.loads": "may run code of what it reads",
	"open":          "opens a file", "io.open": "opens a file", "os.open": "opens a file", "os.remove": "removes a file", "os.unlink": "removes a file",
	"os.rename": "renames a file", "os.replace": "renames a file", "os.mkdir": "makes a folder", "os.makedirs": "makes folders", "os.rmdir": "removes a folder",
	"os.listdir": "lists a folder", "os.scandir": "lists a folder", "os.walk": "walks through folders", "shutil": "works on files", "tempfile": "makes files",
	"glob":      "lists folders",
	"os.system": "starts a program", "os.popen": "starts a program", "os.fork": "starts a process", "os.kill": "ends a process", "os.execv": "starts a program",
	"os.execve": "starts a program", "os.execvp": "starts a program", "os.spawnl": "starts a program", "os.spawnv": "starts a program", "subprocess": "starts a program",
	"multiprocessing": "starts processes", "pty": "starts a program",
	"requests": "goes over the network", "urllib3": "goes over the network", "urllib.request": "goes over the network", "http.client": "goes over the network",
	"socket": "goes over the network", "ftplib": "goes over the network", "smtplib": "goes over the network", "poplib": "goes over the network",
	"imaplib": "goes over the network", "telnetlib": "goes over the network", "xmlrpc.client": "goes over the network", "httpx": "goes over the network",
	"aiohttp": "goes over the network", "boto3": "goes over the network, to AWS", "botocore": "goes over the network, to AWS",
}

// pd309Harmless are functions of those modules that reach nothing.
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
				out.Hint = "keep the data in a global or a lookup table; or allow it under lint.options in pdac.yaml"
				if strings.HasSuffix(what, "a text") || strings.HasSuffix(what, "reads") {
					out.Hint = "never on anything that comes from an event; use a parser such as json.loads or ast.literal_eval"
				}
				break
			}
			if !strings.Contains(part, ".") {
				break
			}
		}
	}
}

// covered tells whether a dotted name is on a list, or begins with a name that is.
func covered(name string, list []string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return name == s || strings.HasPrefix(name, s+".") })
}
