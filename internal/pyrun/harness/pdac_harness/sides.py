"""Runs detections over many events, to compare what two versions of them do. Events are
sent once and named by their number, and functions are called only for an alert."""
import json
import marshal

from . import imports
from .detection import Runner, as_mapping, boolean, mock, unmock
from .reach import Reach

NO_ALERT = {"value": False}
# After so many tests of a detection that took too long, the others are given up.
PATIENCE = 3


class Sides(Runner):
    def __init__(self, common, *rest):
        super().__init__(*rest)
        self._events = common["events"]
        self._reach = Reach(common.get("lines") or {})
        imports.compiled = self._reach.compiled
        self._late = 0

    def run(self, item):
        self._late = 0
        out = super().run(item)
        out["reached"], out["runnable"] = self._reach.take()
        return out

    def _pooled(self, number):
        """Returns an event as a copy of its own: a detection can change it."""
        e = self._events[number]
        if isinstance(e, str):
            e = self._events[number] = marshal.dumps(as_mapping(json.loads(e)))
        return marshal.loads(e)

    def _test(self, item, m, main, t):
        if self._late == PATIENCE:
            return {"error": {"type": "GaveUp", "message": "", "trace": []}}
        r = super()._test(item, m, main, t)
        self._late += r["rang"]
        if r["value"] is False and len(r) == 4 and not r["errors"] and not r["outputs"] and not r["rang"]:
            return NO_ALERT
        return r

    def _run(self, item, m, main, t, r):
        number = t.get("pooled")
        event = self._pooled(number - 1) if number else as_mapping(json.loads(t["event"]))
        event = self._event(item["type"], event, None)
        undo = mock(m, t.get("mocks") or ())
        try:
            value, error = self._guarded(lambda: boolean(main, m.__dict__[main](event)))
            if error is not None:
                r["errors"][main] = error
                return
            r["value"] = value
            if value != (main == "policy"):
                self._outputs(item, m, event, r)
        finally:
            unmock(m, undo)
