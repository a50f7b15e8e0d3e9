from acme_text import matches_any

WEAKENING = {
    "protected_branch.destroy",
    "protected_branch.policy_override",
    "repository_ruleset.destroy",
}
RELEASE_BRANCHES = ("main", "master", "release/*")


def rule(event):
    return event.get("action") in WEAKENING and matches_any(event.get("name"), RELEASE_BRANCHES)


def title(event):
    branch = f"{event.get('name')} of {event.get('repo')}"
    return f"{event.udm('actor_user')} took the protection off {branch}"


def dedup(event):
    return event.get("repo", "unknown repository")
