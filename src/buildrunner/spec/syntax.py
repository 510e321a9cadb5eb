"""Reading bytes that may be no plan: what is wrong, where, and the likely cause."""

from __future__ import annotations

from buildrunner.spec import findings, source
from buildrunner.spec.document import MAX_INTEGER, CollectorPaused, ScannerOptions, make_scanner
from buildrunner.spec.errors import PlanSyntaxError
from buildrunner.spec.findings import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_BOM = "\ufeff"
_EXACT_DIGITS = 15
_DIGITS = bytes(49 if 48 <= code <= 57 else 32 for code in range(256))
_LONG_NUMBER = b"1" * (_EXACT_DIGITS + 1)
# How many odd values are remembered for one document; more help nobody.
_REMEMBERED = 100
_SHOWN = 40


class Reading:
    """What could be read: `text` without a byte order mark, `plan` or None, `findings`."""

    __slots__ = ("_offsets", "findings", "plan", "text")

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.plan: dict[str, Any] | None = None
        self.findings: list[Finding] = []
        self._offsets: list[int] = []

    def report(self, code: str, message: str, offset: int, pointer: str = "") -> None:
        """Add a finding at a character offset of the text."""
        self.findings.append(Finding(code, message, pointer))
        self._offsets.append(offset)

    def place(self) -> None:
        """Work out lines and columns, for all findings in one pass over the text."""
        places = source.lines_and_columns(self.text, self._offsets)
        for finding, offset in zip(self.findings, self._offsets, strict=True):
            finding.line, finding.column = places[offset]


class _Oddities(ScannerOptions):
    """Scanner options that accept what loads refuses, and remember it."""

    def __init__(self, *, watch_integers: bool) -> None:
        self.duplicates: list[tuple[dict[str, Any], str]] = []
        self.numbers: list[tuple[Any, str]] = []
        self.object_pairs_hook = self._members
        self.parse_int = self._integer if watch_integers else int
        self.parse_float = self._float
        self.parse_constant = self._constant

    def _members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs) and len(self.duplicates) < _REMEMBERED:
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.duplicates.append((members, key))
                    if len(self.duplicates) == _REMEMBERED:
                        break
                seen.add(key)
        return members

    def _remember(self, value: Any, digits: str) -> Any:
        if len(self.numbers) < _REMEMBERED:
            self.numbers.append((value, _shortened(digits)))
        return value

    def _integer(self, digits: str) -> Any:
        if len(digits) <= _EXACT_DIGITS:
            return int(digits)
        try:
            value = int(digits)
        except ValueError:  # longer than CPython converts
            return self._remember(float("inf"), digits)
        return value if abs(value) <= MAX_INTEGER else self._remember(value, digits)

    def _float(self, digits: str) -> float:
        value = float(digits)
        return value if value - value == 0 else self._remember(value, digits)

    def _constant(self, name: str) -> float:
        return self._remember(float(name), name)  # type: ignore[no-any-return]


def diagnose(data: bytes) -> PlanSyntaxError:
    """The error `document.loads` raises for bytes it could not read."""
    reading = read(data)
    for finding in reading.findings:
        if finding.severity == findings.ERROR:
            return PlanSyntaxError(
                finding.code,
                finding.message,
                line=finding.line,
                column=finding.column,
                pointer=finding.pointer,
                hint=finding.hint,
            )
    return PlanSyntaxError("BR101", "this cannot be read as a plan", line=1, column=1)


def read(data: bytes) -> Reading:
    """Read as far as possible. Never raises on any bytes."""
    if len(data) > findings.MAX_BYTES:
        reading = Reading()
        reading.findings.append(too_large(len(data)))
        return reading
    reading = _decode(data)
    if not reading.findings:
        if reading.text.startswith(_BOM):
            reading.text = reading.text[1:]
            reading.report("BR113", "the file begins with a byte order mark", 0)
        with CollectorPaused():
            _parse(reading, data)
    reading.place()
    return reading


def too_large(size: int) -> Finding:
    """The finding for a file of `size` bytes, for whoever can tell before reading."""
    limit = findings.MAX_BYTES // 1_000_000
    message = f"the file has {size // 1_000_000} MB, a plan may have {limit} MB"
    return Finding("BR117", message, line=1, column=1)


def _decode(data: bytes) -> Reading:
    encoding = _other_encoding(data)
    try:
        if encoding is None:
            reading = Reading(data.decode())
        else:
            reading = Reading()
            reading.report("BR111", f"the file is {encoding}, not UTF-8", 0)
            return reading
    except UnicodeDecodeError as error:
        reading = Reading(data[: error.start].decode())
        end = len(reading.text)
        if b"\0" in data[:1024]:
            reading.report("BR112", "the file holds binary data", 0)
        elif error.reason == "unexpected end of data":
            reading.report("BR106", "the text ends in the middle of a character", end)
        else:
            byte = data[error.start]
            guess = data[error.start : error.start + 1].decode("cp1252", "replace")
            likely = f"; in Windows-1252 it is {guess!r}" if guess.isprintable() else ""
            reading.report("BR111", f"the byte 0x{byte:02x} is not UTF-8{likely}", end)
        return reading
    zero = reading.text.find("\0")
    if zero >= 0:
        reading.report("BR112", "the file holds zero bytes, as binary data does", zero)
    elif not reading.text.strip("\ufeff \t\r\n"):
        reading.report("BR116", "the file is empty", 0)
    return reading


def _other_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 by mark, or by the zero bytes around the first character."""
    head = data[:4]
    if head in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return "UTF-32"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16"
    # Without a mark: what can begin a document, between zero bytes.
    zeros = bytes(1 if code == 0 else 2 if code in b'{[" \t\r\n' else 3 for code in head)
    if zeros in (b"\1\1\1\2", b"\2\1\1\1"):
        return "UTF-32"
    return "UTF-16" if zeros[:2] in (b"\1\2", b"\2\1") else None


def _parse(reading: Reading, data: bytes) -> None:
    text = reading.text
    oddities = _Oddities(watch_integers=_LONG_NUMBER in data.translate(_DIGITS))
    start = source.skip_space(text, 0)
    try:
        value, end = _scan(text, start, oddities)
    except RecursionError:
        from buildrunner.spec.causes import depth_offset

        reading.report("BR109", "brackets nest too deeply to be read", depth_offset(text))
        return
    except (StopIteration, ValueError) as error:
        from buildrunner.spec.causes import explain

        for code, message, offset in explain(text, start, error):
            reading.report(code, message, offset)
        return
    rest = source.skip_space(text, end)
    if rest < len(text):
        from buildrunner.spec.causes import after_the_end

        for code, message, offset in after_the_end(text, end, rest):
            reading.report(code, message, offset)
    if value.__class__ is dict:
        reading.plan = value
    else:
        name = {list: "an array", str: "a string", bool: "a boolean"}.get(value.__class__)
        name = name or ("null" if value is None else "a number")
        reading.report("BR118", f"the file holds {name}, not an object", start)
    if oddities.duplicates or oddities.numbers:
        _report_oddities(reading, value, oddities)
    if "\\" in text and ("\\ud" in text or "\\uD" in text):
        _report_half_pairs(reading, value)


def _scan(text: str, start: int, oddities: _Oddities) -> tuple[Any, int]:
    try:
        return make_scanner(oddities)(text, start)
    except SystemError:  # see UNREADABLE: now the exception class is needed
        import json.decoder  # noqa: F401

        return make_scanner(oddities)(text, start)


def _report_oddities(reading: Reading, value: Any, oddities: _Oddities) -> None:
    text = reading.text
    wanted = {id(thing) for thing, _ in (*oddities.duplicates, *oddities.numbers)}
    pointers = _pointers(value, wanted)
    places = source.locate(text, pointers.values())
    reported = set()
    for members, key in oddities.duplicates:
        pointer = pointers.get(id(members))
        if pointer is None or (pointer, key) in reported:
            continue  # it hangs in a value that was itself replaced by a later duplicate
        reported.add((pointer, key))
        found = source.occurrences(text, places[pointer], key) if pointer in places else []
        message = f"the key {_shortened(key)!r} stands more than once in this object"
        for offset in found[1:] or [places.get(pointer, 0)]:
            reading.report("BR110", message, offset, f"{pointer}/{source.escape(key)}")
    for number, digits in oddities.numbers:
        pointer = pointers.get(id(number))
        if pointer is not None:
            message = f"{digits} cannot be exchanged between programs as a number"
            reading.report("BR114", message, places.get(pointer, 0), pointer)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _report_half_pairs(reading: Reading, value: Any) -> None:
    pointers = _half_pairs(value)
    places = source.locate(reading.text, pointers)
    for pointer in pointers:
        message = "a string holds half of a surrogate pair"
        reading.report("BR119", message, places.get(pointer, 0), pointer)


def _pointers(value: Any, wanted: set[int]) -> dict[int, str]:
    """id() → JSON pointer for the objects in `wanted` that are part of `value`."""
    found: dict[int, str] = {}
    for node, path in _nodes(value):
        if id(node) in wanted:
            found[id(node)] = "".join("/" + source.escape(token) for token in path)
            if len(found) == len(wanted):
                break
    return found


def _nodes(value: Any) -> Iterator[tuple[Any, list[str | int]]]:
    """Every value of a tree with its path, in document order; the path list is reused."""
    path: list[str | int] = []
    yield value, path
    levels = [_items(value)]
    while levels:
        for token, node in levels[-1]:
            path.append(token)
            yield node, path
            if node.__class__ is dict or node.__class__ is list:
                levels.append(_items(node))
                break
            path.pop()
        else:
            levels.pop()
            if path:
                path.pop()


def _items(value: Any) -> Iterator[tuple[str | int, Any]]:
    if value.__class__ is dict:
        return iter(value.items())
    return enumerate(value) if value.__class__ is list else iter(())


def _half_pairs(value: Any) -> list[str]:
    """Pointers of strings UTF-8 cannot carry (of the object, where it is a key)."""
    found: list[str] = []
    for node, path in _nodes(value):
        if node.__class__ is dict:
            broken = not all(map(_is_encodable, node))
        else:
            broken = node.__class__ is str and not _is_encodable(node)
        if broken:
            found.append("".join("/" + source.escape(token) for token in path))
            if len(found) == _REMEMBERED:
                break
    return found


def _is_encodable(text: str) -> bool:
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False
