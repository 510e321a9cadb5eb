"""The door of `br`: find the command, import it alone, run it, turn errors into words.

Everything on the way to a hot command is standard library and little of it: see ADR 0005.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from buildrunner.cli.errors import Refusal
    from buildrunner.cli.output import Output

_HELP = os.path.join(os.path.dirname(__file__), "help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `br` with the words of the command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # Closed streams (`br status >&-`) are None; a file opened next would take their place.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    collecting = gc.isenabled()
    # A plan is one tree that lives to the end of the run: collecting finds nothing in it and
    # costs a third of the time.
    gc.disable()
    try:
        code = _run(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        _last_words("br: interrupted\n")
        code = 130
    except BrokenPipeError:
        # The reader has gone (`br list | head`): nothing is wrong, but the interpreter would
        # complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0
    except OSError as error:  # stdout is a full disk or a closed descriptor
        _last_words(f"br: cannot write the answer: {error.strerror or error}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 1
    finally:
        if collecting:
            gc.enable()
    if arguments is None:
        # Everything is written: taking plan and interpreter apart again only costs time.
        sys.stderr.flush()
        os._exit(code)
    return code


def _last_words(text: str) -> None:
    try:  # noqa: SIM105 (contextlib is too slow to import here)
        sys.stderr.write(text)
    except OSError:
        pass


def _run(words: list[str]) -> int:
    if words == ["--version"] or words == ["-V"]:
        from buildrunner import __version__

        sys.stdout.write(f"br {__version__}\n")
        return 0
    if not words or words in (["--help"], ["-h"], ["help"]):
        return show_page("br")
    from buildrunner.cli.errors import Refusal

    given: dict[str, list[str]] = {}
    try:
        return _dispatch(words, given)
    except Refusal as refusal:
        output(given, words).refuse(refusal)
        return refusal.exit_code
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:
        from buildrunner.cli.failures import explain

        explained = explain(error)
        output(given, words).refuse(explained)
        return explained.exit_code


def show_page(name: str, *, as_json: bool = False) -> int:
    """Print a page of the help folder as it is."""
    with open(os.path.join(_HELP, f"{name}.txt"), encoding="utf-8") as file:
        text = file.read()
    if as_json:
        return _show_json({"page": name, "text": text})
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        sys.stdout.write(text.encode("ascii", "replace").decode())
    return 0


def _show_json(answer: dict[str, object]) -> int:
    output({"--json": []}).emit(answer)
    return 0


def output(given: dict[str, list[str]], words: Sequence[str] = ()) -> Output:
    """The Output the global options ask for, even when the line could not be read to its end."""
    from buildrunner.cli.output import Output

    return Output(
        json="--json" in given or "--json" in words,
        quiet="--quiet" in given,
        color="--no-color" not in given and "--no-color" not in words,
    )


def _dispatch(words: list[str], given: dict[str, list[str]]) -> int:
    from buildrunner.cli.arguments import parse, take_global
    from buildrunner.cli.errors import USAGE, Refusal
    from buildrunner.cli.table import BARE, COMMANDS, HIDDEN, PASS_THROUGH

    rest = words[::-1]
    name, row = "", None
    while rest and row is None:
        word = rest.pop()
        if take_global(word, rest, given):
            continue
        if word in ("--version", "-V"):
            from buildrunner import __version__

            if "--json" in given or "--json" in rest:
                return _show_json({"version": __version__})
            return _run(["--version"])
        if name in BARE and word.startswith("-"):
            rest.append(word)
            break
        name = f"{name} {word}".strip().replace(":", " ") if not word.startswith("-") else word
        row = COMMANDS.get(name) or HIDDEN.get(name)
        if row is None and not any(key.startswith(name + " ") for key in COMMANDS):
            raise _unknown_command(name)
    if row is None and name in BARE and "--help" not in given:
        name = BARE[name]
        row = COMMANDS[name]
    if row is None:
        if name:
            return _show_group(name, given)
        return show_page("br", as_json="--json" in given)
    module, function, _, signature = row
    remaining = rest[::-1]
    asks_help = "--help" in given or remaining[:1] in (["--help"], ["-h"])
    if name in PASS_THROUGH and not asks_help:
        signature, remaining = "[OPTION...]", ["--", *remaining]
    arguments = parse(name, signature, remaining, given)
    if "--help" in given:
        return show_page(name.replace(" ", "-"), as_json="--json" in given)
    from buildrunner.cli.context import Context

    try:
        directory = os.path.abspath(os.path.join(*given["-C"])) if "-C" in given else os.getcwd()
    except FileNotFoundError:
        raise Refusal(
            "no_folder", "the current folder was removed", next_command="cd .", exit_code=USAGE
        ) from None
    context = Context(arguments, output(given), directory)
    try:
        __import__(module)  # importlib's own door costs a millisecond
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise Refusal("not_available", f"br {name} is not part of this installation") from None
    code: int = getattr(sys.modules[module], function)(context)
    return code


def show_group(name: str, *, as_json: bool = False) -> int:
    """Print the commands of a group, such as `plan`, one a line."""
    from buildrunner.cli.table import COMMANDS

    rows = [(key, row[2]) for key, row in COMMANDS.items() if key.startswith(name + " ")]
    width = max([16, *(len(key) + 2 for key, _ in rows)])
    text = "".join(f"  br {key:<{width}}{summary}\n" for key, summary in rows)
    if as_json:
        return _show_json({"page": name, "text": text})
    sys.stdout.write(text)
    return 0


def _show_group(name: str, given: dict[str, list[str]]) -> int:
    from buildrunner.cli.errors import usage
    from buildrunner.cli.table import COMMANDS

    members = [key for key in COMMANDS if key.startswith(name + " ")]
    if "--help" in given:
        return show_group(name, as_json="--json" in given)
    raise usage(
        f"br {name} needs one of {', '.join(key.removeprefix(name + ' ') for key in members)}",
        next_command=f"br {name} --help",
    )


def _unknown_command(name: str) -> Refusal:
    from buildrunner.cli.errors import USAGE, Refusal, usage
    from buildrunner.cli.nearest import nearest, suggestion
    from buildrunner.cli.table import COMMANDS

    if name.startswith("-"):
        return usage(f"br has no option {name}", next_command="br --help", code="unknown_option")
    close = nearest(name, COMMANDS)
    return Refusal(
        "unknown_command",
        f"br has no command {name!r}{suggestion(close)}",
        next_command=f"br {close[0]}" if close else "br --help",
        exit_code=USAGE,
        extra={"nearest": close},
    )


if __name__ == "__main__":
    sys.exit(main())
