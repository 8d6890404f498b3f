#!/bin/sh
# Fetches Debian 13's arm64 kernels. Nothing is installed (apt.sh). OUT appears complete or not at all. Called by
# mk/setup.mk. It gets OUT/linux, OUT/linux-rt and OUT/linux-16k (pages of 16 KiB), as debian.sh leaves Debian 12's;
# OUT/linux/package.deb is the first one's package, with the device trees of its boards.
#
#   tools/setup/kernels.sh OUT
set -eu
out=$1
modules='virtio/virtio_mmio block/virtio_blk net/virtio_net net/net_failover core/failover char/hw_random/virtio-rng'
pci_modules=
ext4_modules=
mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$out.XXXXXX")
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=tools/setup/apt.sh
. "$(dirname "$0")/apt.sh"
# shellcheck source=tools/setup/kernel.sh
. "$(dirname "$0")/kernel.sh"
suite=trixie

echo "kernels: fetching Debian 13's arm64 kernels (280 MB) into $out; nothing is installed, and this happens once."
mkdir "$work/download" "$work/tree"
apt_begin
for flavour in arm64:linux rt-arm64:linux-rt arm64-16k:linux-16k; do
    package=$(newest "linux-image-${flavour%:*}")
    (cd "$work/download" && apt_arm64 apt-get download "$package")
    unpack_kernel "$package" "${flavour#*:}"
    echo "$package" >>"$work/tree/packages"
    mv "$work"/download/*.deb "$work/${flavour#*:}.deb"
done
mv "$work/linux.deb" "$work/tree/linux/package.deb"
rm -rf "$out"
mv "$work/tree" "$out"
