# What the scripts share. Sourced, never run: it goes to the repository's root and defines a few words.
# shellcheck shell=bash
unset CDPATH
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." || exit 1
root=$PWD
venv=$root/.venv
venv_python=$venv/bin/python
# shellcheck disable=SC2034  # used by the scripts that source this
vendor=$root/static/vendor

say() { printf '%s\n' "$*"; }
fail() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

# quietly ADVICE COMMAND...: when it fails, show what it printed and say what to do.
quietly() {
  local advice=$1 log
  log=$root/tmp/$(basename -- "$0").log
  mkdir -p "$root/tmp"
  shift
  "$@" >"$log" 2>&1 && return
  tail -n 25 "$log" >&2
  fail "$advice"
}

# The first Python that is new enough, on standard output.
find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  fail "Python 3.11 or newer is needed, and none was found. Install it (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python) and run this again."
}

# Whether this machine's own Node can install and check the browser code.
has_node() {
  command -v npm >/dev/null 2>&1 &&
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)' 2>/dev/null
}

# Run a command as root, if that is possible without asking anybody.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}
may_be_root() { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
