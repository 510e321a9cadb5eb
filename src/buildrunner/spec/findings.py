"""What lint can say: every code with its severity, its title and how to mend it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ERROR = "error"
WARNING = "warning"

# Files beyond this are refused before they are read; a plan of 100,000 microsteps has 60 MB.
MAX_BYTES = 200_000_000
# Values in unknown fields may not nest deeper: every tool must be able to walk them.
MAX_DEPTH = 200

_TABLE = """
BR101 error   Not JSON | Mend the text at the place named; any JSON validator shows the same place.
BR102 error   Text after the end of the plan | Delete the second value, or move its members inside the first one's brackets.
BR103 error   Trailing comma | Delete the comma before the closing bracket.
BR104 error   Missing comma or colon | Put a comma between members and elements, a colon after a key.
BR105 error   String not closed or badly escaped | Close the string with ", and write \\" \\\\ \\n \\t for what stands inside.
BR106 error   Text ends early | The file was cut off: restore it from git, or close the open brackets.
BR107 error   Not JSON's quotes or words | Strings and keys take double quotes; the words are true, false and null.
BR108 error   Merge-conflict marker | Decide the conflict and delete the marker lines; `br git install` sets up a merge driver that never writes them.
BR109 error   Nested too deeply | Flatten the value; a plan needs eight levels.
BR110 error   Key named twice in one object | Keep one of the two members: readers take one and lose the other.
BR111 error   Not UTF-8 | Save the file as UTF-8.
BR112 error   Binary data | This is no plan: give the path of plan.json.
BR113 warning Byte order mark | Save the file as UTF-8 without a byte order mark.
BR114 error   Number that cannot be exchanged | Use null or a string; integers are exact up to 9007199254740991.
BR115 error   Comment | JSON has no comments: delete it, or keep the words in a field such as "notes".
BR116 error   Empty file | Start with `br init`, or restore the file from git.
BR117 error   File too large | Split the plan into projects.
BR118 error   The plan is not an object | Wrap it: {"projectId": …, "milestones": […]}.
BR119 error   Half of a surrogate pair | Write the character itself, or both halves of the escape.
BR120 error   Closing bracket does not match | Close what was opened last: } for {, ] for [.
BR201 error   Required member missing | Add the member.
BR202 error   Wrong type | Change the value to the type named.
BR203 error   Unknown status | Use todo, doing, blocked or done.
BR204 error   Value not allowed | Use one of the values named.
BR205 error   Version is not semantic | Write MAJOR.MINOR.PATCH, such as 1.4.0.
BR206 error   Time is not RFC 3339 | Write it like 2025-10-31T01:30:00Z.
BR207 error   Number out of range | Use a number within the range named.
BR208 error   Malformed id or empty text | Give an id without white space, and a text that is not empty.
BR209 error   Breaks the schema | Compare with docs/reference/plan.schema.json.
BR301 error   Id used twice | Give the later entity the next free id of its parent.
BR302 warning Id outside its parent's namespace | Begin the id with the parent's id and a dot.
BR303 warning Alias clashes | An id in use goes first. Remove the alias once nothing refers to the renamed entity by it.
BR304 error   Depends on an id that does not exist | Correct the id, or remove it from depends_on.
BR305 error   Depends on itself | Remove the id from its own depends_on.
BR306 error   Cyclic dependency | Remove one of the dependencies on the circle.
BR307 warning Dependency named twice | Keep it once.
BR308 warning Dependency by an old id | Use the new id; the old one resolves as long as the alias stays.
BR401 warning No criteria | Say what must be true when it is done: without a criterion nothing can be proven.
BR402 error   Blank criterion | Write what must be true, or remove the entry.
BR403 warning Criterion repeated | Keep it once.
BR404 warning Done on top of unfinished dependencies | Finish the dependency, reopen this one, or drop the dependency.
BR405 warning High risk without a way back | Add a rollback_plan.
BR406 warning Link is no absolute address | Write the whole address, such as https://example.org/issue/7.
BR407 warning Blank title | Say in one line what it is.
BR408 warning Field that looks misspelt | Rename the field; unknown fields are kept, but nothing reads them.
BR409 warning Check for a criterion that does not exist | Point `criterion` at an index of `criteria`, counted from 0.
BR410 error   Check id used twice | Give one of the two another id: evidence names a check by it.
BR411 error   Unknown kind of check | Use command, http, file, junit, sarif, coverage or manual.
BR412 error   Check that has nothing to do | Add the member named: run for a command, url for http, path for a file, report for the others.
BR413 error   Path outside the repository | Name it relative to the folder that holds buildrunner/, without `..`.
BR414 error   Timeout longer than a day | Give at most 86400 seconds.
BR415 warning Check without an id | Give it an id: evidence names a check by it.
BR501 error   Secret in the text | Revoke it, then remove it here and from the history; keep secrets in the environment.
BR502 error   Link that runs code | Use an https address.
BR503 error   Link that carries a password | Remove the user name and password from the address, and change the password.
"""


def _read(table: str) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    rules: dict[str, tuple[str, str]] = {}
    mends: dict[str, str] = {}
    for row in table.strip().splitlines():
        head, _, mend = row.partition(" | ")
        code, severity, title = head.split(None, 2)
        rules[code] = (severity, title)
        mends[code] = mend
    return rules, mends


RULES: dict[str, tuple[str, str]]
MENDS: dict[str, str]
RULES, MENDS = _read(_TABLE)
GROUPS = {
    "BR1": "Reading",
    "BR2": "Schema",
    "BR3": "Ids and references",
    "BR4": "Content",
    "BR5": "Safety",
}


class Finding:
    """One thing wrong in a plan.

    `pointer` is an RFC 6901 pointer ("" is the document); `line` and `column` count from 1
    and are None only where nothing was read; `entity_id` is the nearest entity's id or None.
    """

    __slots__ = ("code", "column", "entity_id", "hint", "line", "message", "pointer", "severity")

    def __init__(
        self,
        code: str,
        message: str,
        pointer: str = "",
        *,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
        entity_id: str | None = None,
    ) -> None:
        self.code = code
        self.severity = RULES[code][0]
        self.message = message
        self.pointer = pointer
        self.line = line
        self.column = column
        self.hint = hint if hint is not None else MENDS[code]
        self.entity_id = entity_id

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON members, in reading order."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "pointer": self.pointer,
            "line": self.line,
            "column": self.column,
            "hint": self.hint,
            "entity_id": self.entity_id,
        }

    def __repr__(self) -> str:
        return f"<{self.code} {self.line}:{self.column} {self.pointer!r} {self.message}>"


def reference_page() -> str:
    """The text of `docs/reference/lint.md`."""
    lines = [
        "# What `br lint` finds",
        "",
        "<!-- Made by `python -m buildrunner.spec.findings`; edit the table there. -->",
        "",
        "Every finding has a code that never changes its meaning, a severity, a JSON pointer, a",
        "line and column, a message, and a way to mend it. Errors make `br lint` exit 1;",
        "warnings do so only with `--strict`.",
    ]
    for group, title in GROUPS.items():
        lines += ["", f"## {group}xx: {title}", "", "| code | severity | what | mend |"]
        lines.append("|---|---|---|---|")
        for code, (severity, name) in RULES.items():
            if code.startswith(group):
                mend = MENDS[code].replace("|", "\\|")
                lines.append(f"| {code} | {severity} | {name} | {mend} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the reference page in a source checkout, else print it."""
    import sys
    from pathlib import Path

    folder = Path(__file__).resolve().parents[3] / "docs" / "reference"
    if folder.is_dir():
        (folder / "lint.md").write_text(reference_page(), encoding="utf-8")
        sys.stderr.write(f"wrote {folder / 'lint.md'}\n")
    else:
        sys.stdout.write(reference_page())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
