def policy(resource):
    tags = resource.get("Tags") or {}
    return bool(tags.get("owner"))
