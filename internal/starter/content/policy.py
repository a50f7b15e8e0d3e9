def policy(resource):
    # TODO: return True for the resources that comply.
    return bool(resource.get("Encrypted"))
