"""The errors of the harness itself."""


class NeedsPanther(Exception):
    """The code needs something that only Panther has."""


class WrongReturn(Exception):
    """A function of a detection returned something that Panther does not accept."""


class TookTooLong(BaseException):
    """A test reached its limit of time. It is no Exception, so that code rarely catches it."""


class Refused(PermissionError):
    """A test tried to leave the process: network, other programs, writing files."""
