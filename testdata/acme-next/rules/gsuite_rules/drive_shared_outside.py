from acme_identity import is_acme_address
from acme_text import matches_any

PRIVATE_PROVIDERS = ("*@private-mail.example.net", "*@free-mail.example.net")


def is_private_mailbox(address):
    return matches_any(address, PRIVATE_PROVIDERS)


def rule(event):
    if event.deep_get("id", "applicationName") != "drive":
        return False
    if event.deep_get("parameters", "visibility") != "shared_externally":
        return False
    guest = event.deep_get("parameters", "target_user", default="")
    return not is_acme_address(guest) and bool(is_private_mailbox(guest))


def title(event):
    document = event.deep_get("parameters", "doc_title", default="a document")
    return f"{event.udm('actor_user')} shared {document} with a private mailbox"


def dedup(event):
    return event.udm("actor_user", default="unknown user")
