from acme_alerts import aws_context
from acme_aws import account_label, actor_name, succeeded

QUIETING_CALLS = ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors")


def rule(event):
    return event.get("eventName") in QUIETING_CALLS and succeeded(event)


def title(event):
    return f"{actor_name(event)} quietened CloudTrail in {account_label(event)}"


def alert_context(event):
    trail = event.deep_get("requestParameters", "name")
    return aws_context(event) | {"trail": trail}
