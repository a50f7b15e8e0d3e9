"""Ends a test that takes too long, and the process if pdac is gone."""
import os
import sys
import time

from .errors import TookTooLong

TICK = 0.25


class Clock:
    def __init__(self, seconds, requests):
        self._seconds, self._limit, self._requests = seconds, seconds, requests
        self._until = None
        self.rang = False
        try:
            import select
            import signal

            self._select = select.select
            self._timer = lambda s: signal.setitimer(signal.ITIMER_REAL, s, s)
            signal.signal(signal.SIGALRM, self._tick)
        except (ImportError, AttributeError):
            self._timer = lambda s: None  # Windows: only pdac itself ends a test

    def start(self, seconds=None):
        self.rang = False
        self._limit = seconds or self._seconds
        self._until = time.monotonic() + self._limit
        self._timer(min(TICK, self._limit / 2))

    def stop(self):
        self._until = None
        self._timer(0)

    def _tick(self, *_):
        # While a test runs, pdac sends nothing: only the end of the pipe is readable.
        if self._select([self._requests], [], [], 0)[0]:
            os._exit(0)
        if self._until is not None and time.monotonic() > self._until:
            # It rings again with the next tick, for code that catches everything.
            self.rang = True
            raise TookTooLong("the test took more than %g s" % self._limit)


RECURSION = sys.getrecursionlimit()


def reset():
    """Undoes what a test may have set for the whole process."""
    if sys.getrecursionlimit() != RECURSION:
        sys.setrecursionlimit(RECURSION)
