def rule(event):
    return event.get("eventType") == "system.api_token.create"
