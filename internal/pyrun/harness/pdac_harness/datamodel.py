"""Data models: names of fields that are the same for all log types."""
import json

from .event import wrap


class DataModel:
    """A data model. Its Python is loaded when an event first asks for a field."""

    def __init__(self, spec, load):
        self.id, self._spec, self._load = spec["id"], spec, load
        self._mappings = {m["name"]: m for m in spec["mappings"]}
        self._module = None
        self.file = spec.get("path")
        # asked says that its Python was needed; cover.py resets it.
        self.asked = False

    def has(self, name):
        return name in self._mappings

    def _method(self, mapping):
        self.asked = True
        if self._module is None:
            self._module = self._load(self._spec)
        try:
            return self._module.__dict__[mapping["method"]]
        except KeyError:
            raise AttributeError("the data model %s has no function %s, which its mapping of %s names" % (self.id, mapping["method"], mapping["name"])) from None

    def path(self, name):
        """Returns where a field is: a path with dots, or the name of a function."""
        m = self._mappings.get(name)
        if m is None:
            return None
        if m.get("method"):
            return self._method(m).__name__
        return ".".join(x if isinstance(x, str) else "[%s]" % ("*" if x is None else x) for x in steps(m))

    def value(self, name, event):
        m = self._mappings[name]
        if m.get("method"):
            return self._method(m)(event)
        found = follow(event._container, steps(m))
        if len(found) > 1:
            raise ValueError("the path %s of the data model %s matches %d fields" % (m["path"], self.id, len(found)))
        v = found[0] if found else None
        reads = getattr(event, "reads", None)
        if reads is not None and None not in steps(m):
            reads.mapped(steps(m), found)
        return wrap(v) if type(v) in (dict, list) else v


def steps(mapping):
    if mapping.get("steps") is None:
        raise ValueError("the path %s of the mapping of %s can't be read" % (json.dumps(mapping.get("path")), mapping["name"]))
    return mapping["steps"]


def follow(v, steps):
    """Returns the values at a path of keys (texts), indices (ints) and any element (None)."""
    now = [v]
    for s in steps:
        after = []
        for x in now:
            if isinstance(s, str):
                if isinstance(x, dict) and s in x:
                    after.append(x[s])
            elif s is None:
                after.extend(x if isinstance(x, list) else x.values() if isinstance(x, dict) else ())
            elif isinstance(x, list) and -len(x) <= s < len(x):
                after.append(x[s])
        now = after
    return now
