"""The event that a rule gets: read-only, and its keys are found in any case."""
from collections.abc import Mapping, Sequence

from .errors import NeedsPanther


class ImmutableContainerMixin:
    """What is common to the wrappers of a dict and of a list."""

    __slots__ = ()

    def _wrap(self, key, v):
        w = self._wrapped.get(id(v))
        if w is None:
            w = self._wrapped[id(v)] = wrap(v)
        return w

    def __len__(self):
        return len(self._container)

    def __eq__(self, other):
        return self._container == unwrap(other)

    __hash__ = None


class ImmutableCaseInsensitiveDict(ImmutableContainerMixin, Mapping):
    """A mapping over a plain dict. What it contains is wrapped when it is read."""

    __slots__ = ("_container", "_lower", "_wrapped")

    def __init__(self, container=None):
        self._container = {} if container is None else container
        self._lower = None
        self._wrapped = {}

    def _key(self, key):
        """Returns the key of the dict that equals a key, in any case; else the key."""
        if key in self._container or not isinstance(key, str):
            return key
        if self._lower is None:
            self._lower = {}
            for k in self._container:
                if isinstance(k, str):
                    self._lower.setdefault(k.lower(), k)
        return self._lower.get(key.lower(), key)

    def __getitem__(self, key):
        try:
            v = self._container[key]
        except KeyError:
            k = self._key(key)
            if k is key:
                raise
            v = self._container[k]
        kind = type(v)
        return self._wrap(key, v) if kind is dict or kind is list else v

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key):
        return self._key(key) in self._container

    def __iter__(self):
        return iter(self._container)

    def __repr__(self):
        return repr(self._container)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        import copy

        return copy.deepcopy(self._container, memo)

    def copy(self):
        return dict(self._container)

    def to_dict(self):
        return plain(self._container)


class ImmutableList(ImmutableContainerMixin, Sequence):
    __slots__ = ("_container", "_wrapped")

    def __init__(self, container=None):
        self._container = [] if container is None else container
        self._wrapped = {}

    def __getitem__(self, i):
        v = self._container[i]
        if isinstance(i, slice):
            return ImmutableList(v)
        kind = type(v)
        return self._wrap(i, v) if kind is dict or kind is list else v

    def __repr__(self):
        # This is what titles of real alerts show.
        return "ImmutableList(%r)" % (tuple(self._container),)

    def __add__(self, other):
        return self._container + unwrap(other)

    def __radd__(self, other):
        return unwrap(other) + self._container

    def copy(self):
        return list(self._container)


def wrap(v):
    return ImmutableCaseInsensitiveDict(v) if type(v) is dict else ImmutableList(v)


def unwrap(v):
    return v._container if isinstance(v, ImmutableContainerMixin) else v


def plain(v):
    """Returns a copy of a value without wrappers."""
    v = unwrap(v)
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    if isinstance(v, list):
        return [plain(x) for x in v]
    return v


def deep_get(v, keys, default=None):
    for k in keys:
        if not isinstance(v, Mapping):
            return default
        v = v.get(k)
        if v is None:
            return default
    return v


def deep_walk(v, keys, default=None, return_val="all"):
    """Follows keys through mappings and through all elements of lists."""
    found = []
    for x in _walk(v, keys):
        if x not in found:
            found.append(x)
    if not found:
        return default
    if return_val == "first":
        return found[0]
    if return_val == "last":
        return found[-1]
    return found[0] if len(found) == 1 else found


def _walk(v, keys):
    if not keys:
        yield v
    elif isinstance(v, Mapping):
        x = v.get(keys[0])
        if x is not None:
            yield from _walk(x, keys[1:])
    elif isinstance(v, Sequence) and not isinstance(v, (str, bytes)):
        for x in v:
            yield from _walk(x, keys)


class PantherEvent(ImmutableCaseInsensitiveDict):
    __slots__ = ("data_model",)

    def __init__(self, data=None, data_model=None):
        super().__init__(data)
        self.data_model = data_model

    def deep_get(self, *keys, default=None):
        return deep_get(self, keys, default)

    def deep_walk(self, *keys, default=None, return_val="all"):
        v = deep_walk(self, keys, default, return_val)
        return list(v) if isinstance(v, ImmutableList) else v

    def lookup(self, *args, **kwargs):
        raise NeedsPanther("event.lookup() reads a lookup table of Panther, which tests do not have; give the test's event the enrichment, or mock the function that calls it")

    def udm_path(self, name):
        if self.data_model is None:
            raise NeedsPanther("no data model is defined for the log type %s; add p_log_type to the test's event, or a data model for it" % self.get("p_log_type"))
        return self.data_model.path(name)

    def udm(self, *names, default=None):
        if self.data_model is not None and len(names) == 1 and self.data_model.has(names[0]):
            v = self.data_model.value(names[0], self)
        else:
            v = deep_get(self.get("p_udm"), names)
            if v is None:
                v = deep_get(self, names)
        # An empty value counts only without a default.
        return v if v or default is None else default

    def event_time_epoch(self):
        from datetime import datetime, timezone

        text = self.get("p_event_time")
        if not text:
            return 0
        text = text.replace("Z", "").replace("T", " ")[:26]
        form = "%Y-%m-%d %H:%M:%S.%f" if "." in text else "%Y-%m-%d %H:%M:%S"
        return datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp()
