"""Who says that a check ran: this machine, or a CI system as its environment claims."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping

# Variable that only the provider sets → (its name, how its runner is called).
_OTHERS = {
    "BUILDKITE": "buildkite",
    "CIRCLECI": "circleci",
    "JENKINS_URL": "jenkins",
    "TF_BUILD": "azure",
    "BITBUCKET_BUILD_NUMBER": "bitbucket",
    "TEAMCITY_VERSION": "teamcity",
    "FORGEJO_ACTIONS": "forgejo",
    "GITEA_ACTIONS": "gitea",
    "DRONE": "drone",
    "CI_PIPELINE_URL": "woodpecker",
}


def runner(around: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The member `runner` of a record.

    Class `ci` needs `CI` and the variables of a known provider. Both can be set by hand: it is a
    claim, which the key that signs it has to bear out.
    """
    from buildrunner import __version__

    found = _provider(around) if _truthy(around.get("CI", "")) else {}
    name = found.pop("name", "") or platform.node() or "unknown"
    return {
        "class": "ci" if found else "local",
        "name": name[:200],
        "version": __version__,
        **found,
    }


def _truthy(value: str) -> bool:
    return value.lower() in ("true", "1", "yes")


def _provider(around: Mapping[str, str]) -> dict[str, str]:
    if around.get("GITHUB_ACTIONS") == "true" and around.get("GITHUB_RUN_ID"):
        server = around.get("GITHUB_SERVER_URL", "https://github.com")
        repository = around.get("GITHUB_REPOSITORY", "")
        url = f"{server}/{repository}/actions/runs/{around['GITHUB_RUN_ID']}"
        return _row("github", around.get("RUNNER_NAME", "GitHub Actions"), url)
    if around.get("GITLAB_CI") == "true" and around.get("CI_JOB_ID"):
        name = around.get("CI_RUNNER_DESCRIPTION", "") or "GitLab CI"
        return _row("gitlab", name, around.get("CI_JOB_URL", ""))
    for variable, provider in _OTHERS.items():
        if around.get(variable):
            return _row(provider, provider, around.get("BUILD_URL", ""))
    return {}


def _row(provider: str, name: str, url: str) -> dict[str, str]:
    row = {"provider": provider, "name": name}
    if url.startswith(("https://", "http://")) and len(url) <= 2_000:
        row["run_url"] = url
    return row
