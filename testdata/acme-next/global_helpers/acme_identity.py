from acme_text import lowered, matches_any

ACME_DOMAINS = ("acme.example.com", "acme-labs.example.com", "acme-open.example.org")

SERVICE_ACCOUNTS = (
    "svc-*@acme.example.com",
    "okta-sync@acme.example.com",
    "*-deployer",
    "backup-*",
)


def is_acme_address(address):
    _, at_sign, domain = lowered(address).rpartition("@")
    return bool(at_sign) and domain in ACME_DOMAINS


def is_service_account(name):
    return matches_any(name, SERVICE_ACCOUNTS)
