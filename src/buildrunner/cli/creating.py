"""Showing a draft in a terminal, and asking what of it is taken."""

from __future__ import annotations

import sys
from typing import Any

from buildrunner.cli.output import Output
from buildrunner.spec.drafting import Draft, chosen, exactly

_INDENT = {"milestone": 0, "step": 2, "microstep": 4}
_LEFT_OUT = 12


def show(out: Output, made: Draft) -> None:
    """The proposed tree, what it assumes, what it asks, what it left out."""
    counts = made.counts()
    optional = f", {counts['optional']} more are optional" if counts["optional"] else ""
    out.data(
        f"{out.paint(made.title, 'bold')}: {counts['milestones']} milestones, "
        f"{counts['steps']} steps, {counts['microsteps']} microsteps{optional}"
    )
    for item in made.items:
        _item(out, item)
    _list(out, "Assumed", [_placed(each["text"], each) for each in made.assumptions])
    questions = [
        f"{each['id']}: {each['text']}" + (f"  {each['answer']}" if each["answer"] else "")
        for each in made.questions
    ]
    _list(out, "Open questions (--answer ID=TEXT)", questions)
    fitting = [f"{each['name']}: {each['title']}, {each['why']}" for each in made.suggestions]
    _list(out, "Blueprints that fit", fitting)
    left = [_placed(f"{each['text']}: {each['why']}", each) for each in made.left_out]
    more = [f"and {len(left) - _LEFT_OUT} more; --json has all"] if len(left) > _LEFT_OUT else []
    _list(out, "Left out", left[:_LEFT_OUT] + more)
    if made.known:
        out.data(f"In the plan already: {len(made.known)}")


def _item(out: Output, item: dict[str, Any]) -> None:
    indent = " " * _INDENT[item["kind"]]
    mark = out.paint(" (optional)", "dim") if item["optional"] else ""
    plus = out.paint("+", "green")
    out.data(f"{indent}{plus} {out.paint(item['id'], 'dim')} {item['title']}{mark}")
    for text in item["fields"].get("criteria", ()):
        out.data(f"{indent}    - {text}")
    if item["kind"] == "microstep":
        source = item["source"]
        line = f":{source['line']}" if source.get("line") else ""
        out.data(out.paint(f"{indent}    {source['name']}{line}, {item['why']}", "dim"))


def _list(out: Output, title: str, lines: list[str]) -> None:
    if lines:
        out.data(out.paint(title, "bold"))
        for line in lines:
            out.data(f"  {line}")


def _placed(text: str, row: dict[str, Any]) -> str:
    source = row.get("source") or {}
    return f"{text} ({source['name']}:{source['line']})" if source.get("line") else text


def ask(out: Output, made: Draft) -> list[dict[str, Any]]:
    """Ask for each microstep; empty where nothing is taken.

    `a` takes the rest as proposed, `q` stops with what was taken so far.
    """
    if not made.items:
        return []
    out.note("y take · n skip · a all the rest but optional ones · q stop")
    taken: list[str] = []
    rows = [item for item in made.items if item["kind"] == "microstep"]
    for place, item in enumerate(rows):
        answer = _answer(f"{item['id']} {item['title']}? [y/n/a/q] ")
        if answer == "q":
            break
        if answer == "a":
            usual = {each["id"] for each in chosen(made.items, None)}
            taken += [each["id"] for each in rows[place:] if each["id"] in usual]
            break
        if answer == "y":
            taken.append(item["id"])
    return exactly(made.items, taken)


def _answer(question: str) -> str:
    while True:
        sys.stderr.write(question)
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            return "q"
        word = line.strip().casefold()[:1]
        if word in ("y", "n", "a", "q"):
            return word
