from acme_identity import is_service_account

# Accounts that hold customer data. What happens in them is urgent.
PRODUCTION_ACCOUNTS = {
    "123456789012": "acme-production",
    "210987654321": "acme-billing",
}


def actor_name(event):
    """The person or role behind a CloudTrail event, as short as it can be told."""
    identity = event.get("userIdentity") or {}
    if identity.get("type") == "Root":
        return "root"
    if identity.get("userName"):
        return identity.get("userName")
    # assumed roles end in .../ROLE/SESSION, and the role is the part that means something
    parts = str(identity.get("arn") or "").split("/")
    if len(parts) >= 3:
        return parts[-2]
    return parts[-1] or "unknown"


def account_label(event):
    account = event.get("recipientAccountId") or "unknown"
    return PRODUCTION_ACCOUNTS.get(account, account)


def is_production(event):
    return event.get("recipientAccountId") in PRODUCTION_ACCOUNTS


def succeeded(event):
    return not event.get("errorCode") and not event.get("errorMessage")


def is_automation(event):
    if event.deep_get("userIdentity", "type") == "AWSService":
        return True
    return is_service_account(actor_name(event))
