"""TODO: what this module is for. Detections import it as {{id}}."""


def is_private_user(name):
    """TODO: replace this function with what several detections need."""
    return str(name).endswith("@example.com")
