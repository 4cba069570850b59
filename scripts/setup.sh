#!/bin/sh
# Makes .venv from requirements.lock, once, and again when the lock or pyproject.toml changes.
# Needs python3 (3.11 or 3.12) with venv; installs python3-venv from Debian when it may.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

is_right() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.12 python3.11; do
        if is_right "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
    say "This needs Python 3.11 or 3.12; name one: make PYTHON=/path/to/python3.11 ..."
    exit 1
}

# Runs a command with its output in a log; on a terminal, shows how many packages it got.
with_progress() {
    log=.venv/setup.log
    "$@" >>"$log" 2>&1 &
    job=$!
    trap 'kill "$job" 2>/dev/null; exit 130' INT TERM
    while kill -0 "$job" 2>/dev/null; do
        if [ -t 2 ]; then
            printf '\r  %s packages ' "$(grep -c '^Collecting' "$log" || true)" >&2
        fi
        sleep 1
    done
    trap - INT TERM
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
    if ! wait "$job"; then
        say "Setting up failed; the end of $log:"
        tail -20 "$log" >&2
        exit 1
    fi
}

lock=$(sha256sum requirements.lock | cut -d' ' -f1)
project=$(sha256sum pyproject.toml | cut -d' ' -f1)
if [ "$(cat .venv/installed 2>/dev/null || true)" = "$lock $project" ] && .venv/bin/python -c ''; then
    exit 0
fi

if ! grep -qs "^$lock " .venv/installed || ! .venv/bin/python -c '' 2>/dev/null; then
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        scripts/debian.sh python3-venv
    fi
    say "Setting up .venv with $("$python" --version) (once, a minute or two) ..."
    rm -rf .venv
    "$python" -m venv .venv
    with_progress .venv/bin/python -m pip install --disable-pip-version-check --no-input \
        --require-hashes -r requirements.lock
fi
with_progress .venv/bin/python -m pip install --disable-pip-version-check --no-input \
    --no-deps --no-build-isolation --editable .
printf '%s %s\n' "$lock" "$project" >.venv/installed
say "Set up: .venv/bin/piaoliand, .venv/bin/piaolian, .venv/bin/piaolian-portal"
