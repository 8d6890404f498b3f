#!/bin/sh
# Adds files to an initial RAM file system, by a second archive behind the first. Kernel modules go to
# /lib/modules, libraries to /lib, scripts that others source to /etc, programs to /bin, and a folder's contents
# to /; /run is made, too. The same inputs give the same bytes. Called by mk/linux.mk, mk/modules.mk and
# mk/guests.mk.
#
#   tools/setup/initrd-more.sh TREE OUT FIRST FILE…
set -eu
tree=$1
out=$2
first=$3
shift 3

rm -rf "$tree"
mkdir -p "$tree/run"
for file in "$@"; do
    case $file in
    *.ko) folder=lib/modules ;;
    *.so | *.so.*) folder=lib ;;
    *.sh) folder=etc ;;
    *) folder=bin ;;
    esac
    if [ -d "$file" ]; then
        cp -R "$file/." "$tree/"
        continue
    fi
    mkdir -p "$tree/$folder"
    cp "$file" "$tree/$folder/"
done
chmod -R u=rwX,go=rX "$tree"
find "$tree" -exec touch -h -d @0 {} +
cp "$first" "$out.part"
(cd "$tree" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) >>"$out.part"
mv "$out.part" "$out"
