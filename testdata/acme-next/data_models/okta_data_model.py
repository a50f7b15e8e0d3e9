OUTCOMES = {"SUCCESS": "successful_login", "FAILURE": "failed_login"}


def event_type(event):
    if event.get("eventType") == "user.session.start":
        return OUTCOMES.get(event.deep_get("outcome", "result"))
    if event.get("eventType") == "user.account.privilege.grant":
        return "admin_role_assigned"
    return None
