#!/bin/sh
# Makes .venv from requirements.lock, once, and again when the lock, pyproject.toml or the place of
# this folder changes. Two at a time wait for each other.
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
        if grep -q 'NewConnectionError\|ConnectTimeoutError\|ProxyError\|SSLError' "$log"; then
            say "pip reached no package index. Is there a network? A mirror, a proxy or a" \
                "certificate is named by PIP_INDEX_URL, HTTPS_PROXY or PIP_CERT; then run this again."
        fi
        exit 1
    fi
}

exec 9<scripts/setup.sh
flock 9

lock=$(sha256sum requirements.lock | cut -d' ' -f1)
project=$(sha256sum pyproject.toml | cut -d' ' -f1)
place=$(pwd -P)
was=$(cat .venv/installed 2>/dev/null || true)
if [ "$was" = "$lock $project $place" ] && .venv/bin/python -c ''; then
    exit 0
fi

case $was in
    "$lock "*" $place") are_packages_there=yes ;;
    *) are_packages_there=no ;;
esac
if [ $are_packages_there = no ] || ! .venv/bin/python -c '' 2>/dev/null; then
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
printf '%s %s %s\n' "$lock" "$project" "$place" >.venv/installed
say "Set up: .venv/bin/piaoliand, .venv/bin/piaolian, .venv/bin/piaolian-portal"
