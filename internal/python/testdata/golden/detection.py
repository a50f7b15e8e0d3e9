"""A rule with everything that rules have."""
from __future__ import annotations

import re
from panther_base_helpers import deep_get as get, pattern_match

SUSPICIOUS = {"root", 'admin'}  # pdac:ignore PD301 -- a comment
LIMITS: dict[str, int] = {"a": 1, **OTHER}


def rule(event, /, limit=10, *names: str, strict: bool = False, **rest) -> bool:
    if get(event, "userIdentity", "type") not in SUSPICIOUS or not event.get('x', default=None):
        return False
    for i, (name, *others) in enumerate(names):
        while i < limit <= 20:
            i += 1
            if re.match(r"^\d+$", name):
                break
        else:
            continue
    try:
        value = event["items"][0:-1, ::2][...]
    except (KeyError, IndexError) as err:
        raise ValueError("no items") from err
    finally:
        del value
    return any(x.y for x in others if x if (y := x)) and -1 ** 2 == ~1


def title(event):
    return f"User {event['name']!r:>{width}} {limit=} did " "it" f'{{{event.get("n"):.2f}}}'
