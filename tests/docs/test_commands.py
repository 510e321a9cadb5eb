"""What the documentation tells people to type does what it shows."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from console import ROOT, commands, pages, pattern

TYPED = {page: [command for command in commands(page) if not command.server] for page in pages()}
PAGES = [page for page, found in TYPED.items() if found]
LIMIT = 240  # seconds for all commands of one page


def environment(home):
    """Nothing of the person's own: no settings, no key, no git identity but a made one."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("LANG", "LC_ALL", "TMPDIR", "TERM") or name.startswith("COV")
    }
    settings = home / "gitconfig"
    settings.write_text(
        "[user]\n name = Ann\n email = ann@example.org\n[init]\n defaultBranch = main\n"
    )
    return {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_GLOBAL": str(settings),
        "GIT_CONFIG_NOSYSTEM": "1",
        "NO_COLOR": "1",
        "COLUMNS": "100",
        "PYTHONIOENCODING": "utf-8",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }  # fmt: skip


def script(found, results):
    """A shell script that runs the commands in one shell, each with its own output and code."""
    lines = []
    for number, command in enumerate(found):
        out, code = (shlex.quote(str(results / f"{number}.{kind}")) for kind in ("out", "code"))
        lines.append(f"{{ {command.text}\n}} >{out} 2>&1 </dev/null\necho $? >{code}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_do_what_the_page_shows(path, tmp_path):
    found = TYPED[path]
    home, work, results = (tmp_path / name for name in ("home", "demo", "results"))
    for folder in (home, work, results):
        folder.mkdir()
    subprocess.run(
        ["bash", "-c", script(found, results)],
        cwd=work, env=environment(home), timeout=LIMIT, check=False,
    )  # fmt: skip
    wrong = []
    for number, command in enumerate(found):
        wrong += problems(command, results, number)
    assert not wrong, "\n\n".join(f"{path.relative_to(ROOT)}:{problem}" for problem in wrong)


def problems(command, results, number):
    code = results / f"{number}.code"
    if not code.exists():
        return [f"{command.line}: `{command.text}` was not reached"]
    text = (results / f"{number}.out").read_text(encoding="utf-8", errors="replace")
    found = []
    if int(code.read_text()) != command.exit_code:
        found.append(
            f"{command.line}: `{command.text}` ends with {code.read_text().strip()}, "
            f"not {command.exit_code}:\n{text}"
        )
    place = 0
    for shown in command.shown:
        if shown.strip() in ("", "…"):
            continue
        match = pattern(shown).search(text, place)
        if match is None:
            found.append(f"{command.line}: `{command.text}` does not show {shown!r}, but:\n{text}")
            break
        place = match.end()
    return found


def test_commands_of_guides_stand_where_they_are_run():
    """A `br` command in a block of another kind would be run by nobody."""
    loose = [
        f"{page.relative_to(ROOT)}: {block.strip()[:80]}"
        for page in pages()
        if page.name == "README.md" or "guides" in page.parts
        for block in re.findall(
            r"^```(?:sh|shell|bash|text|)\n(.*?)^```", page.read_text(), re.M | re.S
        )
        if re.search(r"^(?:\$ )?br ", block, re.M)
    ]
    assert loose == []


def test_a_session_is_read_as_a_reader_reads_it(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# T\n\n<!-- $ setup -->\n\n```console\n$ cat > f <<'EOF'\n> a\n>\n> b\n> EOF\n"
        "$ false  # exit 3\nshown …  twice\n```\n\n```sh\n$ no\n```\n\n```console server\n$ br up\n```\n"
    )
    setup, cat, false, up = commands(page)
    assert (setup.text, setup.line) == ("setup", 3)
    assert (cat.text, cat.line) == ("cat > f <<'EOF'\na\n\nb\nEOF", 6)
    assert (false.exit_code, false.shown, false.line) == (3, ["shown …  twice"], 11)
    assert up.server
    assert pattern(false.shown[0]).search("is shown 5 times, really  twice")
    assert not pattern("a b").search("ab")
