"""Runs the tests of one detection on changed versions of its code, and looks for
events that show a change which no test notices.

There is a dot before the code as it is, one before each change, and one before each
search, so that pdac knows what ran if the process ends. What a result means is decided
there."""
import json

from . import functions
from . import limits
from . import watch
from .detection import boolean, mock, unmock
from .errors import TookTooLong

TRIES, SEARCH = 150, 0.3  # runs of the code, and seconds of processor time
ABSENT = object()


class Mutations:
    def __init__(self, runner, item):
        self._r, self._item = runner, item
        self._main = "policy" if item["type"] == "policy" else "rule"
        self._events = [json.loads(t["event"]) for t in item["tests"]]
        self._known = {}
        for t in item["tests"]:
            for k in t.get("mocks") or ():
                from unittest.mock import MagicMock

                k["made"] = MagicMock(return_value=k["value"])  # one takes longer than most tests
        self._reads = {}

    def run(self):
        item, r = self._item, self._r
        out = {"key": item["key"], "mutants": []}
        r.mark()
        with r.limited(None):
            self._code = compile(item["body"], item["path"], "exec", dont_inherit=True)
            self._own = module(item, self._code)
            values = [self._value(self._own, t, self._data(i)) for i, t in enumerate(item["tests"])]
        out["values"] = values
        if values != item["returns"]:
            return out
        source = item["body"].encode("utf-8", "surrogatepass")
        survivors = []
        for k in item["mutants"]:
            r.mark()
            result = {}
            out["mutants"].append(result)
            try:
                with r.limited(item["limit_s"]):
                    start, end = (k["of"], k["until"]) if k["until"] else (0, len(source))
                    text = source[start : k["start"]] + k["text"].encode() + source[k["end"] : end]
                    try:
                        code = compile(text.decode("utf-8", "surrogatepass"), item["path"], "exec", dont_inherit=True)
                    except SyntaxError:
                        result["invalid"] = True
                        continue
                    m = module(item, self._code if k["until"] else code)
                    if k["until"]:
                        exec(code, m.__dict__)
                    self._tests(m, result)
                if "by" not in result:
                    survivors.append((k, m, result))
            except BaseException as e:
                result["by"] = "timeout" if r.rang or isinstance(e, TookTooLong) else "error"
                if not isinstance(e, Exception) or isinstance(e, MemoryError):
                    r.spent = True
            if r.rang:
                r.spent = True
                result["by"] = "timeout"
            limits.reset()
            r.printed.take()
        if item.get("search"):
            numbers = {k["n"] for k, _, _ in survivors}
            hidden = []
            for g in item.get("groups") or ():
                hidden.append(g["up"] >= 0 and hidden[g["up"]] or not numbers.isdisjoint(g["by"]))
            found = set()
            for k, m, result in survivors:
                if k["site"] in found or k["group"] >= 0 and hidden[k["group"]]:
                    continue
                r.mark()
                try:
                    with r.limited(SEARCH):
                        self._search(k, m, result)
                except BaseException:
                    r.spent = r.spent or r.rang
                r.printed.take()
                if "catch" in result:
                    found.add(k["site"])
        return out

    def _event(self, data, reads=None):
        return self._r.event(self._item["type"], data, reads)

    def _data(self, i):
        """Returns a test's event. Only policies get one that they could change."""
        return json.loads(self._item["tests"][i]["event"]) if self._main == "policy" else self._events[i]

    def _value(self, m, t, data, reads=None):
        undo = mock(m, t.get("mocks") or ())
        try:
            return boolean(self._main, m.__dict__[self._main](self._event(data, reads)))
        finally:
            self._unmock(m, t, undo)

    def _unmock(self, m, t, undo):
        unmock(m, undo)
        for k in t.get("mocks") or ():
            k["made"].reset_mock()  # else it keeps all calls

    def _tests(self, m, result):
        """Finds the first test that a change fails: by its value, else by another function."""
        item = self._item
        for i, (t, want) in enumerate(zip(item["tests"], item["returns"])):
            result["test"] = i
            if self._value(m, t, self._data(i)) != want:
                result["by"] = "value"
                return
        for i, t in enumerate(item["tests"]):
            names = [n for n in t.get("functions") or () if n in m.__dict__]
            if not names:
                continue
            result["test"] = i
            event = self._event(self._data(i))
            undo = mock(m, t.get("mocks") or ())
            try:
                m.__dict__[self._main](event)
                for name in names:
                    functions.call(name, m.__dict__[name], event)
            finally:
                self._unmock(m, t, undo)
        del result["test"]

    def _search(self, k, m, result):
        """Looks for a change of a test's event on which the code and its change differ."""
        tries = 0
        hints = k.get("hints") or []
        for depth in (1, 2):
            for i, t in enumerate(self._item["tests"]):
                for edits in self._edits(i, hints, depth):
                    if tries == TRIES * depth:
                        break
                    tries += 1
                    want = self._original(i, edits)
                    if want is None:
                        continue
                    try:
                        got = self._value(m, t, edited(self._data(i), edits))
                    except TookTooLong:
                        raise
                    except Exception:
                        got = None
                    if got is not want:
                        result["catch"] = {"test": i, "returns": want, "set": [shown(e) for e in edits]}
                        return

    def _original(self, i, edits):
        key = (i, repr(edits))
        if key not in self._known:
            try:
                self._known[key] = self._value(self._own, self._item["tests"][i], edited(self._data(i), edits))
            except TookTooLong:
                raise
            except Exception:
                self._known[key] = None
        return self._known[key]

    def _edits(self, i, hints, depth):
        """Yields changes of an event, the likely ones first: of a field that the code names, and to a value that it names."""
        paths = self._paths(i)
        texts = {h for h in hints if isinstance(h, str)}
        near = [p for p in paths if any(step in texts for step in p[0])]
        near.sort(key=lambda p: isinstance(p[1], (dict, list)))
        far = [p for p in paths if p not in near]
        keys = {step for path, _ in paths for step in path}
        hints = [h for h in hints if h not in keys] # the others are values
        one = [(path, v) for path, now in near for v in values(now, hints)]
        if depth == 1:
            for e in one:
                yield (e,)
            for path, now in far:
                for v in values(now, hints):
                    yield ((path, v),)
            return
        few = near[:4] + far[:6]
        flat = [(path, v) for path, now in few for v in values(now, hints)[:6]]
        for n, a in enumerate(flat):
            for b in flat[n + 1 :]:
                if a[0] != b[0]:
                    yield (a, b)

    def _paths(self, i):
        """Returns the places of a test's event that the code reads, with their values."""
        if i not in self._reads:
            reads = Places()
            t = self._item["tests"][i]
            try:
                self._value(self._own, t, json.loads(t["event"]), reads)
            except TookTooLong:
                raise
            except Exception:
                pass
            self._reads[i] = reads.list()
        return self._reads[i]


class Places(watch.Reads):
    """The places that were read, as steps."""

    def __init__(self):
        self._places = {}

    def note(self, path, value):
        if len(self._places) < watch.MOST:
            self._places.setdefault(path, value)

    def list(self):
        out = []
        for path, value in self._places.items():
            steps = split(path)
            out.append((steps, ABSENT if value is watch.MISSING else value))
        return out


def split(path):
    out = []
    for part in path.split("."):
        name, *indices = part.split("[")
        if name:
            out.append(name)
        for x in indices:
            x = x.rstrip("]")
            out.append(int(x) if x.lstrip("-").isdigit() else x)
    return tuple(out)


def values(now, hints):
    """Returns values to try in the place of one, by its type."""
    texts = [h for h in hints if isinstance(h, str)]
    numbers = [h for h in hints if isinstance(h, int)]
    if isinstance(now, bool):
        out = [not now, ABSENT, "other"]
    elif isinstance(now, (int, float)):
        out = [n + d for n in numbers for d in (0, 1, -1)] + [now + 1, 0, ABSENT] + texts
    elif isinstance(now, str):
        out = texts + ["other", "", ABSENT] + [now + "x", "x" + now] + [str(n) for n in numbers] + [x + " x" for x in texts[:3]] + ["x " + x for x in texts[:3]]
    elif isinstance(now, (list, tuple)):
        out = [[], ABSENT] + [[x] for x in texts[:6]] + ([list(now[:1])] if len(now) > 1 else []) + ([list(now) + ["other"]] if not now or isinstance(now[0], str) else [])
        out += [list(now) + [x] for x in texts[:6]] if not now or isinstance(now[0], str) else []
    elif isinstance(now, dict):
        out = [{}, ABSENT]
    else:
        out = texts + numbers + ["other", True, False] + [n + 1 for n in numbers] + [[x] for x in texts[:3]] + [[], {}]
    return [v for v in out if type(v) is not type(now) or v != now]


def edited(data, edits):
    """Returns an event with some of its values replaced. The event itself stays as it is."""
    for path, value in edits:
        data = replaced(data, path, value)
    return data


def replaced(at, path, value):
    step, rest = path[0], path[1:]
    if isinstance(at, dict):
        out = dict(at)
        if rest:
            inner = at.get(step)
            if not isinstance(inner, (dict, list)):
                if value is ABSENT:
                    return at
                inner = {}
            out[step] = replaced(inner, rest, value)
        elif value is ABSENT:
            out.pop(step, None)
        else:
            out[step] = value
        return out
    if isinstance(at, list) and isinstance(step, int) and -len(at) <= step < len(at):
        out = list(at)
        if rest:
            out[step] = replaced(at[step], rest, value)
        elif value is ABSENT:
            del out[step]
        else:
            out[step] = value
        return out
    return at


def shown(edit):
    path, value = edit
    out = {"path": list(path)}
    if value is ABSENT:
        out["missing"] = True
    else:
        out["value"] = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return out


def module(item, code):
    from types import ModuleType

    m = ModuleType(item["id"])
    m.__file__ = item["path"]
    exec(code, m.__dict__)
    return m
