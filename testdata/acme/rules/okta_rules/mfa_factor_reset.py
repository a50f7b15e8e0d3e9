from acme_alerts import okta_context
from acme_text import lowered

RESETS = {"user.mfa.factor.reset_all", "user.mfa.factor.deactivate"}


def person_reset(event):
    for target in event.get("target") or []:
        if target.get("type") == "User":
            return lowered(target.get("alternateId"))
    return ""


def rule(event):
    if event.get("eventType") not in RESETS:
        return False
    actor = lowered(event.deep_get("actor", "alternateId"))
    return event.deep_get("outcome", "result") == "SUCCESS" and actor != person_reset(event)


def unique(event):
    return person_reset(event)


def dedup(event):
    return lowered(event.deep_get("actor", "alternateId"))


def title(event):
    return f"{event.deep_get('actor', 'alternateId')} is resetting second factors in Okta"


def alert_context(event):
    return okta_context(event) | {"person_reset": person_reset(event)}
