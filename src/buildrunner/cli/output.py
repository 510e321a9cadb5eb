"""What a command prints: data on stdout, words on stderr, one JSON object with `--json`.

Plain where stdout is no terminal: no colour, no bars, one record a line. Glyphs fall back to
ASCII where the stream cannot encode them. What a plan says is a stranger's text: control
characters in it never reach a terminal.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO

    from buildrunner.cli.errors import Refusal

GLYPHS = {"todo": "○", "doing": "◐", "blocked": "⊘", "done": "●"}
PLAIN_GLYPHS = {"todo": "o", "doing": "~", "blocked": "x", "done": "*"}
COLORS = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
}
# While a line is put together colours are single noncharacters of Unicode, which become escape
# sequences when it is printed: by then every escape that came with the text is gone.
MARKS = {name: chr(0xFDD1 + place) for place, name in enumerate(COLORS)}
_RESET = chr(0xFDD0)
STATUS_COLORS = {"todo": "dim", "doing": "yellow", "blocked": "red", "done": "green"}
DEFAULT_WIDTH = 100


class Output:
    """Where a command prints. `json` says whether one JSON object is wanted."""

    __slots__ = ("_stderr_color", "color", "json", "quiet", "tty", "unicode", "width")

    def __init__(self, *, json: bool = False, quiet: bool = False, color: bool = True) -> None:
        self.json = json
        self.quiet = quiet
        self.tty = _is_terminal(sys.stdout)
        environment = os.environ
        may = (
            color
            and not environment.get("NO_COLOR")
            and environment.get("TERM") != "dumb"
            and not json
        )
        forced = bool(environment.get("FORCE_COLOR"))
        self.color = may and (self.tty or forced)
        self._stderr_color = may and (_is_terminal(sys.stderr) or forced)
        self.unicode = _carries(sys.stdout, "○◐⊘●█░─└")
        self.width = self._columns()

    def _columns(self) -> int:
        given = os.environ.get("COLUMNS", "")
        if given.isdigit() and int(given) > 0:
            return max(40, int(given))
        if self.tty:
            try:
                return max(40, os.get_terminal_size(sys.stdout.fileno()).columns)
            except (OSError, ValueError):
                pass
        return DEFAULT_WIDTH

    # What is printed

    def data(self, text: str) -> None:
        """Lines of data on stdout; nothing with `--json`."""
        if not self.json:
            print_safely(sys.stdout, _shown(text) + "\n")

    def raw(self, text: str) -> None:
        """A document on stdout exactly as it is; nothing with `--json`."""
        if not self.json:
            sys.stdout.flush()
            try:
                sys.stdout.buffer.write(text.encode(errors="surrogatepass"))
                sys.stdout.buffer.flush()
            except AttributeError:  # a stream that was put in stdout's place
                sys.stdout.write(text)

    def emit(self, value: dict[str, Any]) -> None:
        """The answer of a command as JSON; nothing without `--json`."""
        if self.json:
            import json

            text = json.dumps(value, ensure_ascii=not self.unicode, separators=(", ", ": "))
            # Inside JSON these stand in strings only, where an escape says the same.
            print_safely(sys.stdout, text.translate(_JSON_ESCAPES) + "\n")

    def note(self, text: str) -> None:
        """Words for people on stderr; silent with `--quiet`."""
        if not self.quiet:
            sys.stdout.flush()
            print_safely(sys.stderr, _shown(text) + "\n")

    def hint(self, command: str, why: str = "") -> None:
        """The next command to type, as words."""
        tail = f"   {why}" if why else ""
        self.note(f"{self.paint('next:', 'dim', words=True)} {command}{tail}")

    def refuse(self, refusal: Refusal) -> None:
        """An error: words on stderr, and with `--json` the error object on stdout.

        Errors are pasted into tickets and logs: no key or token is in them, typed or not.
        """
        from buildrunner.cli.masking import mask

        message, hint, command = map(mask, (refusal.message, refusal.hint, refusal.next_command))
        missing = [mask(str(item)) for item in refusal.missing]
        if self.json:
            error: dict[str, Any] = {
                "code": refusal.code,
                "message": message,
                "missing": missing,
                "next_command": command or None,
            }
            if hint:
                error["hint"] = hint
            self.emit({"error": error, **refusal.extra})
            return
        sys.stdout.flush()
        lines = [f"{self.paint('br:', 'red', words=True)} {message}"]
        lines += [f"    missing: {item}" for item in missing if item not in message]
        if hint:
            lines.append(f"    {hint}")
        if command:
            lines.append(f"{self.paint('next:', 'dim', words=True)} {command}")
        print_safely(sys.stderr, _shown("\n".join(lines)) + "\n")

    # How it looks

    def paint(self, text: str, color: str, *, words: bool = False) -> str:
        """`text` in a colour of COLORS where the stream shows colours."""
        if not text or not (self._stderr_color if words else self.color):
            return text
        return f"{MARKS[color]}{text}{_RESET}"

    def glyph(self, status: Any) -> str:
        """The sign of a status, coloured: its shape alone tells it too."""
        table = GLYPHS if self.unicode else PLAIN_GLYPHS
        name = status if isinstance(status, str) else ""
        return self.paint(table.get(name, "?"), STATUS_COLORS.get(name, "red"))

    def pick(self, fine: str, plain: str) -> str:
        """`fine` where the stream carries it, else `plain` ASCII."""
        return fine if self.unicode else plain

    def bar(self, done: int, doing: int, total: int, width: int = 20) -> str:
        """A progress bar whose parts differ by shape: done, in work, open."""
        full, half, empty = ("█", "▒", "░") if self.unicode else ("#", "+", "-")
        finished = done * width // total if total else 0
        begun = min(width - finished, -(-doing * width // total)) if total else 0
        return (
            self.paint(full * finished, "green")
            + self.paint(half * begun, "yellow")
            + self.paint(empty * (width - finished - begun), "dim")
        )


_ESCAPES = {ord(mark): f"\x1b[{COLORS[name]}m" for name, mark in MARKS.items()}
_ESCAPES[ord(_RESET)] = "\x1b[0m"
_HIDDEN = [*range(32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_ESCAPES.update(dict.fromkeys(_HIDDEN, "�"))
_JSON_ESCAPES = {code: f"\\u{code:04x}" for code in _HIDDEN if code >= 32}
_ESCAPES.update({9: " ", 10: "\n"})


def _shown(text: str) -> str:
    """`text` as it goes to a terminal: our colours, nobody else's control characters."""
    return text if text.isascii() and text.isprintable() else text.translate(_ESCAPES)


def print_safely(stream: TextIO, text: str) -> None:
    """Write text; what the stream cannot encode becomes `?` or an escape, never an error."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        text = text.replace("\ufffd", "?")
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (ValueError, AttributeError):
        return False


def _carries(stream: TextIO, text: str) -> bool:
    encoding = (getattr(stream, "encoding", None) or "ascii").lower()
    if encoding in ("utf-8", "utf8"):
        return True
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True
