from acme_identity import is_service_account

DORMANT_AFTER_DAYS = 90


def rule(event):
    if is_service_account(event.get("email")):
        return False
    return event.get("days_since_login", 0) >= DORMANT_AFTER_DAYS


def title(event):
    return f"{event.get('email')} has not logged in for {event.get('days_since_login')} days"
