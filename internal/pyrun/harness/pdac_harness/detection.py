"""Runs the tests of one detection."""
import builtins
import contextlib
import json
import time

from . import faults
from . import functions
from . import imports
from . import limits
from .errors import WrongReturn
from .event import PantherEvent

MISSING = object()


class Runner:
    def __init__(self, models, ours, clock, printed, mark):
        self._models, self._ours, self._clock, self._printed, self._mark = models, ours, clock, printed, mark
        # spent says that the process may not be as it was, so that another one should go on.
        self.spent = False
        self._cover = None

    def run(self, item):
        """Returns the answer to one request: an error of the module, or a result for each test."""
        out = {"key": item["key"]}
        main = "policy" if item["type"] == "policy" else "rule"
        lines = self._lines() if item.get("lines") else None
        self._clock.start()
        try:
            if lines:
                lines.start()
            started = time.perf_counter()
            m, out["error"] = self._guarded(lambda: self._load(item, main))
            out["load_us"] = int((time.perf_counter() - started) * 1e6)
            if out["error"] is None:
                out["tests"] = [self._test(item, m, main, t) for t in item["tests"]]
            else:
                out["printed"], out["rang"] = self._printed.take(), self._clock.rang
        finally:
            self._clock.stop()
            if lines:
                out["lines"], out["loads"] = lines.stop()
        out["spent"] = self.spent
        return out

    def _lines(self):
        if self._cover is None:
            from . import cover

            self._cover = cover.Lines(self._ours, list(self._models.values()))
        return self._cover

    def mutate(self, item):
        """Returns the answer to a request about changes of the code."""
        from . import mutate

        try:
            answer = mutate.Mutations(self, item).run()
        except BaseException as e:
            self.spent = True
            answer = {"key": item["key"], "error": faults.describe(e, self._ours), "mutants": []}
        answer["spent"] = self.spent
        return answer

    def mark(self):
        self._mark()

    @property
    def printed(self):
        return self._printed

    @property
    def rang(self):
        return self._clock.rang

    @contextlib.contextmanager
    def limited(self, cpu_seconds):
        """Limits the time of what is done within; None stands for the limit of a test."""
        self._clock.start(cpu_seconds)
        try:
            yield
        finally:
            self._clock.stop()

    def event(self, kind, event, reads=None):
        return self._event(kind, event, reads)

    def _guarded(self, f):
        """Returns the result of a function and the description of what it raised."""
        try:
            return f(), None
        except BaseException as e:
            if self._clock.rang or not isinstance(e, Exception) or isinstance(e, MemoryError):
                self.spent = True
            return None, faults.describe(e, self._ours)

    def _load(self, item, main):
        m = imports.load(item["id"], item["path"], item["body"])
        if main not in m.__dict__:
            raise AttributeError("the file does not define %s()" % main)
        return m

    def _test(self, item, m, main, t):
        self._mark()
        self._clock.start()
        r = {"errors": {}, "outputs": {}, "value": None}
        _, error = self._guarded(lambda: self._run(item, m, main, t, r))
        if error is not None:
            r["error"] = error
        r["rang"] = self._clock.rang
        self.spent = self.spent or self._clock.rang
        limits.reset()
        text = self._printed.take()
        if text:
            r["printed"] = text
        return r

    def _run(self, item, m, main, t, r):
        event = as_mapping(json.loads(t["event"]))
        reads = None
        if item.get("watch"):
            from . import watch

            reads = watch.Reads()
        event = self._event(item["type"], event, reads)
        undo = mock(m, t.get("mocks") or ())
        try:
            started = time.perf_counter()
            value, error = self._guarded(lambda: boolean(main, m.__dict__[main](event)))
            r["us"] = int((time.perf_counter() - started) * 1e6)
            if reads is not None:
                r["reads"] = reads.list()
            if error is None:
                r["value"] = value
            else:
                r["errors"][main] = error
            self._outputs(item, m, event, r)
        finally:
            unmock(m, undo)

    def _outputs(self, item, m, event, r):
        """Calls the other functions, and notes what they return or raise."""
        for name in functions.NAMES:
            f = m.__dict__.get(name)
            if f is not None and not self._clock.rang:
                v, error = self._guarded(lambda: functions.call(name, f, event))
                if error is None:
                    r["outputs"][name] = v
                else:
                    r["errors"][name] = error
        if "dedup" not in r["errors"] and not r["outputs"].get("dedup"):
            title = r["outputs"].get("title") if "dedup" not in m.__dict__ else None
            r["outputs"]["dedup"] = title or "defaultDedupString:" + item["id"]

    def _event(self, kind, event, reads):
        model = self._models.get(event.get("p_log_type")) if kind == "rule" else None
        if reads is not None:
            from . import watch

            return watch.watched_resource(event, reads) if kind == "policy" else watch.watched_event(event, model, reads)
        return event if kind == "policy" else PantherEvent(event, model)


def as_mapping(event):
    if not isinstance(event, dict):
        raise TypeError("the test's event is a %s, and must be a mapping" % {"list": "list", "str": "text"}.get(type(event).__name__, "single value"))
    return event


def boolean(main, v):
    if type(v) is not bool:
        raise WrongReturn("%s() returned %s, and must return True or False" % (main, functions.shown(v)))
    return v


def mock(m, mocks):
    """Replaces names of a module for one test, and returns what they were."""
    undo = []
    if not mocks:
        return undo
    from unittest.mock import MagicMock

    try:
        for k in mocks:
            name = k["name"]
            old = m.__dict__.get(name, MISSING)
            if old is MISSING and not hasattr(builtins, name):
                raise AttributeError("the test mocks %s, and the detection has no such name" % name)
            undo.append((name, old))
            m.__dict__[name] = k["made"] if "made" in k else MagicMock(return_value=k["value"])
    except BaseException:
        unmock(m, undo)
        raise
    return undo


def unmock(m, undo):
    for name, old in reversed(undo):
        if old is MISSING:
            m.__dict__.pop(name, None)
        else:
            m.__dict__[name] = old
