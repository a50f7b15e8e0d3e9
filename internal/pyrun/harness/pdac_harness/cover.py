"""Records which lines of the repository's Python run: with sys.monitoring where there is
one (3.12), else with sys.settrace."""
import builtins
import sys

TOOL = 3


class Lines:
    """The lines that run while one request is answered."""

    def __init__(self, ours, models):
        self._ours, self._models = ours, models
        self._now = {}
        # What ran while modules were loaded stays: only the first request that imports one
        # sees it. So does what they import.
        self._loads, self._imports = {}, {}
        # What this request imports.
        self._used = set()
        self._import = None
        self._monitoring = getattr(sys, "monitoring", None)
        if self._monitoring:
            self._monitoring.use_tool_id(TOOL, "pdac")
            self._monitoring.register_callback(TOOL, self._monitoring.events.LINE, self._line)

    def start(self):
        self._now, self._used = {}, set()
        for m in self._models:
            m.asked = False
        self._import, builtins.__import__ = builtins.__import__, self._imported
        if self._monitoring:
            self._monitoring.set_events(TOOL, self._monitoring.events.LINE)
            self._monitoring.restart_events()
        else:
            sys.settrace(self._call)

    def stop(self):
        """Returns the lines by file: of all that ran, and of the modules that the request
        uses, whichever request loaded them."""
        if self._monitoring:
            self._monitoring.set_events(TOOL, 0)
        else:
            sys.settrace(None)
        builtins.__import__ = self._import
        used = set()
        more = self._used | {m.file for m in self._models if m.asked}
        while more:
            used |= more
            more = set().union(*(self._imports.get(path, ()) for path in more)) - used
        return listed(self._now), listed({path: n for path, n in self._loads.items() if path in used})

    def _imported(self, name, globals=None, locals=None, fromlist=(), level=0):
        out = self._import(name, globals, locals, fromlist, level)
        path = getattr(sys.modules.get(name), "__file__", None)
        if path and self._ours(path):
            self._used.add(path)
            if locals is not None and globals is not None:  # not in a function
                self._imports.setdefault(globals.get("__file__"), set()).add(path)
        return out

    def _note(self, code, line):
        self._now.setdefault(code.co_filename, set()).add(line)
        if code.co_name == "<module>":
            self._loads.setdefault(code.co_filename, set()).add(line)

    def _line(self, code, line):
        if self._ours(code.co_filename):
            self._note(code, line)
        return self._monitoring.DISABLE

    def _call(self, frame, event, arg):
        return self._trace if self._ours(frame.f_code.co_filename) else None

    def _trace(self, frame, event, arg):
        if event == "line":
            self._note(frame.f_code, frame.f_lineno)
        return self._trace


def listed(lines):
    return {path: sorted(n) for path, n in lines.items() if path}
