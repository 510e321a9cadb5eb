"""What can be wrong with a blueprint: codes of its own beside those of a plan."""

from __future__ import annotations

from buildrunner.spec import findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ERROR, WARNING = findings.ERROR, findings.WARNING

_TABLE = """
BP101 error   Not a blueprint | Begin with "format": "buildrunner.blueprint/1".
BP102 error   An archive or another file | A blueprint is one JSON document: unpack the archive and give the file.
BP103 error   Too large | A blueprint has at most 5 MB.
BP104 error   Nested too deeply | Flatten the value; a blueprint needs twelve levels.
BP105 error   Too many parts | Split it into packs that require one another.
BP106 error   Text too long | Shorten it: a text has at most 10,000 characters.
BP107 error   Characters that hide or reorder text | Remove the control characters.
BP201 error   Breaks the schema | Compare with docs/reference/blueprint.schema.json.
BP202 error   Version is not semantic | Write MAJOR.MINOR.PATCH, such as 1.4.0.
BP203 error   Not a version range | Write it like ">=1.0.0 <2.0.0", "^1.2.0" or "*".
BP301 error   Parameter named twice | Keep one of the two.
BP302 error   Unknown parameter | Declare it under "parameters", or write $${ for a literal ${.
BP303 error   Parameter that contradicts itself | Let the default keep to the type, the enum and the pattern.
BP304 error   Placeholder where none may stand | Parameters fill in texts; ids, statuses and dependencies are fixed.
BP305 warning Parameter that nothing uses | Remove it, or use it in a text.
BP306 error   Pattern that cannot be read | Write a regular expression without look-around and back references.
BP401 error   Work that is not to do | A blueprint brings work to be done: write "status": "todo".
BP402 error   Field that a blueprint may not bring | Remove it: it says where an entity of a plan comes from.
BP403 error   Reference to a pack that is not required | Name the pack under "requires".
BP404 error   Pack that requires or excludes itself | Remove the entry.
"""

RULES: dict[str, tuple[str, str]] = {}
MENDS: dict[str, str] = {}
for _row in _TABLE.strip().splitlines():
    _head, _, _mend = _row.partition(" | ")
    _code, _severity, _title = _head.split(None, 2)
    RULES[_code] = (_severity, _title)
    MENDS[_code] = _mend


class Finding:
    """One thing wrong with a blueprint, with its place; the shape is that of a plan's finding."""

    __slots__ = ("code", "column", "hint", "line", "message", "pointer", "severity")

    def __init__(
        self,
        code: str,
        message: str,
        pointer: str = "",
        *,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        self.code = code
        self.severity = (RULES.get(code) or findings.RULES[code])[0]
        self.message = message
        self.pointer = pointer
        self.line = line
        self.column = column
        self.hint = hint if hint is not None else MENDS.get(code) or findings.MENDS[code]

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON members, in reading order."""
        return {name: getattr(self, name) for name in _MEMBERS}

    def __repr__(self) -> str:
        return f"<{self.code} {self.line}:{self.column} {self.pointer!r} {self.message}>"


_MEMBERS = ("code", "severity", "message", "pointer", "line", "column", "hint")
