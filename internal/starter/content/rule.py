def rule(event):
    # TODO: return True for the events that should alert.
    return event.get("action") == "change-me"


def title(event):
    return f"{{name}}: {event.get('actor', '<unknown actor>')}"
