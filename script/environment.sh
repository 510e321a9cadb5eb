# Sourced by the scripts beside it: finds a Python and keeps .venv in step with the locks.
set -eu
cd "$(dirname "$0")/.."
ROOT=$PWD

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

find_python() {
  for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python3.14; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  fail "BuildRunner needs Python 3.11 or newer; install it (Debian: apt-get install python3 python3-venv) or set PYTHON=/path/to/python3"
}

# Debian splits venv and ensurepip off its Python; each way around that is tried before giving up.
make_venv() {
  python=$1
  if "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    "$python" -m venv .venv && return
  fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing python3-venv (Debian's Python comes without it)"
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >&2
    "$python" -c 'import venv, ensurepip' 2>/dev/null && "$python" -m venv .venv && return
  fi
  if "$python" -m virtualenv --version >/dev/null 2>&1; then
    "$python" -m virtualenv -q .venv && return
  fi
  if command -v uv >/dev/null 2>&1; then
    uv venv --seed --python "$python" .venv >&2 && return
  fi
  rm -rf .venv
  fail "this Python has neither venv nor ensurepip; install them (Debian, Ubuntu: sudo apt-get install python3-venv) and run the script again"
}

# ensure_environment LOCK: .venv holds exactly what the lock says, and the project itself.
ensure_environment() {
  lock=requirements/$1.txt
  wanted=$(cat requirements/build.txt "$lock" pyproject.toml | cksum)$1
  # What a larger lock installed also serves a smaller one.
  if [ -x .venv/bin/python ] && [ "$(cat .venv/.buildrunner 2>/dev/null)" = "$wanted" ]; then
    return
  fi
  if [ "$1" = server ] && [ -x .venv/bin/python ]; then
    full=$(cat requirements/build.txt requirements/dev.txt pyproject.toml | cksum)dev
    [ "$(cat .venv/.buildrunner 2>/dev/null)" = "$full" ] && return
  fi
  [ -x .venv/bin/python ] || make_venv "$(find_python)"
  say "Installing the packages of $lock (once; a minute or two)"
  pip="$ROOT/.venv/bin/python -m pip --disable-pip-version-check --quiet install"
  $pip --require-hashes -r requirements/build.txt -r "$lock" >&2
  $pip --no-deps --no-build-isolation --editable . >&2
  printf '%s' "$wanted" >.venv/.buildrunner
}
