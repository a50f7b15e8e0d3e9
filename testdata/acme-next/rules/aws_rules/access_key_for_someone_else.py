from acme_alerts import aws_context
from acme_aws import actor_name, succeeded
from acme_identity import is_service_account


def key_owner(event):
    return event.deep_get("requestParameters", "userName", default="")


def rule(event):
    if event.get("eventName") != "CreateAccessKey" or not succeeded(event):
        return False
    actor = actor_name(event)
    if is_service_account(actor):
        return False
    # without a user name in the request the key is for the caller
    return key_owner(event) not in ("", actor)


def title(event):
    return f"{actor_name(event)} made an access key for {key_owner(event)}"


def alert_context(event):
    return aws_context(event) | {"key_owner": key_owner(event)}
