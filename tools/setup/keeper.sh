#!/bin/sh
# Fetches Debian's arm64 libraries of the keeper, and what links with them. Nothing is installed (apt.sh). OUT appears
# complete or not at all. Called by mk/keeper.mk. It gets:
#
#   OUT/tree      the packages, unpacked: the compiler's --sysroot
#   OUT/run/lib   the shared libraries that the program needs when it runs
#   OUT/libraries each of these libraries, its package and the version of it, for what depends on it
#   OUT/packages  the packages' names and versions
#
#   tools/setup/keeper.sh OUT
set -eu
out=$1
# The libraries with their headers, and what these need when a program runs.
packages='libmicrohttpd-dev libgnutls28-dev libjansson-dev libcrypt-dev libc6-dev linux-libc-dev
    libmicrohttpd12 libgnutls30 libjansson4 libcrypt1 libc6
    libp11-kit0 libidn2-0 libunistring2 libtasn1-6 libnettle8 libhogweed6 libgmp10 libffi8'
programs='libmicrohttpd.so.12 libgnutls.so.30 libjansson.so.4 libcrypt.so.1 libc.so.6'

mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$out.XXXXXX")
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=tools/setup/apt.sh
. "$(dirname "$0")/apt.sh"

# copy_libraries NAME…: with all that they need.
copy_libraries() {
    mkdir -p "$work/out/run/lib"
    while [ $# -gt 0 ]; do
        name=$1
        shift
        [ ! -e "$work/out/run/lib/$name" ] || continue
        cp "$(find "$work/out/tree/lib" "$work/out/tree/usr/lib" -name "$name" | head -n 1)" "$work/out/run/lib/$name"
        # shellcheck disable=SC2046
        set -- "$@" $(readelf -d "$work/out/run/lib/$name" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p')
    done
}

# tell_libraries: the package of each, and its version without Debian's revision: any build of that one will do.
tell_libraries() {
    for package in "$work"/download/*.deb; do
        version=$(dpkg-deb -f "$package" Version)
        dpkg-deb --fsys-tarfile "$package" | tar -t | sed 's|.*/||' | sort -u | while read -r name; do
            [ -z "$name" ] || [ ! -e "$work/out/run/lib/$name" ] ||
                echo "$name $(dpkg-deb -f "$package" Package) ${version%-*}"
        done
    done
}

echo "keeper: fetching Debian's arm64 libraries of the keeper (15 MB) into $out; nothing is installed, and this happens once."
mkdir -p "$work/download" "$work/out/tree"
apt_begin
# shellcheck disable=SC2086
(cd "$work/download" && apt_arm64 apt-get download $packages)
for package in "$work"/download/*.deb; do dpkg-deb -x "$package" "$work/out/tree"; done
rm -rf "$work/out/tree/usr/share"
# What a link names by its whole path is in the tree, too.
find "$work/out/tree" -type l -lname '/*' | while read -r link; do
    ln -sfr "$work/out/tree$(readlink "$link")" "$link"
done
# shellcheck disable=SC2086
copy_libraries $programs
tell_libraries >"$work/out/libraries"
ls "$work/download" | sed 's/%3a/:/' >"$work/out/packages"
rm -rf "$out"
mv "$work/out" "$out"
