"""The functions of a detection beside rule() and policy(), with the limits and
defaults that Panther has for what they return."""
import json
from collections.abc import Mapping

from .errors import WrongReturn
from .event import unwrap

NAMES = ("title", "description", "reference", "severity", "runbook", "destinations", "dedup", "alert_context", "unique")
SEVERITIES = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")
LONGEST, MOST_DESTINATIONS, LONGEST_CONTEXT = 1000, 10, 204800
CUT = "... (truncated)"


def wrong(name, v, want):
    return WrongReturn("%s() returned %s, and must return %s" % (name, shown(v), want))


def shown(v):
    if v is None or v is True or v is False:
        return str(v)
    if isinstance(v, (str, int, float)):
        text = repr(v)
        return text if len(text) <= 60 else text[:60] + "…"
    return "a value of type " + type(v).__name__


class Encoder(json.JSONEncoder):
    def default(self, o):
        v = unwrap(o)
        if v is not o:
            return v
        if isinstance(o, Mapping):
            return dict(o)
        raise TypeError("alert_context() returned a value of type %s, which is not JSON" % type(o).__name__)


def call(name, f, event):
    """Calls a function and returns what Panther makes of its result."""
    v = f(event)
    if name == "alert_context":
        return context(v)
    if name == "destinations":
        if v is None:
            return None
        if not isinstance(v, list) or any(not isinstance(x, str) for x in v):
            raise wrong(name, v, "a list of strings")
        return v[:MOST_DESTINATIONS] or ["SKIP"]
    if name == "unique" and v is None:
        return None
    if not isinstance(v, str):
        raise wrong(name, v, "a string")
    if name == "severity":
        upper = v.upper()
        if upper == "DEFAULT":
            return None
        if upper not in SEVERITIES:
            raise wrong(name, v, "one of %s or DEFAULT" % ", ".join(SEVERITIES))
        return upper
    return v if len(v) <= LONGEST else v[: LONGEST - len(CUT)] + CUT


def context(v):
    if not isinstance(v, Mapping):
        raise wrong("alert_context", v, "a dict")
    text = json.dumps(v, cls=Encoder, allow_nan=False)
    if len(text) > LONGEST_CONTEXT:
        text = json.dumps({"_error": "alert_context size is [%d] characters, bigger than maximum of [%d] characters" % (len(text), LONGEST_CONTEXT)})
    return text
