#!/bin/sh
# Fetches packages of Debian for this machine and unpacks them into OUT; nothing is installed. OUT/package, the packages'
# names, appears when all is there. Called by mk/keeper.mk.
#
#   tools/setup/fetch.sh OUT PACKAGE…
set -eu
out=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

echo "fetch: Debian's $* into $out; this happens once."
(cd "$work" && apt-get -qq -o APT::Sandbox::User= download "$@")
rm -rf "$out"
mkdir -p "$out"
for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$out"
    basename "$package"
done >"$work/package"
mv "$work/package" "$out/package"
