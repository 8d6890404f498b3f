#!/bin/sh
# Makes the initial RAM file system of the Linux guests: busybox, the modules of both kernels, and
# guests/linux. The same inputs give the same bytes. Called by mk/guests.mk.
#
#   tools/setup/initrd.sh DEBIAN PROGRAMS TREE OUT
set -eu
debian=$1
programs=$2
tree=$3
out=$4

rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/etc" "$tree/proc" "$tree/sys" "$tree/dev" "$tree/tmp"
cp "$debian/busybox" "$tree/bin/busybox"
for kernel in linux linux-rt; do
    modules=$tree/lib/modules/$(cat "$debian/$kernel/release")
    mkdir -p "$modules"
    cp "$debian/$kernel"/modules/*.ko "$modules/"
done
cp "$programs/init" "$tree/init"
cp "$programs/init" "$tree/bin/stamp"
cp "$programs/work" "$tree/bin/work"
cp "$programs/requests" "$tree/bin/requests"
cp "$programs/zero" "$tree/bin/zero"
cp "$programs/blocks" "$tree/bin/blocks"
cp "$programs/flow" "$tree/bin/flow"
cp "$programs/cyclic" "$tree/bin/cyclic"
cp "$programs/pace" "$tree/bin/pace"
cp "$programs/pieces" "$tree/bin/pieces"
cp guests/linux/init.sh "$tree/etc/init"
cp guests/linux/tests.sh "$tree/etc/tests"
cp guests/linux/channel.sh "$tree/etc/channel.sh"
cp guests/linux/console.sh "$tree/etc/console.sh"
cp guests/linux/disk.sh "$tree/etc/disk.sh"
chmod -R u=rwX,go=rX "$tree"
chmod 755 "$tree/init" "$tree/bin/stamp" "$tree/bin/work" "$tree/bin/requests" "$tree/bin/zero" "$tree/bin/blocks" "$tree/bin/flow" "$tree/bin/cyclic" "$tree/bin/pace" "$tree/bin/pieces" "$tree/bin/busybox"
find "$tree" -exec touch -h -d @0 {} +
(cd "$tree" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$out.part"
mv "$out.part" "$out"
