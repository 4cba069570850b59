#!/bin/sh
# Installs Debian packages that are missing, when it may; otherwise says the command and fails.
# Usage: scripts/debian.sh PACKAGE...
set -eu

missing=
for package in "$@"; do
    case $package in
        # What is there by another way than its package serves as well.
        chromium) command -v chromium >/dev/null 2>&1 && continue ;;
        systemd) command -v systemd-analyze >/dev/null 2>&1 && continue ;;
    esac
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
if [ -z "$missing" ]; then
    exit 0
fi

if [ "$(id -u)" = 0 ]; then
    run=
elif sudo -n true 2>/dev/null; then
    run="sudo -n"
else
    run=none
fi
if [ "$run" = none ] || ! command -v apt-get >/dev/null 2>&1; then
    printf 'Missing from Debian:%s\nInstall with: %s %s%s\n' "$missing" \
        'sudo apt-get update && sudo' 'apt-get install -y --no-install-recommends' "$missing" >&2
    exit 1
fi

printf 'Installing from Debian:%s ...\n' "$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
if ! { $run apt-get update -q &&
    $run env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 \
        install -y -q --no-install-recommends $missing; } </dev/null >"$log" 2>&1; then
    tail -20 "$log" >&2
    printf 'Could not install:%s\n' "$missing" >&2
    exit 1
fi
