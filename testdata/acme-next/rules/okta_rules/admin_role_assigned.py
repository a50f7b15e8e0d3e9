from acme_alerts import okta_context
from acme_identity import is_service_account
from acme_text import listed

HARMLESS_ROLES = {"Read-only administrator", "Report administrator"}


def granted_roles(event):
    return listed(event.deep_get("debugContext", "debugData", "privilegeGranted", default=""))


def rule(event):
    if event.get("eventType") != "user.account.privilege.grant":
        return False
    if event.deep_get("outcome", "result") != "SUCCESS":
        return False
    actor = event.deep_get("actor", "alternateId", default="")
    # the directory sync hands out read-only roles every night
    if is_service_account(actor) and set(granted_roles(event)) <= HARMLESS_ROLES:
        return False
    return True


def title(event):
    actor = event.deep_get("actor", "alternateId", default="somebody")
    roles = ", ".join(granted_roles(event)) or "an administrator role"
    return f"{actor} granted {roles} in Okta"


def severity(event):
    if "Super administrator" in granted_roles(event):
        return "CRITICAL"
    return "DEFAULT"


def alert_context(event):
    return okta_context(event) | {"roles": granted_roles(event)}
