#!/bin/sh
# Adds programs in /bin, and the /run that they want, to an initial RAM file system: a second archive
# behind the first. The same bytes from the same inputs. Called by mk/linux.mk.
#
#   tools/setup/initrd-more.sh TREE OUT FIRST PROGRAM…
set -eu
tree=$1
out=$2
first=$3
shift 3

rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/run"
cp "$@" "$tree/bin/"
chmod -R u=rwX,go=rX "$tree"
find "$tree" -exec touch -h -d @0 {} +
cp "$first" "$out.part"
(cd "$tree" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) >>"$out.part"
mv "$out.part" "$out"
