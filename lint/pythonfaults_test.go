package lint_test

// pythonFaults are those of the rules that follow values and branches of Python.
func pythonFaults() []fault {
	return []fault{
		in("PD316", "a name that nothing defines", rulePy, rulePyDef, "def rule(event):\n    x = no_such_name\n", 1),
		in("PD316", "a name that a star import lacks", rulePy, `^from (acme_\w+) import \w+$`, "from $1 import *\nx = no_such_name", 1),
		in("PD317", "a method of what may be missing", rulePy, rulePyDef, "def rule(event):\n    x = event.get(\"no_such_key\").lower()\n", 1),
		in("PD317", "in what may be missing", rulePy, rulePyDef, "def rule(event):\n    x = \"x\" in event.deep_get(\"no\", \"such\")\n", 1),
		in("PD317", "a loop over what may be missing", rulePy, rulePyDef, "def rule(event):\n    x = event.get(\"no_such_key\")\n    for _ in x:\n        pass\n", 2),
		in("PD318", "a key that is set", rulePy, rulePyDef, "def rule(event):\n    event[\"x\"] = 1\n", 1),
		in("PD318", "a list that is sorted", rulePy, rulePyDef, "def rule(event):\n    x = event.get(\"x\", [])\n    x.sort()\n", 2),
		in("PD319", "a return without a value", rulePy, rulePyDef, "def rule(event):\n    if event.get(\"x\"):\n        return\n", 2),
		in("PD319", "a value that may be missing", rulePy, rulePyDef, "def rule(event):\n    if event.get(\"x\"):\n        return event.get(\"y\")\n", 2),
		appended("PD319", "a path without a return", rulePy, "\n\ndef reference(event):\n    if event.get(\"x\"):\n        return \"x\"\n", 2),
		in("PD320", "code behind a return", rulePy, rulePyDef, "def rule(event):\n    if event:\n        return False\n        event = 1\n", 3),
		appended("PD326", "a text that may be missing", rulePy, "\n\ndef reference(event):\n    return event.get(\"no_such_key\")\n", 3),
		in("PD321", "a default among the keys", rulePy, rulePyDef, "def rule(event):\n    x = event.deep_get(\"a\", \"b\", \"\")\n", 1),
		in("PD321", "three arguments of get", rulePy, rulePyDef, "def rule(event):\n    x = event.get(\"a\", \"b\", \"c\")\n", 1),
		appended("PD322", "no f", rulePy, "\n\ndef reference(event):\n    return \"of {event.get('user')}\"\n", 3),
		in("PD323", "a key twice", rulePy, rulePyDef, "def rule(event):\n    x = {\"a\": 1, \"b\": 2, \"a\": 3}\n", 1),
		in("PD324", "or a text", rulePy, rulePyDef, "def rule(event):\n    x = event.get(\"a\") == \"b\" or \"c\"\n", 1),
		in("PD325", "is a text", rulePy, rulePyDef, "def rule(event):\n    x = event.get(\"a\") is \"b\"\n", 1),
		in("PD327", "a name set in one branch", rulePy, rulePyDef, "def rule(event):\n    if event.get(\"x\"):\n        x = 1\n    y = x\n", 3),
		in("PD327", "a name set in a loop", rulePy, rulePyDef, "def rule(event):\n    for x in event.get(\"x\", []):\n        pass\n    y = x\n", 3),
		in("PD328", "a group without its end", rulePy, rulePyDef, "import re\n\n\ndef rule(event):\n    x = re.match(\"a(b\", \"ab\")\n", 4),
		in("PD329", "too many arguments for a global", rulePy, `^from (acme_\w+) import (\w+)$`, "from $1 import $2\nx = $2(1, 2, 3, 4, 5, 6, 7)", 1),
		in("PD330", "is it a list", rulePy, rulePyDef, "def rule(event):\n    x = isinstance(event.get(\"x\"), list)\n", 1),
		in("PD331", "an import that the module lacks", rulePy, rulePyDef, "from re import no_such_name\n\n\ndef rule(event):\n", 0),
		in("PD331", "a function that the module lacks", rulePy, rulePyDef, "import json\n\n\ndef rule(event):\n    x = json.load_s(\"1\")\n", 4),
		in("PD332", "a method without its brackets", rulePy, rulePyDef, "def rule(event):\n    x = event.get(\"x\", \"\").lower == \"y\"\n", 1),
		in("PD332", "a function without its brackets", rulePy, rulePyDef, "def zz_is():\n    return True\n\n\ndef rule(event):\n    if zz_is:\n        return False\n", 5),
		appended("PD329", "too many arguments for a function", rulePy, "\n\ndef helper(a):\n    return helper(a, 1)\n", 3),
	}
}
