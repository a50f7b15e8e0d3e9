from acme_alerts import aws_context
from acme_aws import account_label


def rule(event):
    if event.deep_get("userIdentity", "type") != "Root":
        return False
    return event.udm("event_type") == "successful_login"


def title(event):
    return f"Root logged in to the console of {account_label(event)}"


def alert_context(event):
    used = event.deep_get("additionalEventData", "MFAUsed", default="unknown")
    return aws_context(event) | {"second_factor": used}
