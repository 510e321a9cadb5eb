"""Guessing why text is no JSON: from the scanner's complaint to what a person did."""

from __future__ import annotations

import re

from buildrunner.spec import source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Cause = tuple[str, str, int]

_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]]', re.DOTALL)
_MARKER = re.compile(r"^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?$", re.MULTILINE)
_WORD = re.compile(r"[^\W\d][\w$-]*")
_PAIRS = {"}": "{", "]": "["}
_NAMES = {"{": "object", "[": "array"}
# Looking for unclosed brackets walks the text in Python: not for more than this.
_WALKED = 2_000_000
_CONFLICTS = 20
_WORDS = {"True": "true", "False": "false", "None": "null", "undefined": "null", "nil": "null"}


def explain(text: str, start: int, error: Exception) -> list[Cause]:
    """(code, message, offset) for what made the scanner fail on `text` from `start` on."""
    conflicts = list(_conflicts(text))
    if conflicts:
        return conflicts
    if isinstance(error, StopIteration):  # not even the first value begins
        complaint, at = "Expecting value", error.value if isinstance(error.value, int) else start
    else:
        complaint, at = getattr(error, "msg", str(error)), getattr(error, "pos", start)
    if "string" in complaint or "escape" in complaint or "control character" in complaint:
        return [_broken_string(text, complaint, at)]
    at = source.skip_space(text, at)
    if at >= len(text) or _is_cut_word(text, at):
        return [_ends_early(text)]
    return [_unexpected(text, complaint, at)]


def after_the_end(text: str, end: int, rest: int) -> list[Cause]:
    """What stands at `rest`, after the document that ended at `end`."""
    conflicts = list(_conflicts(text))
    if conflicts:
        return conflicts
    line = text.count("\n", 0, end) + 1
    found = text[rest]
    if found in "{[":
        what = f"a second {_NAMES[found]} begins here"
    elif found in "}]":
        what = f"this {found} closes nothing: one bracket was closed too early"
    elif found == ",":
        what = "a comma goes on here: one bracket was closed too early"
    elif found in "/#":
        return [("BR115", "a comment stands after the plan", rest)]
    else:
        what = "more text follows"
    return [("BR102", f"the plan ends on line {line}, but {what}", rest)]


def depth_offset(text: str) -> int:
    """Where brackets nest deepest within the first part of the text."""
    depth = deepest = place = 0
    for token in _TOKENS.finditer(text, 0, _WALKED):
        found = token[0]
        if found in _NAMES:
            depth += 1
            if depth > deepest:
                deepest, place = depth, token.start()
            if depth > 1000:
                break
        elif found in _PAIRS:
            depth -= 1
    return place


def _conflicts(text: str) -> Iterator[Cause]:
    at = _line_with(text, "<<<<<<<", 0)
    for _ in range(_CONFLICTS):
        if at < 0:
            return
        end = _line_with(text, ">>>>>>>", at)
        until = f" to line {text.count(chr(10), 0, end) + 1}" if end >= 0 else ""
        yield ("BR108", f"an unresolved merge conflict stands here{until}", at)
        at = _line_with(text, "<<<<<<<", max(at, end) + 1)


def _line_with(text: str, mark: str, at: int) -> int:
    """The offset of the first line from `at` on that begins with `mark`, else -1."""
    if text.startswith(mark, at) and (at == 0 or text[at - 1] == "\n"):
        return at
    found = text.find("\n" + mark, at)
    return found + 1 if found >= 0 else -1


def _broken_string(text: str, complaint: str, at: int) -> Cause:
    if "Unterminated" in complaint:
        if text.rstrip()[-1:] in ("}", "]"):
            return ("BR105", "the string that opens here is never closed", at)
        return ("BR106", "the text ends inside the string that opens here", at)
    opening = _opening_quote(text, at)
    if "control character" in complaint:
        if text[at : at + 1] in ("\n", "\r"):
            return ("BR105", "the string that opens here is not closed on its line", opening)
        code = ord(text[at]) if at < len(text) else 0
        return ("BR105", f"the control character U+{code:04X} must be escaped in a string", at)
    if at >= len(text) or not re.compile('["\n]').search(text, at):
        return ("BR106", "the text ends inside the string that opens here", opening)
    sequence = text[max(0, at - 1) : at + 1] if text[at] != "\\" else text[at : at + 2]
    return ("BR105", f"{sequence} begins no escape that JSON knows", at)


def _opening_quote(text: str, at: int) -> int:
    """The quote that opened the string around `at`: strings do not cross lines."""
    line = text.rfind("\n", 0, at) + 1
    place = line
    while True:
        quote = text.find('"', place, at)
        if quote < 0:
            return max(line, text.rfind('"', line, at))
        token = _TOKENS.match(text, quote, at)
        if token is None:
            return quote
        place = token.end()


def _is_cut_word(text: str, at: int) -> bool:
    """Whether the text ends in the middle of true, false, null or a number."""
    word = text[at : at + 6].rstrip()
    if at + len(word) < len(text.rstrip()):
        return False
    return word == "-" or any(whole.startswith(word) for whole in ("true", "false", "null"))


def _open_brackets(text: str, end: int) -> list[tuple[str, int]]:
    """The brackets still open at `end`, outermost first; none for very long texts."""
    if end > _WALKED:
        return []
    stack: list[tuple[str, int]] = []
    for token in _TOKENS.finditer(text, 0, end):
        found = token[0]
        if found in _NAMES:
            stack.append((found, token.start()))
        elif found in _PAIRS and stack:
            stack.pop()
    return stack


def _opened(text: str, bracket: tuple[str, int]) -> str:
    return f"the {_NAMES[bracket[0]]} that opens on line {text.count(chr(10), 0, bracket[1]) + 1}"


def _ends_early(text: str) -> Cause:
    end = len(text.rstrip())
    stack = _open_brackets(text, end)
    where = f" inside {_opened(text, stack[-1])}" if stack else ""
    count = f"; {len(stack)} brackets are still open" if len(stack) > 1 else ""
    return ("BR106", f"the text ends{where}{count}", end)


def _before(text: str, at: int) -> tuple[str, int]:
    """The last character before `at` that is no white space, and its offset."""
    place = len(text[max(0, at - 4096) : at].rstrip()) + max(0, at - 4096) - 1
    return (text[place], place) if place >= 0 else ("", 0)


def _unexpected(text: str, complaint: str, at: int) -> Cause:
    """The character at `at` cannot stand there; `complaint` says what was expected."""
    found = text[at]
    previous, place = _before(text, at)
    if found in "<|=>" and _MARKER.match(text, at):
        return ("BR108", "a line of a merge conflict is left over here", at)
    if "trailing comma" in complaint:  # Python 3.13 and later point at the comma itself
        return ("BR103", "a comma stands before a closing bracket", at if found == "," else place)
    if found in "}]" and previous == ",":
        return ("BR103", "a comma stands before a closing bracket", place)
    if found in "'`\u2018\u201c":
        return ("BR107", f"{found} opens a string here; JSON takes double quotes", at)
    if found == "#" or text[at : at + 2] in ("//", "/*"):
        return ("BR115", "a comment stands here", at)
    word = _WORD.match(text, at)
    if "Expecting value" in complaint and word:
        meant = _WORDS.get(word[0])
        mend = f"write {meant}" if meant else "put it in double quotes"
        return ("BR107", f"{_shown(word[0])} is no JSON value: {mend}", at)
    if "property name" in complaint:
        if word:
            return ("BR107", f"the key {_shown(word[0])} needs double quotes", at)
        return _no_key(text, found, at)
    if "':'" in complaint:
        return ("BR104", "a colon is missing after the key", place + 1)
    return _no_delimiter(text, complaint, at)


def _no_key(text: str, found: str, at: int) -> Cause:
    stack = _open_brackets(text, at)
    opened = f": {_opened(text, stack[-1])} is not closed" if stack else ""
    if found == ",":
        return ("BR101", "a comma stands where a key should", at)
    if found == "]":
        return ("BR120", f"] stands where a key should{opened}", at)
    return ("BR120", f"{found!r} stands where a key should{opened}", at)


def _no_delimiter(text: str, complaint: str, at: int) -> Cause:
    found = text[at]
    previous, place = _before(text, at)
    stack = _open_brackets(text, at)
    inner = stack[-1] if stack else None
    if found in "}]":
        if inner is not None and inner[0] != _PAIRS[found]:
            return ("BR120", f"{found} stands here, but {_opened(text, inner)} is still open", at)
        return ("BR101", f"a value is missing before {found}", at)
    if found == ":" and inner is not None and inner[0] == "[":
        return ("BR120", f"a key stands in {_opened(text, inner)}: close the array first", at)
    if "Expecting value" in complaint:
        return ("BR101", f"{found!r} stands where a value should", at)
    if found.isdigit() and previous == "0" and place == at - 1:
        return ("BR101", "a number cannot begin with 0", place)
    if found in '"{[' or found.isdigit() or found == "-":
        return ("BR104", "a comma is missing here", place + 1)
    if previous == '"':
        return (
            "BR105",
            'a string closes before this text; write \\" for a quotation mark inside it',
            place,
        )
    return ("BR104", f"{_shown(text[at : at + 12])} follows a value without a comma", at)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 24 else text[:24] + "…")
