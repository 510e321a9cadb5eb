"""`br qa templates`: listing, one category, one template."""

from kits.program import Br


def test_all_of_them_by_category(empty: Br) -> None:
    answer = empty("qa", "templates")
    assert answer.code == 0
    assert "api-endpoint-answers  " in answer.out
    assert [line for line in answer.out.splitlines() if line == "security"]


def test_one_category(empty: Br) -> None:
    found = empty.ok("qa", "templates", "--category", "auth")["templates"]
    assert {each["category"] for each in found} == {"auth"}
    assert empty("qa", "templates", "--category", "cooking").code == 2


def test_one_template_says_what_it_leaves_open(empty: Br) -> None:
    answer = empty("qa", "templates", "auth-required")
    assert "parameter     path: path that needs a signed-in person" in answer.out
    assert "br qa add ID --template auth-required --set path=…" in answer.err
    (shown,) = empty.ok("qa", "templates", "auth-required")["templates"]
    assert shown["checks"][0]["kind"] == "http"


def test_an_unknown_one_is_refused_with_the_nearest(empty: Br) -> None:
    answer = empty("qa", "templates", "auth-requird", "--json")
    assert (answer.code, answer.error["code"]) == (1, "unknown_template")
    assert answer.error["hint"] == "did you mean auth-required?"
