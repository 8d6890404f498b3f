#!/bin/sh
# Makes an initial RAM file system: it loads these modules in this order, mounts the kernel's root=, and goes on there.
#
#   guests/debian/initrd.sh OUT BUSYBOX MODULE.ko…
set -eu
out=$1
busybox=$2
shift 2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir "$tree/bin" "$tree/dev" "$tree/proc" "$tree/root" "$tree/sys"
install "$busybox" "$tree/bin/busybox"
install guests/debian/init.sh "$tree/init"
for module; do
    cp "$module" "$tree/"
    echo "insmod /${module##*/}"
done >"$tree/modules"
(cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0) >"$out.part"
mv "$out.part" "$out"
