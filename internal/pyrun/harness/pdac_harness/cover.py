"""Records which lines of the repository's Python run: with sys.monitoring where there is
one (3.12), else with sys.settrace."""
import sys

TOOL = 3


class Lines:
    """The lines that run while one request is answered."""

    def __init__(self, ours):
        self._ours = ours
        self._now = {}
        # What ran while modules were loaded stays: only the first request that imports one
        # sees it.
        self._loads = {}
        self._monitoring = getattr(sys, "monitoring", None)
        if self._monitoring:
            self._monitoring.use_tool_id(TOOL, "pdac")
            self._monitoring.register_callback(TOOL, self._monitoring.events.LINE, self._line)

    def start(self):
        self._now = {}
        if self._monitoring:
            self._monitoring.set_events(TOOL, self._monitoring.events.LINE)
            self._monitoring.restart_events()
        else:
            sys.settrace(self._call)

    def stop(self):
        """Returns the lines by file: of all that ran, and of all modules that were ever loaded."""
        if self._monitoring:
            self._monitoring.set_events(TOOL, 0)
        else:
            sys.settrace(None)
        return listed(self._now), listed(self._loads)

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
