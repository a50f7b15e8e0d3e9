EMERGENCY_USERS = {"break-glass"}


def rule(event):
    return event.get("logins", 0) > 0 and event.get("user_name") not in EMERGENCY_USERS


def title(event):
    account = event.get("account_id")
    return f"{event.get('user_name')} logged in to {account} without a second factor"


def dedup(event):
    return event.get("user_name", "unknown user")
