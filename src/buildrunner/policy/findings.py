"""What can be wrong with a policy file: every code with its severity, its title and how to mend it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ERROR = "error"
WARNING = "warning"

_TABLE = """
GP101 error   Not YAML | Mend the text at the place named.
GP102 error   Tab used for indentation | Indent with spaces: YAML takes no tabs there.
GP103 error   Not UTF-8 | Save the file as UTF-8.
GP104 error   Several documents in one file | Keep one document: remove the `---` in the middle and what belongs to the other.
GP105 error   Key named twice | Keep one of the two: readers take one and lose the other.
GP106 error   Too large or too deep | A policy has a few hundred lines; write lists out instead of nesting anchors.
GP107 error   Key that is no text | Keys are single words or quoted text.
GP108 error   Tag that is not allowed | Remove the tag: a policy holds text, numbers, true, false, lists and mappings.
GP109 error   The policy is not a mapping | Begin with sections, such as `protected_paths:`.
GP110 error   Empty file | Write the policy, or let `br governance init` write one to start with.
GP111 error   Control character | Remove it, or write it as an escape between double quotes.
GP112 error   Alias without an anchor | Define the anchor (&name) before it is used (*name), or write the value out.
GP201 error   Wrong type | Change the value to the type named.
GP202 error   Number out of range | Use a number within the range named.
GP203 error   Value not allowed | Use one of the values named.
GP204 error   Pattern that does not compile | Patterns are RE2: no look-around, no back-references; in double quotes write each backslash twice.
GP205 error   Text that is empty or malformed | Write it as described.
GP206 error   Required key missing | Add the key.
GP301 warning Unknown key | Correct the spelling, or remove the key: it has no effect.
GP302 warning Unknown role | Use PM, TechLead, QA, Contributor, Viewer, Owner or Admin, or the name of a team on the server.
GP303 warning Percentage that looks like a fraction | Write a percentage from 0 to 100: 95, not 0.95.
GP304 warning Previews required twice, differently | Keep one list; until then every phase of either needs a preview.
GP305 warning Protected, but nobody has to approve | Add `approvals.required`, such as `- {role: TechLead, count: 1}`.
GP306 warning Said twice | Keep one of the two places.
GP307 warning Pattern that matches everything | Narrow the pattern: as it stands it tells nothing apart.
"""
RULES: dict[str, tuple[str, str]] = {}
MENDS: dict[str, str] = {}
for _line in _TABLE.strip().splitlines():
    _head, _, _mend = _line.partition(" | ")
    _code, _severity, _title = _head.split(None, 2)
    RULES[_code] = (_severity, _title)
    MENDS[_code] = _mend


class Finding:
    """One thing that is wrong at one place of a policy file.

    `line` and `column` count from 1 (column in characters); `clause` is the path of the value in
    the policy, such as `approvals.required[0].role`; `hint` says how to mend it.
    """

    __slots__ = ("clause", "code", "column", "hint", "line", "message")

    def __init__(
        self,
        code: str,
        message: str,
        *,
        line: int = 1,
        column: int = 1,
        clause: str = "",
        hint: str | None = None,
    ) -> None:
        self.code = code
        self.message = message
        self.line = line
        self.column = column
        self.clause = clause
        self.hint = MENDS[code] if hint is None else hint

    @property
    def severity(self) -> str:
        """ERROR or WARNING."""
        return RULES[self.code][0]

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "line": self.line,
            "column": self.column,
            "clause": self.clause,
            "hint": self.hint,
        }

    def __repr__(self) -> str:
        return f"<{self.code} {self.line}:{self.column} {self.message}>"
