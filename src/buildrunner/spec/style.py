"""How fresh JSON is written: in the style the rest of the text already has."""

from __future__ import annotations

from _json import encode_basestring, encode_basestring_ascii, scanstring

from buildrunner.spec.errors import SpecError
from buildrunner.spec.source import skip_space

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INLINE_WIDTH = 100
_HEAD = 65_536


class Style:
    """How fresh values are written: `unit` of indentation, `newline`, separators, escapes."""

    __slots__ = ("ascii", "colon", "comma", "expand", "newline", "pad", "unit")

    def __init__(self) -> None:
        self.unit = "  "
        self.newline = "\n"
        self.colon = ": "
        self.comma = ", "
        self.pad = ""
        self.expand = False
        self.ascii = False

    @classmethod
    def of(cls, text: str) -> Style:
        """The style of `text`, a JSON object, judged by its first member and its head."""
        style = cls()
        at = text.index("{")
        key = skip_space(text, at + 1)
        lead = text[at + 1 : key]
        head = text[:_HEAD]
        if "\n" in lead:
            style.newline = "\r\n" if "\r\n" in lead else "\n"
            style.unit = lead[lead.rindex("\n") + 1 :]
        elif text[key] == '"':
            style.newline = style.unit = ""
        if text[key] == '"':
            after = scanstring(text, key + 1)[1]
            style.colon = text[after : skip_space(text, skip_space(text, after) + 1)]
        if '","' in head and '", "' not in head:
            style.comma = ","
        opened = head.count('["') + head.count('[ "')
        expanded = sum(head.count(f'[{style.newline}{style.unit * n}"') for n in range(1, 10))
        style.expand = bool(style.newline) and expanded > opened
        style.pad = " " if head.count('[ "') > head.count('["') else ""
        style.ascii = text.isascii() and "\\u" in text
        return style

    def string(self, value: str) -> str:
        """A JSON string; halves of surrogate pairs are escaped, UTF-8 cannot carry them."""
        if not self.ascii:
            if value.isascii():
                return encode_basestring(value)
            try:
                value.encode()
                return encode_basestring(value)
            except UnicodeEncodeError:
                pass
        return encode_basestring_ascii(value)

    def scalar(self, value: Any) -> str:
        """A JSON literal. Raises SpecError for anything JSON has no notation for."""
        if value is None:
            return "null"
        if value is True:
            return "true"
        if value is False:
            return "false"
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, int):
            return int.__repr__(value)
        if isinstance(value, float) and value - value == 0:
            return float.__repr__(value)
        raise SpecError(
            "not_json",
            f"a plan cannot hold {value!r} ({type(value).__name__})",
            hint="store it as text",
        )

    def key(self, name: Any) -> str:
        """A member's name with the colon after it."""
        if not isinstance(name, str):
            raise SpecError("not_json", f"the key {name!r} is no text", hint="use a string")
        return self.string(name) + self.colon

    def render(self, value: Any, indent: str, *, inline: bool) -> str:
        """`value` as fresh text; `indent` is what stands before the line it begins on."""
        if not isinstance(value, (dict, list, tuple)):
            return self.scalar(value)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        if not value:
            return opening + closing
        inline = inline or not self.newline
        deeper = indent + self.unit
        if isinstance(value, dict):
            parts = [
                self.key(name) + self.render(member, deeper, inline=inline)
                for name, member in value.items()
            ]
        else:
            parts = [self.render(member, deeper, inline=inline) for member in value]
            inline = inline or self._fits(value, parts)
        if inline:
            return opening + self.pad + self.comma.join(parts) + self.pad + closing
        between = self.newline + deeper
        return f"{opening}{between}{(',' + between).join(parts)}{self.newline}{indent}{closing}"

    def _fits(self, value: Any, parts: list[str]) -> bool:
        if self.expand or any(isinstance(member, (dict, list, tuple)) for member in value):
            return False
        return len(parts) == 1 or sum(map(len, parts)) + 2 * len(parts) <= _INLINE_WIDTH
