"""The pages of `br help` and docs/reference/cli.md, written from the command table and manual.toml.

`python -m buildrunner.cli.manual` writes them; a test compares. `br` itself only prints the files.
"""

from __future__ import annotations

import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any

from buildrunner.cli.arguments import Signature
from buildrunner.cli.table import COMMANDS, GLOBALS, GROUPS, TOPICS

HERE = Path(__file__).parent
HELP = HERE / "help"
_WIDTH = 88
_COLUMN = 24


def load() -> dict[str, dict[str, Any]]:
    """The manual: command → text, options, json, examples."""
    return tomllib.loads((HERE / "manual.toml").read_text(encoding="utf-8"))


def usage_line(command: str) -> str:
    """`br plan move ID [--to PARENT] …`, wrapped."""
    signature = Signature(COMMANDS[command][3])
    words = []
    for name, required, many in signature.positionals:
        word = name + ("..." if many else "")
        words.append(word if required else f"[{word}]")
    line = " ".join(["br", command, *words, "[options]"])
    return textwrap.fill(line, _WIDTH, subsequent_indent="    ")


def options_of(command: str, manual: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """(how an option is written, what it does), in the order of the signature."""
    own = manual[command].get("options", {})
    rows: dict[str, tuple[list[str], str, str]] = {}
    for spelling, (name, metavar, _) in Signature(COMMANDS[command][3]).options.items():
        rows.setdefault(name, ([], metavar, ""))[0].append(spelling)
    found = []
    for name, (spellings, metavar, _) in rows.items():
        text = own.get(f"--{name}") or manual["common"].get(f"--{name}")
        if text is None:
            raise KeyError(f"manual.toml does not say what {command} --{name} does")
        found.append((f"{', '.join(spellings)} {metavar}".rstrip(), text))
    return found


def _rows(rows: list[tuple[str, str]], column: int = _COLUMN) -> list[str]:
    lines = []
    for left, right in rows:
        head = f"  {left:<{column}}  "
        if len(left) > column:
            lines.append(f"  {left}")
            head = " " * (column + 4)
        lines += textwrap.wrap(
            right, _WIDTH, initial_indent=head, subsequent_indent=" " * (column + 4)
        )
    return lines


def _flowed(text: str) -> list[str]:
    """Paragraphs wrapped; lines that begin with spaces stay as they are."""
    lines: list[str] = []
    paragraph: list[str] = []
    for line in [*text.strip("\n").splitlines(), ""]:
        if line and not line.startswith("  "):
            paragraph.append(line)
            continue
        lines += textwrap.wrap(" ".join(paragraph), _WIDTH, break_on_hyphens=False)
        paragraph = []
        lines.append(line)
    return lines[:-1]


def page(command: str, manual: dict[str, dict[str, Any]]) -> str:
    """The help page of a command."""
    entry = manual[command]
    lines = [f"br {command}: {COMMANDS[command][2]}", "", f"usage: {usage_line(command)}", ""]
    lines += _flowed(entry["text"])
    if options := options_of(command, manual):
        lines += ["", "options:", *_rows(options)]
    lines += ["", "everywhere:", *_rows(_globals())]
    lines += ["", "examples:"]
    lines += _rows([(example, note) for example, note in entry["examples"]], 44)
    return "\n".join(lines) + "\n"


def _globals() -> list[tuple[str, str]]:
    return [(f"{spelling} {metavar}".rstrip(), text) for spelling, metavar, text in GLOBALS]


def topic(name: str, manual: dict[str, dict[str, Any]]) -> str:
    """The page of a topic."""
    text: str = manual[f"topic {name}"]["text"]
    return f"{TOPICS[name]}\n\n{text.strip(chr(10))}\n"


def front_page() -> str:
    """What `br` and `br --help` print."""
    lines = ["br keeps a Build Spec true while people and agents work on it.", "",
             "usage: br COMMAND [ARGUMENTS] [--json] [--quiet] [--no-color] [-C DIR] [--help]"]  # fmt: skip
    for title, commands in GROUPS:
        lines += ["", title]
        lines += [f"  {command:<14}  {COMMANDS[command][2]}" for command in commands]
    lines += ["", "Topics"]
    lines += [f"  help {name:<11}  {text}" for name, text in TOPICS.items()]
    lines += ["", "`group:command` is taken for `group command`. `br help COMMAND` shows examples."]
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """File name in the help folder → its text."""
    manual = load()
    made = {"br.txt": front_page()}
    made.update({f"{c.replace(' ', '-')}.txt": page(c, manual) for c in COMMANDS})
    made.update({f"{name}.txt": topic(name, manual) for name in TOPICS})
    return made


def reference() -> str:
    """docs/reference/cli.md."""
    manual = load()
    lines = [
        "# The command line",
        "",
        "Made by `python -m buildrunner.cli.manual` from the command table and its manual; do not",
        "edit. Data goes to stdout, words to stderr. `group:command` is taken for `group command`.",
        "",
        "## Everywhere",
        "",
        "| option | meaning |",
        "|---|---|",
        *(f"| `{left}` | {right} |" for left, right in _globals()),
    ]
    for name, title in TOPICS.items():
        lines += ["", f"## {title[0].upper()}{title[1:]}", "", "```text"]
        lines += [*manual[f"topic {name}"]["text"].strip("\n").splitlines(), "```"]
    for heading, commands in GROUPS:
        lines += ["", f"## {heading}"]
        for command in commands:
            lines += _section(command, manual)
    return "\n".join(lines) + "\n"


def _section(command: str, manual: dict[str, dict[str, Any]]) -> list[str]:
    entry = manual[command]
    lines = ["", f"### br {command}", "", f"{COMMANDS[command][2].capitalize()}."]
    lines += ["", "```text", f"{' '.join(usage_line(command).split())}", "```", ""]
    text = entry["text"].strip("\n").splitlines()
    indented = [line for line in text if line.startswith("  ")]
    lines += [line for line in text if line not in indented]
    if indented:
        lines += ["", "```text", *(line[2:] for line in indented), "```"]
    if options := options_of(command, manual):
        lines += ["", "| option | meaning |", "|---|---|"]
        lines += [f"| `{left.replace('|', chr(92) + '|')}` | {right} |" for left, right in options]
    if members := entry.get("json"):
        lines += ["", "With `--json`:", "", "| member | holds |", "|---|---|"]
        lines += [f"| `{name}` | {text} |" for name, text in members.items()]
    width = max(len(example) for example, _ in entry["examples"])
    lines += ["", "```sh"]
    lines += [f"{example:<{width}}  # {note}" for example, note in entry["examples"]]
    return [*lines, "```"]


def main() -> int:
    """Write the help folder, and the reference page where this is a checkout."""
    HELP.mkdir(exist_ok=True)
    made = pages()
    for old in HELP.glob("*.txt"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (HELP / name).write_text(text, encoding="utf-8")
    docs = HERE.parents[2] / "docs" / "reference"
    if docs.is_dir():
        (docs / "cli.md").write_text(reference(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
