"""Which class of runner the environment claims, and what it takes to claim it."""

from buildrunner import __version__
from buildrunner.workspace.checks.provenance import runner

GITHUB = {
    "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7", "GITHUB_REPOSITORY": "o/r",
    "GITHUB_SERVER_URL": "https://github.com", "RUNNER_NAME": "GitHub Actions 3",
}  # fmt: skip
GITLAB = {
    "CI": "true",
    "GITLAB_CI": "true",
    "CI_JOB_ID": "9",
    "CI_JOB_URL": "https://g.example/-/jobs/9",
}


def test_ci_systems() -> None:
    assert runner(GITHUB) == {
        "class": "ci", "provider": "github", "name": "GitHub Actions 3", "version": __version__,
        "run_url": "https://github.com/o/r/actions/runs/7",
    }  # fmt: skip
    assert runner(GITLAB)["run_url"] == "https://g.example/-/jobs/9"
    assert runner({"CI": "1", "BUILDKITE": "true"})["provider"] == "buildkite"


def test_a_flag_alone_is_no_ci() -> None:
    for around in ({}, {"CI": "true"}, {**GITHUB, "CI": ""}, {**GITHUB, "GITHUB_RUN_ID": ""}):
        found = runner(around)
        assert found["class"] == "local"
        assert "run_url" not in found
        assert found["name"]


def test_an_address_is_one() -> None:
    assert "run_url" not in runner({**GITLAB, "CI_JOB_URL": "javascript:alert(1)"})
