#!/bin/sh
# Installs the Debian packages of a list that this machine lacks, and names them first. If it lacks none, this
# uses no network. Called by mk/setup.mk.
#
#   tools/setup/packages.sh LIST
set -eu
list=$1

missing=
while read -r package _; do
    case $package in '' | '#'*) continue ;; esac
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done <"$list"
[ -n "$missing" ] || exit 0

by_hand() { # by_hand WHY
    echo "setup: $1. As root, run:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends$missing" >&2
    exit 1
}

echo "setup: these Debian packages are missing and will be installed (reasons in $list):"
echo "setup:  $missing"
echo "setup: that takes some minutes."
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root="sudo"
else
    by_hand "this needs root, and there is no sudo"
fi
# shellcheck disable=SC2086 # lists of words
{
    $as_root apt-get -qq update &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            -o Dpkg::Use-Pty=0 --no-install-recommends $missing >/dev/null
} || by_hand "that failed"
echo "setup: installed."
