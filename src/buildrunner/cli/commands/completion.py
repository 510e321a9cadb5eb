"""`br completion bash|zsh|fish`: scripts made from the command table.

Ids are asked from `br complete`, which reads the plan of the folder the user stands in.
"""

from __future__ import annotations

import sys

from buildrunner.cli.arguments import Signature
from buildrunner.cli.context import Context
from buildrunner.cli.errors import usage
from buildrunner.cli.layout import flat
from buildrunner.cli.table import COMMANDS, GLOBALS

SHELLS = ("bash", "zsh", "fish")
_INSTALL = {
    "bash": "br completion bash > ~/.local/share/bash-completion/completions/br",
    "zsh": 'br completion zsh > "${fpath[1]}/_br"',
    "fish": "br completion fish > ~/.config/fish/completions/br.fish",
}
# Arguments that are ids of the plan, or one of a few words.
_IDS = ("ID", "PARENT", "OTHER")
_FORMATS = "json markdown csv taskmaster mermaid dot"


def run_completion(context: Context) -> int:
    """Print the script for a shell."""
    shell = context.arguments.required("SHELL")
    if shell not in SHELLS:
        raise usage(f"br completion takes bash, zsh or fish; not {shell!r}")
    text = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()
    context.out.emit({"shell": shell, "script": text})
    context.out.raw(text)
    if sys.stdout.isatty():
        context.out.note(f"to install it: {_INSTALL[shell]}")
    return 0


def run_complete(context: Context) -> int:
    """Print the ids of the plan, one a line; nothing where there is none."""
    from buildrunner.spec.document import walk
    from buildrunner.spec.errors import SpecError
    from buildrunner.workspace.errors import WorkspaceError

    try:
        plan = context.workspace.read()[1]
    except (WorkspaceError, SpecError):
        return 0
    for entity in walk(plan):
        # ids are words of a command line; one that is none cannot be completed
        if entity.id.isprintable() and not set(entity.id) & set(" '\"\\`$;&|<>()"):
            context.out.raw(f"{entity.id}\t{_visible(entity.value.get('title'))}\n")
    return 0


def _visible(title: object) -> str:
    return "".join(char for char in flat(title) if char.isprintable())


def options_of(command: str) -> list[tuple[str, str]]:
    """(spelling, metavar) of the options of a command, the global ones after its own."""
    options = Signature(COMMANDS[command][3]).options
    own = [(spelling, metavar) for spelling, (_, metavar, _) in options.items()]
    return own + [(spelling, metavar) for spelling, metavar, _ in GLOBALS]


def arguments_of(command: str) -> list[str]:
    """The names of the arguments of a command."""
    return [name for name, _, _ in Signature(COMMANDS[command][3]).positionals]


def _groups() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for command in COMMANDS:
        first, _, second = command.partition(" ")
        groups.setdefault(first, [])
        if second:
            groups[first].append(second)
    return groups


def _words(command: str, metavar: str) -> str:
    """What may follow an option, as shell words; "" where that cannot be known."""
    if "|" in metavar:
        return metavar.replace("|", " ")
    if metavar == "NAME" and command.startswith("plan "):
        return _FORMATS
    return ""


def _bash() -> str:
    lines = [
        "# bash completion for br; made by `br completion bash`",
        "_br() {",
        "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i words=()",
        "  for ((i = 1; i < COMP_CWORD; i++)); do",
        "    case ${COMP_WORDS[i]} in",
        "      -C) ((i++)) ;;",
        "      -*) ;;",
        '      *) words+=("${COMP_WORDS[i]}") ;;',
        "    esac",
        "  done",
        '  local command="${words[0]}" ids=0 options="" after=""',
        '  case "${words[0]} ${words[1]}" in',
    ]
    pairs = [command for command in COMMANDS if " " in command]
    lines += [f'    "{command}") command="{command}" ;;' for command in pairs]
    lines += ["  esac", '  case "$command" in']
    for first, seconds in _groups().items():
        if seconds:
            lines.append(
                f'    "{first}") COMPREPLY=($(compgen -W "{" ".join(seconds)}" -- "$cur")); return ;;'
            )
    for command in COMMANDS:
        options = " ".join(spelling for spelling, _ in options_of(command))
        ids = int(any(name in _IDS for name in arguments_of(command)))
        rest = f' options="{options}"; ids={ids}'
        if command == "completion":
            rest += '; after="bash zsh fish"'
        values = [(s, _words(command, m)) for s, m in options_of(command) if _words(command, m)]
        cases = " ".join(
            f'{spelling}) after="{words}"; ids=0; options="" ;;' for spelling, words in values
        )
        tail = f'; case "$prev" in {cases} esac' if cases else ""
        lines.append(f'    "{command}"){rest}{tail} ;;')
    first_words = " ".join(_groups())
    lines += [
        f'    "") options="{first_words} --help --version" ;;',
        "  esac",
        '  if [[ $prev == -C ]]; then COMPREPLY=($(compgen -d -- "$cur")); return; fi',
        '  if [[ -z $after && ${#words[@]} -gt 0 && $cur != -* ]]; then options=""; fi',
        "  if ((ids)) && [[ $cur != -* ]]; then",
        "    after=$(br complete 2>/dev/null | cut -f1)",
        "  fi",
        '  COMPREPLY=($(compgen -W "$options $after" -- "$cur"))',
        "}",
        "complete -o default -F _br br",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace("'", "").replace("[", "(").replace("]", ")").replace(":", "\\:")


def _zsh() -> str:
    lines = ["#compdef br", "# zsh completion for br; made by `br completion zsh`", "_br_ids() {",
             "  local -a ids", '  ids=(${(f)"$(br complete 2>/dev/null | sed \'s/:/\\\\:/g; s/\\t/:/\')"})',
             "  _describe -t ids id ids", "}", "_br() {", "  local -a commands", "  commands=("]  # fmt: skip
    lines += [
        f"    '{command.replace(' ', chr(92) + ':')}:{_quoted(row[2])}'"
        for command, row in COMMANDS.items()
    ]
    lines += [
        "  )",
        "  local command=${words[2]} first=3",
        "  if [[ -n ${words[3]} && -n ${commands[(r)${words[2]}\\\\:${words[3]}:*]} ]]; then",
        '    command="${words[2]} ${words[3]}"; first=4',
        "  fi",
        "  command=${command/:/ }",
        "  if ((CURRENT < 3)); then _describe -t commands command commands; return; fi",
        *(
            f"  if [[ ${{words[2]}} == {first} ]] && ((CURRENT == 3)); "
            f"then compadd -- {' '.join(seconds)}; return; fi"
            for first, seconds in _groups().items()
            if seconds
        ),
        '  words=(br "${(@)words[first,-1]}"); ((CURRENT -= first - 2))',
        '  case "$command" in',
    ]
    for command in COMMANDS:
        specs = []
        for spelling, metavar in options_of(command):
            known = _words(command, metavar)
            action = f"({known})" if known else "_files -/" if metavar == "DIR" else ""
            specs.append(
                f"'{spelling}{f'[{metavar}]:{metavar}:{action}' if metavar else ''}'".replace(
                    "|", " "
                )
            )
        for name in dict.fromkeys(arguments_of(command)):
            action = (
                "_br_ids" if name in _IDS else "(bash zsh fish)" if name == "SHELL" else "_files"
            )
            specs.append(f"'*:{name}:{action}'")
        lines.append(f"    '{command}') _arguments {' '.join(_once(specs))} ;;")
    lines += ["  esac", "}", '_br "$@"']
    return "\n".join(lines) + "\n"


def _once(specs: list[str]) -> list[str]:
    """zsh takes one `*:` specification: an id before a file."""
    rest = [spec for spec in specs if spec.startswith("'*:")]
    chosen = [spec for spec in rest if "_br_ids" in spec] or rest
    return [spec for spec in specs if not spec.startswith("'*:")] + chosen[:1]


def _fish() -> str:
    lines = [
        "# fish completion for br; made by `br completion fish`",
        "complete -c br -f",
        "function __br_at; set -l t (commandline -opc); set -e t[1]",
        '  set -l want (string split " " -- $argv[1])',
        "  test (count $t) -ge (count $want); or return 1",
        "  for i in (seq (count $want)); test $t[$i] = $want[$i]; or return 1; end",
        "end",
    ]
    for first, seconds in _groups().items():
        summary = COMMANDS[first][2] if first in COMMANDS else ", ".join(seconds)
        lines.append(f"complete -c br -n __fish_use_subcommand -a {first} -d '{_plain(summary)}'")
        for second in seconds:
            about = _plain(COMMANDS[f"{first} {second}"][2])
            lines.append(
                f"complete -c br -n '__fish_seen_subcommand_from {first}' -a {second} -d '{about}'"
            )
    for command in COMMANDS:
        at = f"-n '__br_at \"{command}\"'"
        for spelling, metavar in options_of(command):
            kind = f"-l {spelling[2:]}" if spelling.startswith("--") else f"-s {spelling[1:]}"
            known = _words(command, metavar)
            value = f" -r -a '{known}'" if known else " -r" if metavar else ""
            lines.append(f"complete -c br {at} {kind}{value}")
        if any(name in _IDS for name in arguments_of(command)):
            lines.append(f"complete -c br {at} -a '(br complete 2>/dev/null)'")
        elif command == "completion":
            lines.append(f"complete -c br {at} -a 'bash zsh fish'")
        elif "PATH" in arguments_of(command):
            lines.append(f"complete -c br {at} -F")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return text.replace("'", "\\'")
