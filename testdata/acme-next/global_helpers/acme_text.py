from fnmatch import fnmatchcase


def lowered(value):
    """The text of a field, trimmed and in lower case; empty where the field is missing."""
    return str(value or "").strip().lower()


def matches_any(value, patterns):
    """True if the whole value fits one of the shell-style patterns, whatever its case."""
    text = lowered(value)
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def listed(value):
    """The parts of a comma separated text, trimmed, without empty ones."""
    return [part.strip() for part in str(value or "").split(",") if part.strip()]
