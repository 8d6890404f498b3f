#!/bin/sh
# Fetches the arm64 packages of a list, with all packages that they need, into OUT; also the list of apt's sources for
# them. Nothing is installed. OUT appears complete or not at all. Called by mk/debian.mk.
#
#   tools/setup/root-packages.sh LIST OUT
set -eu
list=$1
out=$2
mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$out.XXXXXX")
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=tools/setup/apt.sh
. "$(dirname "$0")/apt.sh"

echo "debian: fetching the packages of $list and what they need (42 MB) into $out; this happens once."
apt_begin
# shellcheck disable=SC2046
apt_arm64 apt-get install -y --download-only --no-install-recommends \
    '?and(?architecture(arm64),?essential)' $(sed 's/#.*//' "$list")
rm -rf "$work/cache/archives/partial" "$work/cache/archives/lock"
mkdir "$work/cache/archives/sources"
sed 's/ deb-src//; /^deb-src/d' -i "$work"/sources.list.d/*
cp "$work"/sources.list.d/* "$work/cache/archives/sources/"
rm -rf "$out"
mv "$work/cache/archives" "$out"
set -- "$out"/*.deb
echo "debian: fetched $# packages."
