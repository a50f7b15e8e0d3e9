import re

from acme_alerts import aws_context
from acme_aws import PRODUCTION_ACCOUNTS, actor_name, succeeded

OUR_ACCOUNTS = set(PRODUCTION_ACCOUNTS) | {"111122223333", "444455556666"}


def outsiders(event):
    policy = event.deep_get("requestParameters", "policyDocument", default="")
    named = set(re.findall(r"\b\d{12}\b", policy))
    return sorted(named - OUR_ACCOUNTS)


def rule(event):
    if event.get("eventName") != "UpdateAssumeRolePolicy" or not succeeded(event):
        return False
    return bool(outsiders(event))


def title(event):
    role = event.deep_get("requestParameters", "roleName", default="a role")
    return f"{actor_name(event)} let {', '.join(outsiders(event))} act as {role}"


def alert_context(event):
    return aws_context(event) | {"outsiders": outsiders(event)}
