def rule(event):
    return event.udm("event_type") == "successful_login"
