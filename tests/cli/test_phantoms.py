"""Seeded phantom completions: `br qa audit` catches every one and accuses nobody else."""

import pytest

from buildrunner.workspace import Workspace
from kits.phantoms import HONEST, PHANTOMS, Corpus
from kits.program import Br


@pytest.fixture
def corpus(empty: Br, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    for name, value in empty.env.items():
        if name in ("HOME", "XDG_CONFIG_HOME"):
            monkeypatch.setenv(name, value)
    monkeypatch.delenv("BR_SIGNING_KEY", raising=False)
    empty.ok("init", "--title", "Phantoms")
    made = Corpus(Workspace(str(empty.cwd)))
    for story in (*HONEST, *PHANTOMS):
        made.add(story)
    made.write()
    return made


def test_every_phantom_is_caught(
    corpus: Corpus, empty: Br, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = empty("qa", "audit", "--json")
    assert answer.code == 1
    caught = {corpus.names[each["id"]] for each in answer.json["unproven"]}
    planted = {story.__name__ for story in PHANTOMS}
    with capsys.disabled():
        print(f"\n{len(caught & planted)} of {len(planted)} phantoms caught")
    assert caught == planted
    assert len(planted) >= 40
    assert answer.json["proven"] == len(HONEST)
    for each in answer.json["unproven"]:
        for one in each["missing"]:
            assert one["reason"]
            assert one["next_command"].startswith(("br ", "git push"))


def test_again_from_what_is_remembered(corpus: Corpus, empty: Br) -> None:
    first, second = empty("qa", "audit", "--json").json, empty("qa", "audit", "--json").json
    assert first == second
    assert empty.ok("status")["counts"]["proven"] == len(HONEST)
    for identifier, name in corpus.names.items():
        label = "self-attested" if name == "proven_by_ones_own_word" else "proven"
        honest = name in {story.__name__ for story in HONEST}
        if honest:
            assert empty.ok("show", identifier)["proof"]["label"] == label
