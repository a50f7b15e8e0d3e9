def rule(event):
    # keys of people have no repository
    return event.get("action") == "public_key.create" and bool(event.get("repo"))
