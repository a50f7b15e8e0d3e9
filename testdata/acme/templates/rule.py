def rule(event):
    return event.get("field") == "value"


def title(event):
    return f"Something happened to {event.get('field')}"
