#!/bin/sh
# Fetches Debian's Xen for arm64 and unpacks its image as OUT/xen. Nothing is installed (apt.sh). OUT appears complete or
# not at all. Called by mk/peers.mk.
#
#   tools/setup/xen.sh OUT
set -eu
out=$1
package=xen-hypervisor-4.17-arm64
mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$out.XXXXXX")
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=tools/setup/apt.sh
. "$(dirname "$0")/apt.sh"

echo "peers: fetching Debian's $package (0.4 MB) into $out; nothing is installed, and this happens once."
apt_begin
mkdir "$work/download" "$work/tree"
(cd "$work/download" && apt_arm64 apt-get download "$package")
dpkg-deb --fsys-tarfile "$work"/download/"$package"_*.deb | tar -x -O ./boot/xen-4.17-arm64 >"$work/tree/xen"
basename "$work"/download/"$package"_*.deb >"$work/tree/package"
rm -rf "$out"
mv "$work/tree" "$out"
