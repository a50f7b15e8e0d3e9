from acme_alerts import office_of, okta_context

HOME_COUNTRIES = ("NO", "CA", "PT")


def rule(event):
    if event.udm("event_type") != "successful_login":
        return False
    if office_of(event, "client.ipAddress"):
        return False
    return event.deep_get("client", "geographicalContext", "country") not in HOME_COUNTRIES


def title(event):
    country = event.deep_get("client", "geographicalContext", "country", default="an unknown place")
    return f"{event.udm('actor_user')} logged in to Okta from {country}"


def dedup(event):
    return event.udm("actor_user", default="unknown user")


def alert_context(event):
    return okta_context(event)
