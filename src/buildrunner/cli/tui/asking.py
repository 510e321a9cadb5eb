"""Questions over the screen: one line of text, a yes, a choice, or what a refusal misses."""

from __future__ import annotations

import json
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from buildrunner.cli.tui.tree import plain
from buildrunner.workspace.program import Answer


class AskText(ModalScreen[str | None]):
    """Asks for a line; None when it was left."""

    BINDINGS = [Binding("escape", "dismiss(None)", "Leave")]

    def __init__(self, question: str, value: str = "") -> None:
        super().__init__()
        self._question = question
        self._value = value

    def compose(self) -> ComposeResult:
        """Question, input, and how to end."""
        with Vertical(classes="box"):
            yield Label(Text(plain(self._question), "bold"))
            yield Input(self._value)
            yield Label(Text("Enter takes it, Escape leaves everything as it is.", "dim"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        self.dismiss(event.value.strip() or None)


class Confirm(ModalScreen[bool]):
    """Asks before something goes."""

    BINDINGS = [
        Binding("y", "dismiss(True)", "Yes"),
        Binding("n,escape", "dismiss(False)", "No"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and its answers."""
        with Vertical(classes="box"):
            yield Label(Text(plain(self._question), "bold"))
            yield Label(Text("y yes   n no", "dim"))


class Refused(ModalScreen[str]):
    """Why not, what is missing, and the command that would help: `r` runs it."""

    BINDINGS = [
        Binding("r", "run", "Run it"),
        Binding("escape,enter,q", "dismiss('')", "Close"),
    ]

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._error = answer.error
        self._command = str(self._error.get("next_command") or "")

    def compose(self) -> ComposeResult:
        """The refusal as `br` words it."""
        text = Text()
        text.append(f"{plain(str(self._error.get('message')))}\n", "bold")
        for item in self._error.get("missing") or []:
            text.append(f"  · {plain(str(item))}\n")
        if self._error.get("hint"):
            text.append(f"\n{plain(str(self._error['hint']))}\n", "dim")
        if self._command:
            text.append("\nnext: ", "dim")
            text.append(f"{plain(self._command)}\n", "cyan")
        with VerticalScroll(classes="box"):
            yield Static(text)
            keys = "r runs it here   " if self._runs() else ""
            yield Label(Text(f"{keys}Escape closes", "dim"))

    def _runs(self) -> bool:
        # What asks at the terminal, or has a place to fill in, is for the line.
        return self._command.startswith("br qa run ") or self._command == "br sync"

    def action_run(self) -> None:
        """Hand the command back to be run."""
        if self._runs():
            self.dismiss(self._command.removeprefix("br "))


class Choose(ModalScreen[str | None]):
    """One conflict: what stood, what stands here, what stands there."""

    BINDINGS = [
        Binding("o", "dismiss('--ours')", "Ours"),
        Binding("t", "dismiss('--theirs')", "Theirs"),
        Binding("escape", "dismiss(None)", "Later"),
    ]

    def __init__(self, conflict: dict[str, Any], place: str) -> None:
        super().__init__()
        self._conflict = conflict
        self._place = place

    def compose(self) -> ComposeResult:
        """The three values one above the other."""
        one = self._conflict
        text = Text()
        text.append(f"Conflict {self._place}: ", "bold")
        text.append(f"{plain(str(one.get('id')))}.{plain(str(one.get('field')))}", "cyan")
        text.append(f"  {plain(str(one.get('title') or ''))}\n\n")
        for name, words in (("base", "before"), ("ours", "here"), ("theirs", "there")):
            text.append(f"{words:<8}", "dim")
            text.append(f"{_shown(one, name)}\n")
        if one.get("author"):
            author = one["author"]
            who = author.get("name") if isinstance(author, dict) else author
            text.append(f"\nthere by {plain(str(who))}\n", "dim")
        with VerticalScroll(classes="box"):
            yield Static(text)
            yield Label(Text("o keeps ours   t takes theirs   Escape decides later", "dim"))


def _shown(conflict: dict[str, Any], name: str) -> str:
    if name not in conflict:
        return "(nothing)"
    value = conflict[name]
    return plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
