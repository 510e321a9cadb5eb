"""Ways around a protected path, all of which lead to a denial."""

from datetime import UTC, datetime

import pytest

from buildrunner.policy.change import Change, FileChange, Hunk
from buildrunner.policy.document import load
from buildrunner.policy.judge import judge

NOW = datetime(2026, 11, 23, tzinfo=UTC)
RULES = load(
    "protected_paths: [/infra/prod/, '*.pem', /café.txt]\n"
    "approvals: {required: [{role: TechLead}]}\n".encode()
).policy
LINK = {"mode_after": "120000", "status": "added"}


def link(path: str, target: str, **more: str) -> FileChange:
    return FileChange(path, hunks=[Hunk(added=[(1, target)])], **{**LINK, **more})


EVASIONS = {
    "edit": FileChange("infra/prod/main.tf"),
    "add": FileChange("infra/prod/new.tf", status="added"),
    "delete": FileChange("infra/prod/main.tf", status="deleted"),
    "rename out": FileChange("main.tf", status="renamed", old_path="infra/prod/main.tf"),
    "rename in": FileChange("infra/prod/main.tf", status="renamed", old_path="main.tf"),
    "rename the folder": FileChange("infra/old/m.tf", status="renamed", old_path="infra/prod/m.tf"),
    "copy in": FileChange("infra/prod/b.tf", status="copied", old_path="a.tf"),
    "mode alone": FileChange("infra/prod/run.sh", mode_before="100644", mode_after="100755"),
    "becomes a link": link("infra/prod/main.tf", "/tmp/x", status="typechange"),
    "folder becomes a link": link("infra/prod", "../elsewhere"),
    "folder above becomes a link": link("infra", "elsewhere"),
    "file becomes the folder": FileChange("infra/prod", status="added"),
    "submodule in place": FileChange("infra/prod", status="added", mode_after="160000"),
    "submodule above": FileChange("infra", status="added", mode_after="160000"),
    "submodule moves": FileChange("infra/prod/lib", mode_before="160000", mode_after="160000"),
    "link to a protected file": link("docs/x", "../infra/prod/main.tf"),
    "link to a folder above": link("docs/x", "../infra"),
    "upper case": FileChange("INFRA/Prod/main.tf", status="added"),
    "dot segments": FileChange("docs/../infra/./prod/main.tf", status="added"),
    "doubled slashes": FileChange("infra//prod///main.tf", status="added"),
    "leading slash": FileChange("/infra/prod/main.tf", status="added"),
    "backslashes": FileChange("infra\\prod\\main.tf", status="added"),
    "trailing dot": FileChange("infra./prod /main.tf", status="added"),
    "stream of the folder": FileChange("infra::$INDEX_ALLOCATION/prod/x", status="added"),
    "zero width": FileChange("in\u200bfra/pr\u2060od/main.tf", status="added"),
    "soft hyphen": FileChange("infra/pr\u00adod/main.tf", status="added"),
    "variation selector": FileChange("infra/prod\ufe0f/main.tf", status="added"),
    "full width": FileChange("ｉｎｆｒａ/prod/main.tf", status="added"),
    "ligature": FileChange("inﬁra".replace("ﬁ", "f") + "/prod/x", status="added"),
    "decomposed": FileChange("cafe\u0301.txt", status="added"),
    "suffix in any case": FileChange("deep/down/KEY.PEM", status="added"),
    "bytes that are no text": FileChange("infra/prod/\udcff.tf", status="added"),
}


@pytest.mark.parametrize("name", EVASIONS)
def test_a_protected_path_cannot_be_got_around(name: str) -> None:
    denials = judge(RULES, Change(files=[EVASIONS[name]]), now=NOW)
    assert [denial.rule for denial in denials] == ["protected-path"], name
    assert denials[0].as_dict()["message"]


@pytest.mark.parametrize(
    "path",
    ["infra/product/x", "infra/prod.tf", "my/infra/prod/x", "a.pem.txt", "inframain", "cafés.txt"],
)
def test_neighbours_are_left_alone(path: str) -> None:
    assert judge(RULES, Change(files=[FileChange(path, status="added")]), now=NOW) == []


@pytest.mark.parametrize(
    "path",
    [
        "buildrunner/governance/policy.yml",
        "governance/policy.yml",
        "Governance/POLICY.yml",
        "part/buildrunner/governance/policy.yml",
        "buildrunner/governance/waivers.json",
        "buildrunner/governance/scan-baseline.json",
        "buildrunner/keys.json",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        ".github/codeowners",
        ".github/workflows/new.yml",
        ".github/actions/x/action.yml",
        ".gitlab-ci.yml",
        ".githooks/pre-commit",
        ".husky/pre-push",
        ".pre-commit-config.yaml",
    ],
)
def test_the_rules_protect_themselves(path: str) -> None:
    for file in (
        FileChange(path),
        FileChange(path, status="deleted"),
        FileChange("x", status="renamed", old_path=path),
    ):
        denials = judge({}, Change(files=[file]), now=NOW)
        assert [denial.rule for denial in denials] == ["policy-guard"]


@pytest.mark.parametrize("path", ["buildrunner", "buildrunner/governance", ".github", "governance"])
def test_the_folder_of_the_rules_cannot_be_replaced(path: str) -> None:
    for mode in ("120000", "160000"):
        file = FileChange(path, status="added", mode_after=mode)
        assert [d.rule for d in judge({}, Change(files=[file]), now=NOW)] == ["policy-guard"]
