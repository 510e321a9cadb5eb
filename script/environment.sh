# Sourced by the scripts beside it: finds a Python and keeps .venv in step with the locks.
set -eu
case ${PYTHON:-} in /*) ;; */*) PYTHON=$PWD/$PYTHON ;; esac
unset CDPATH PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX # they would lead pip elsewhere
cd "$(dirname "$0")/.."
ROOT=$(pwd -P)

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }
quietly() { log=$("$@" 2>&1) || { say "$log"; return 1; }; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
can_make_venvs() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }
identity() { "$1" -c 'import sys; print(sys.base_prefix, sys.version)' 2>/dev/null; }

# Sets `python`: what PYTHON names, else the first that is new enough, best one that can make venvs.
find_python() {
  if [ -n "${PYTHON:-}" ]; then
    command -v "$PYTHON" >/dev/null 2>&1 || fail "PYTHON names $PYTHON, which is not there"
    new_enough "$PYTHON" ||
      fail "PYTHON names $PYTHON ($("$PYTHON" -V 2>&1 || :)); BuildRunner needs Python 3.11 or newer"
    python=$PYTHON
    return
  fi
  python= seen=
  for candidate in python3.13 python3.12 python3.11 python3 python3.14; do
    command -v "$candidate" >/dev/null 2>&1 || continue
    if new_enough "$candidate"; then
      python=${python:-$candidate}
      if can_make_venvs "$candidate"; then python=$candidate; return; fi
    else
      seen=$("$candidate" -V 2>/dev/null || printf '%s' "$seen")
    fi
  done
  [ -n "$python" ] || fail "BuildRunner needs Python 3.11 or newer${seen:+, and this is $seen}; \
install one (Debian 12, Ubuntu 24.04 or newer: apt-get install python3-venv) or set PYTHON=/path/to/python3"
}

# Debian splits venv and ensurepip off its Python; each way around that is tried before giving up.
make_venv() {
  find_python
  if can_make_venvs "$python"; then
    quietly "$python" -m venv .venv && return
    rm -rf .venv
    fail "$python could not make $ROOT/.venv (its words are above)"
  fi
  package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing $package (Debian's Python comes without it)"
    if quietly apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
      quietly apt-get install -y -qq --no-install-recommends "$package" &&
      quietly "$python" -m venv .venv; then return; fi
    rm -rf .venv
  fi
  if "$python" -m virtualenv --version >/dev/null 2>&1; then
    quietly "$python" -m virtualenv -q .venv && return
  fi
  if command -v uv >/dev/null 2>&1; then
    quietly uv venv --quiet --seed --python "$python" .venv && return
  fi
  rm -rf .venv
  fail "$python has neither venv nor ensurepip; install them and run the script again \
(Debian, Ubuntu: sudo apt-get install $package)"
}

# What .venv was made from: the lock, its content, and the place, which is written into its programs.
stamp() {
  printf '%s %s %s' "$1" \
    "$(cat requirements/build.txt "requirements/$1.txt" pyproject.toml | cksum)" "$ROOT"
}

fits() {
  [ "$(cat .venv/.buildrunner 2>/dev/null)" = "$(stamp "$1")" ] &&
    .venv/bin/python -c 'import buildrunner' >/dev/null 2>&1
}

# Why .venv cannot be kept; nothing when it can.
flaw() {
  held=$(cat .venv/.buildrunner 2>/dev/null || :)
  if [ -e .venv/.installing ]; then
    echo "its installation was interrupted"
  elif ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    echo "it is broken"
  elif [ -n "$held" ] && [ "${held% "$ROOT"}" = "$held" ]; then
    echo "it was made at another place"
  elif other_python; then
    echo "PYTHON names another Python"
  fi
}

other_python() {
  [ -n "${PYTHON:-}" ] && [ "$(identity "$PYTHON")" != "$(identity .venv/bin/python)" ]
}

# ensure_environment LOCK: .venv holds at least what the lock says, in its versions, and the project.
ensure_environment() {
  wanted=$1
  # What the tests need serves everything else too, and is kept in step as long as it is there.
  case $(cat .venv/.buildrunner 2>/dev/null || :) in dev\ *) wanted=dev ;; esac
  if fits "$wanted" && ! other_python; then compile; return; fi
  if command -v flock >/dev/null 2>&1; then
    exec 9<requirements/build.txt
    flock -n 9 || { say "Waiting for another script that installs here"; flock 9; }
  fi
  if ! fits "$wanted" || other_python; then
    if [ -e .venv ] || [ -h .venv ]; then
      reason=$(flaw)
      [ -z "$reason" ] || { say "Making .venv anew: $reason"; rm -rf .venv; }
    fi
    [ -e .venv ] || make_venv
    install "$wanted"
  fi
  exec 9<&- # or the server would hold it
  compile
}

# pip compiles what it installs, but not a source tree; where Python may not write bytecode itself
# (PYTHONDONTWRITEBYTECODE) every start would compile anew.
compile() { .venv/bin/python -m compileall -qq src/buildrunner || :; }

install() {
  say "Installing the packages of requirements/$1.txt (once; a minute or two)"
  rm -f .venv/.buildrunner
  : >.venv/.installing
  pip_install --require-hashes -r requirements/build.txt -r "requirements/$1.txt"
  pip_install --no-deps --no-build-isolation --editable .
  stamp "$1" >.venv/.buildrunner
  rm -f .venv/.installing
}

pip_install() {
  code=0
  .venv/bin/python -m pip --disable-pip-version-check --quiet install "$@" >&2 || code=$?
  [ $code = 0 ] && return
  [ $code = 1 ] || fail "the installation was interrupted; run the script again"
  rm -f .venv/.installing # pip itself gave up and left nothing half done
  fail "the packages could not be installed (pip's words are above); check the network and the \
index that pip is configured to use, and run the script again"
}
