from acme_aws import account_label, actor_name
from acme_identity import is_acme_address, is_service_account
from acme_text import lowered

OFFICE_TABLE = "Acme Office Networks"


def aws_context(event):
    return {
        "actor": actor_name(event),
        "account": account_label(event),
        "region": event.get("awsRegion"),
        "action": event.get("eventName"),
        "source_ip": event.get("sourceIPAddress"),
    }


def okta_context(event):
    actor = event.deep_get("actor", "alternateId", default="")
    return {
        "actor": lowered(actor),
        "actor_is_ours": is_acme_address(actor),
        "actor_is_machine": is_service_account(actor),
        "source_ip": event.deep_get("client", "ipAddress"),
        "country": event.deep_get("client", "geographicalContext", "country"),
        "outcome": event.deep_get("outcome", "result"),
    }


def office_of(event, selector):
    """The office that an address belongs to, from the lookup table; empty if it is not ours."""
    return event.deep_get("p_enrichment", OFFICE_TABLE, selector, "office", default="")
