"""Ends a test that takes too long, and the process if pdac is gone."""
import os
import sys
import time

from .errors import TookTooLong

TICK = 0.25
# PATIENCE is how much longer something with a limit of processor time may take in all.
PATIENCE = 10


class Clock:
    def __init__(self, seconds, requests):
        self._seconds, self._limit, self._requests = seconds, seconds, requests
        self._until = self._cpu_until = None
        self.rang = False
        try:
            import select
            import signal

            self._select = select.select
            self._timer = lambda s: signal.setitimer(signal.ITIMER_REAL, s, s)
            signal.signal(signal.SIGALRM, self._tick)
        except (ImportError, AttributeError):
            self._timer = lambda s: None  # Windows: only pdac itself ends a test

    def start(self, cpu_seconds=None):
        """Starts the limit of a test, or one of processor time, which does not depend on what else the machine does."""
        self.rang = False
        self._limit = self._seconds if cpu_seconds is None else cpu_seconds * PATIENCE
        self._cpu_until = None if cpu_seconds is None else time.process_time() + cpu_seconds
        self._until = time.monotonic() + self._limit
        self._timer(min(TICK, self._limit / 2, self._limit if cpu_seconds is None else cpu_seconds / 2))

    def stop(self):
        self._until = None
        self._timer(0)

    def _tick(self, *_):
        # While a test runs, pdac sends nothing: only the end of the pipe is readable.
        if self._select([self._requests], [], [], 0)[0]:
            os._exit(0)
        late = self._until is not None and (time.monotonic() > self._until or self._cpu_until is not None and time.process_time() > self._cpu_until)
        if late:
            # It rings again with the next tick, for code that catches everything.
            self.rang = True
            raise TookTooLong("the test took more than %g s" % self._limit)


RECURSION = sys.getrecursionlimit()


def reset():
    """Undoes what a test may have set for the whole process."""
    if sys.getrecursionlimit() != RECURSION:
        sys.setrecursionlimit(RECURSION)
