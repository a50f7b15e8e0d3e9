from acme_aws import actor_name, succeeded


def actor_user(event):
    return actor_name(event)


def event_type(event):
    if event.get("eventName") != "ConsoleLogin":
        return None
    answer = event.deep_get("responseElements", "ConsoleLogin")
    if succeeded(event) and answer == "Success":
        return "successful_login"
    return "failed_login"
