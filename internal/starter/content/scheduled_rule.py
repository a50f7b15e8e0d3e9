# TODO: the number that alerts, or a condition over the columns of the query.
THRESHOLD = 10


def rule(event):
    return event.get("total", 0) > THRESHOLD


def title(event):
    return f"{{name}}: {event.get('actor', '<unknown actor>')}"
