#!/bin/sh
# Build .venv from the locked versions, or repair it; nothing happens if it is complete.
# PYTHON chooses the interpreter, PIP_INDEX_URL or a pip config the index (docs/howto/install.md: CPU builds).
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
lock="envs/torch.txt envs/requirements.txt"

fail() {
  echo "setup: $1" >&2
  exit 1
}

stamp=$(cat $lock | cksum)
if [ "$(cat .venv/complete 2>/dev/null)" = "$stamp" ] && .venv/bin/python -c '' 2>/dev/null; then
  exit 0
fi
command -v "$PYTHON" >/dev/null 2>&1 ||
  fail "$PYTHON is missing: install Python 3.11, 3.12 or 3.13, or set PYTHON"
"$PYTHON" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null ||
  fail "$PYTHON is $("$PYTHON" --version 2>&1 | head -n 1): Python 3.11, 3.12 or 3.13 is needed, set PYTHON"
"$PYTHON" -c 'import venv, ensurepip' 2>/dev/null ||
  fail "$PYTHON has no venv: install it (Debian: apt-get install python3-venv)"
echo "setup: building .venv (torch is the large part)"
rm -rf .venv
"$PYTHON" -m venv .venv || fail "$PYTHON -m venv failed: is the python3-venv package complete?"
# torch first and alone: the lock then finds it satisfied, whichever build it is.
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r envs/torch.txt ||
  fail "pip could not install torch"
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r envs/requirements.txt ||
  fail "pip could not install the locked packages"
echo "$stamp" >.venv/complete
