from acme_identity import is_service_account


def rule(event):
    return event.get("action") == "git.clone" and not is_service_account(event.get("actor"))


def unique(event):
    return event.get("repo", "unknown repository")


def dedup(event):
    return event.get("actor", "unknown user")


def title(event):
    return f"{event.get('actor')} is cloning many repositories"
