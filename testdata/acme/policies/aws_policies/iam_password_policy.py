SHORTEST = 14
REMEMBERED = 24


def policy(resource):
    if not resource.get("AnyExist"):
        return False
    long_enough = (resource.get("MinimumPasswordLength") or 0) >= SHORTEST
    return long_enough and (resource.get("PasswordReusePrevention") or 0) >= REMEMBERED
