from acme_alerts import aws_context
from acme_aws import actor_name, is_production, succeeded

PUBLIC_PORTS = {80, 443}
EVERYBODY = {"0.0.0.0/0", "::/0"}


def open_ports(event):
    """First and last port of each permission that lets everybody in, leaving out public ports."""
    permissions = event.deep_get("requestParameters", "ipPermissions", "items", default=[])
    ports = []
    for permission in permissions:
        ranges = (permission.get("ipRanges") or {}).get("items") or []
        ranges_v6 = (permission.get("ipv6Ranges") or {}).get("items") or []
        sources = {item.get("cidrIp") for item in ranges}
        sources |= {item.get("cidrIpv6") for item in ranges_v6}
        first, last = permission.get("fromPort"), permission.get("toPort")
        if sources & EVERYBODY and not (first == last and first in PUBLIC_PORTS):
            ports.append((first, last))
    return ports


def rule(event):
    if event.get("eventName") != "AuthorizeSecurityGroupIngress" or not succeeded(event):
        return False
    return bool(open_ports(event))


def title(event):
    group = event.deep_get("requestParameters", "groupId", default="a security group")
    return f"{actor_name(event)} opened {group} to the world"


def severity(event):
    return "HIGH" if is_production(event) else "DEFAULT"


def alert_context(event):
    return aws_context(event) | {"ports": [f"{first}-{last}" for first, last in open_ports(event)]}
