"""Modules that Panther has and a bare Python does not. Each is written for the
harness: what works without Panther works, and everything else says what to mock."""
import sys
from types import ModuleType

from . import event
from .errors import NeedsPanther


def module(name, **names):
    m = ModuleType(name)
    m.__path__ = []
    m.__dict__.update(names)
    return m


def absent(name, needs):
    def call(*args, **kwargs):
        raise NeedsPanther("%s() needs %s, which tests do not have; mock it in the test" % (name, needs))

    call.__name__ = call.__qualname__ = name
    return call


def panther_core():
    error = type("PantherError", (Exception,), {})
    parts = {
        "enriched_event": {"PantherEvent": event.PantherEvent},
        "immutable": {"ImmutableCaseInsensitiveDict": event.ImmutableCaseInsensitiveDict, "ImmutableList": event.ImmutableList, "ImmutableContainerMixin": event.ImmutableContainerMixin},
        "exceptions": {n: error if n == "PantherError" else type(n, (Exception,), {}) for n in ("PantherError", "FunctionReturnTypeError", "UnknownDestinationError")},
    }
    top = module("panther_core", PantherEvent=event.PantherEvent)
    return package(top, parts)


# The functions of Panther's store of keys and values.
CACHING = """add_to_string_set check_account_age counter_key evaluate_threshold get_counter get_dictionary get_string_set
increment_counter kv_table monkeypatch put_dictionary put_string_set remove_from_string_set reset_counter
reset_string_set set_key_expiration ttl_expired""".split()


def caching():
    return package(module("panther_detection_helpers"), {"caching": {n: absent(n, "Panther's cache") for n in CACHING}})


def boto():
    """boto3 takes 0.2 s to import, and nothing of it works without AWS."""
    core = type("BotoCoreError", (Exception,), {})
    names = {"BotoCoreError": core, "ClientError": type("ClientError", (Exception,), {})}
    for n in ("NoCredentialsError", "EndpointConnectionError", "ParamValidationError"):
        names[n] = type(n, (core,), {})
    out = package(module("botocore"), {"exceptions": names, "config": {"Config": type("Config", (), {"__init__": lambda self, *a, **k: None})}})
    out["boto3"] = module("boto3", **{n: absent("boto3." + n, "AWS") for n in ("client", "resource", "Session")})
    out["boto3.session"] = out["boto3"].session = module("boto3.session", Session=out["boto3"].Session)
    return out


def package(top, parts):
    out = {top.__name__: top}
    for name, names in parts.items():
        sub = out[top.__name__ + "." + name] = module(top.__name__ + "." + name, **names)
        setattr(top, name, sub)
    return out


def install():
    for mods in (panther_core(), caching(), boto()):
        sys.modules.update(mods)
