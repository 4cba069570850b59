#!/bin/sh
# Runs the whole suite in two halves at once, on two cores: what starts whole networks, and the
# rest. With arguments, runs pytest with them instead.
set -eu
cd "$(dirname "$0")/.."

if [ $# -gt 0 ]; then
    exec .venv/bin/python -m pytest -q --durations=10 "$@"
fi

log=$(mktemp)
trap 'kill "$other" 2>/dev/null || true; rm -f "$log"' EXIT INT TERM
.venv/bin/python -m pytest -q --durations=10 \
    tests/unit tests/model tests/scenarios tests/simulation >"$log" 2>&1 &
other=$!
failed=0
.venv/bin/python -m pytest -q --durations=10 \
    tests/browser tests/demo tests/integration tests/privacy || failed=1
wait "$other" || failed=1
cat "$log"
exit $failed
