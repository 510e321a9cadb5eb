"""Reading a command line against a row of the command table.

Options may stand anywhere; `--` ends them. Abbreviations are not taken: a script must not change
its meaning when an option is added.
"""

from __future__ import annotations

from buildrunner.cli.errors import usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


GLOBAL_FLAGS = {
    "--json": "--json",
    "--quiet": "--quiet",
    "-q": "--quiet",
    "--no-color": "--no-color",
    "--help": "--help",
    "-h": "--help",
}


class Signature:
    """A signature of the command table, taken apart.

    `options`: spelling → (name, metavar or "", repeatable). `positionals`: (name, required, many).
    """

    __slots__ = ("options", "positionals")

    def __init__(self, text: str) -> None:
        self.options: dict[str, tuple[str, str, bool]] = {}
        self.positionals: list[tuple[str, bool, bool]] = []
        for word in text.split():
            if word.startswith("-"):
                self._option(word)
            else:
                bare = word.strip("[]")
                many = bare.endswith("...")
                self.positionals.append((bare.removesuffix("..."), bare == word.strip("]"), many))

    def _option(self, word: str) -> None:
        spelling, _, metavar = word.partition("=")
        many = metavar.endswith("...")
        spellings = spelling.split("|")
        entry = (spellings[-1].lstrip("-"), metavar.removesuffix("..."), many)
        for each in spellings:
            self.options[each] = entry


class Arguments:
    """What a command line gave: `flag`, `text`, `texts`, `number`, `seconds` by name."""

    __slots__ = ("command", "values")

    def __init__(self, command: str, values: dict[str, list[str]]) -> None:
        self.command = command
        self.values = values

    def flag(self, name: str) -> bool:
        """Whether `--name` was given."""
        return name in self.values

    def texts(self, name: str) -> list[str]:
        """All values of an option or argument, in order."""
        return self.values.get(name, [])

    def text(self, name: str) -> str | None:
        """The (last) value of an option or argument, None when it is not there."""
        values = self.values.get(name)
        return values[-1] if values else None

    def required(self, name: str) -> str:
        """The value of an argument that the signature requires."""
        return self.values[name][-1]

    def number(self, name: str, default: int) -> int:
        """The value of an option as a whole number ≥ 0."""
        value = self.text(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit()) or len(value) > 9:
            raise usage(
                f"--{name} takes a whole number, not {value!r}",
                next_command=f"br help {self.command}",
            )
        return int(value)

    def seconds(self, name: str, default: int, most: int) -> int:
        """A duration like 90s, 30m, 2h or 1d in seconds, from 1 to `most`."""
        value = self.text(name)
        if value is None:
            return default
        digits, unit = (value, "s") if value.isdigit() else (value[:-1], value[-1:])
        factor = {"s": 1, "m": 60, "h": 3600, "d": 86_400}.get(unit, 0)
        length = int(digits) * factor if digits.isascii() and digits.isdigit() else 0
        if not 0 < length <= most:
            raise usage(
                f"--{name} takes a time such as 30m, 2h or 1d, at most {most // 86_400}d; "
                f"not {value!r}",
                next_command=f"br help {self.command}",
            )
        return length


def parse(
    command: str, text: str, words: Sequence[str], given_globals: dict[str, list[str]]
) -> Arguments:
    """Read `words` against the signature `text`. Raises a usage Refusal that names the mistake.

    Global options go to `given_globals` under their spelling; with `--help` among them the
    arguments are not checked.
    """
    signature = Signature(text)
    values: dict[str, list[str]] = {}
    loose: list[str] = []
    rest = list(words)
    rest.reverse()
    while rest:
        word = rest.pop()
        if word == "--":
            loose.extend(reversed(rest))
            break
        if word == "-" or not word.startswith("-"):
            loose.append(word)
            continue
        if take_global(word, rest, given_globals):
            continue
        spelling, given, value = word.partition("=")
        option = signature.options.get(spelling)
        if option is None and not word.startswith("--") and word[:2] in signature.options:
            spelling, given, value = word[:2], "=", word[2:]  # -n5
            option = signature.options[spelling]
        if option is None:
            raise _unknown(command, spelling, signature)
        name, metavar, many = option
        if not metavar:
            if given:
                raise _wrong(command, f"{spelling} takes no value")
            values[name] = []
            continue
        if not given:
            if not rest:
                raise _wrong(command, f"{spelling} needs a value: {spelling} {metavar}")
            value = rest.pop()
        given_values = value.split(",") if many else [value]
        if "|" in metavar and not set(given_values) <= set(metavar.split("|")):
            choices = ", ".join(metavar.split("|"))
            raise _wrong(command, f"{spelling} takes one of {choices}; not {value!r}")
        if many:
            values.setdefault(name, []).append(value)
        else:
            values[name] = [value]
    if "--help" not in given_globals:
        _place(command, signature, loose, values)
    return Arguments(command, values)


def take_global(word: str, rest: list[str], given: dict[str, list[str]]) -> bool:
    """Whether `word` is a global option; `rest` holds the words after it, reversed."""
    flag = GLOBAL_FLAGS.get(word)
    if flag is not None:
        given[flag] = []
        return True
    if word == "-C":
        if not rest:
            raise usage("-C needs a folder: -C DIR", next_command="br help")
        given.setdefault("-C", []).append(rest.pop())
        return True
    return False


def _place(
    command: str, signature: Signature, loose: list[str], values: dict[str, list[str]]
) -> None:
    """Hand the loose words to the positional arguments, required ones first."""
    required = sum(1 for _, needed, _ in signature.positionals if needed)
    if len(loose) < required:
        absent = [name for name, needed, _ in signature.positionals if needed][len(loose) :]
        raise _wrong(command, f"br {command} needs {' and '.join(absent)}")
    spare = len(loose) - required
    at = 0
    for name, needed, many in signature.positionals:
        count = 1 if needed else 0
        if many:
            count += spare
            spare = 0
        elif not needed and spare:
            count, spare = 1, spare - 1
        if count:
            chosen = loose[at : at + count]
            values[name] = chosen
            at += count
    if at < len(loose):
        raise _wrong(command, f"br {command} does not know what to do with {loose[at]!r}")


def _wrong(command: str, message: str) -> Exception:
    return usage(message, next_command=f"br help {command}")


def _unknown(command: str, spelling: str, signature: Signature) -> Exception:
    from buildrunner.cli.nearest import nearest, suggestion

    known = [*(each for each in signature.options if each.startswith("--")), "--json", "--quiet"]
    return usage(
        f"br {command} has no option {spelling}{suggestion(nearest(spelling, known))}",
        next_command=f"br help {command}",
        code="unknown_option",
    )
