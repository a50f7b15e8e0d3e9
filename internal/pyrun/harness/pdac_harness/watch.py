"""Records which values of the event a test reads. Only failed tests run again with it."""
import json
from collections.abc import Mapping

from .event import ImmutableCaseInsensitiveDict, ImmutableList, PantherEvent

MOST, LONGEST = 60, 200
MISSING = object()


class Reads:
    """The values that were read, by their path in the event, in order."""

    def __init__(self):
        self._values = {}

    def note(self, path, value):
        if len(self._values) < MOST:
            self._values.setdefault(path, value)

    def mapped(self, steps, found):
        """Notes what a data model reads."""
        path = ""
        for s in steps:
            path = below(path, s)
        self.note(path, found[0] if found else MISSING)

    def list(self):
        """Returns the leaves: a container counts only if nothing in it was read."""
        inner = set()
        for path in self._values:
            for i, c in enumerate(path):
                if c in ".[" and i > 0:
                    inner.add(path[:i])
        return [self._one(p, v) for p, v in self._values.items() if p not in inner]

    def _one(self, path, value):
        if value is MISSING:
            return {"path": path, "missing": True}
        text = json.dumps(value, default=str, ensure_ascii=False)
        return {"path": path, "value": text if len(text) <= LONGEST else text[:LONGEST] + "…"}


def below(path, key):
    if isinstance(key, int):
        return "%s[%d]" % (path, key)
    return "%s.%s" % (path, key) if path else str(key)


class Watched:
    """Mixed into the containers of an event."""

    __slots__ = ()

    def _wrap(self, key, v):
        w = self._wrapped.get(id(v))
        if w is None:
            kind = WatchedDict if type(v) is dict else WatchedList
            w = self._wrapped[id(v)] = kind(v)
            w.reads, w.at = self.reads, below(self.at, key)
        return w

    def __getitem__(self, key):
        try:
            v = super().__getitem__(key)
        except KeyError:
            self.reads.note(below(self.at, key), MISSING)
            raise
        if not isinstance(key, slice):
            self.reads.note(below(self.at, key), v._container if isinstance(v, Watched) else v)
        return v

    def __contains__(self, key):
        there = super().__contains__(key)
        if not there and isinstance(self, Mapping):
            self.reads.note(below(self.at, key), MISSING)
        return there


class WatchedDict(Watched, ImmutableCaseInsensitiveDict):
    __slots__ = ("reads", "at")


class WatchedList(Watched, ImmutableList):
    __slots__ = ("reads", "at")


class WatchedEvent(Watched, PantherEvent):
    __slots__ = ("reads", "at")

    def deep_get(self, *keys, default=None):
        self._unreached(keys)
        return super().deep_get(*keys, default=default)

    def deep_walk(self, *keys, default=None, return_val="all"):
        self._unreached(keys)
        return super().deep_walk(*keys, default=default, return_val=return_val)

    def _unreached(self, keys):
        """Notes a value whose mapping is missing, too: nothing else would name all of its path."""
        v = self._container
        for i, key in enumerate(keys):
            v = v.get(key) if isinstance(v, dict) else []  # a list has other values
            if v is None:
                if i < len(keys) - 1 and all(isinstance(k, str) for k in keys):
                    self.reads.note(".".join(keys), MISSING)
                return


class WatchedResource(dict):
    """The resource of a policy, which is a plain dict in Panther too."""

    reads, at = None, ""

    def _seen(self, key, v):
        self.reads.note(below(self.at, key), v)
        return v

    def __getitem__(self, key):
        if key not in self.keys():
            self.reads.note(below(self.at, key), MISSING)
        return self._seen(key, super().__getitem__(key))

    def get(self, key, default=None):
        return self[key] if key in self.keys() else (self.reads.note(below(self.at, key), MISSING), default)[1]


def watched_resource(v, reads, at=""):
    """Returns a copy of a resource that records what is read."""
    if isinstance(v, Mapping):
        out = WatchedResource((k, watched_resource(x, reads, below(at, k))) for k, x in v.items())
        out.reads, out.at = reads, at
        return out
    return [watched_resource(x, reads, below(at, i)) for i, x in enumerate(v)] if isinstance(v, list) else v


def watched_event(data, data_model, reads):
    e = WatchedEvent(data, data_model)
    e.reads, e.at = reads, ""
    return e
