#!/bin/sh
# Fetches Debian's arm64 packages, and unpacks what guests and builds need of them. Nothing is installed (apt.sh).
# OUT appears complete or not at all. Called by mk/setup.mk. It gets:
#
#   OUT/linux, OUT/linux-rt   the standard kernel and the one with PREEMPT_RT, each with Image, modules/*.ko,
#                             modules-pci/*.ko, modules-ext4/*.ko and release
#   OUT/linux/package.deb     the standard kernel's package, with all of its modules
#   OUT/busybox               busybox
#   OUT/kexec, OUT/cyclictest the program (bin), and the libraries that it needs
#   OUT/compiler              tcc, and Lua's sources, in Debian's folders
#   OUT/headers               for building modules of the standard kernel: its headers, and this machine's build of
#                             the kernel's tools; kbuild is called with headers/build
#   OUT/sources/NAME          sources of programs that run on the RTOS, without Debian's patches
#
#   tools/setup/debian.sh OUT
set -eu
out=$1
# Modules that guests load or tests use. The modules that these need are in the list, too, or built in.
modules='virtio/virtio_mmio block/virtio_blk net/virtio_net net/net_failover core/failover
    char/virtio_console hw_random/virtio-rng uio/uio uio/uio_pci_generic watchdog/sbsa_gwdt
    pstore/ramoops reed_solomon/reed_solomon'
# Modules for PCI functions. They are apart, as most guests have no functions, and need no larger file system.
pci_modules='virtio/virtio_pci virtio/virtio_pci_modern_dev virtio/virtio_pci_legacy_dev
    nvme/host/nvme nvme/host/nvme-core block/t10-pi lib/crc-t10dif
    crypto/crct10dif_common crypto/crct10dif_generic lib/crc64 lib/crc64-rocksoft
    crypto/crc64_rocksoft_generic ethernet/intel/e1000e/e1000e
    usb/common/usb-common usb/core/usbcore usb/host/xhci-hcd usb/host/xhci-pci
    usb/storage/usb-storage scsi/scsi_common scsi/scsi_mod scsi/sd_mod'
# Modules for an ext4 file system, in the order in which they can be loaded.
ext4_modules='kernel/lib/crc16 crypto/crc32c_generic fs/mbcache fs/jbd2/jbd2 fs/ext4/ext4'

# Sources in C that are built for the RTOS or the updater without changes.
sources='sysvbanner lua5.1 xxhash bzip2 figlet zlib lwip bearssl'

# shellcheck source=tools/setup/apt.sh
. "$(dirname "$0")/apt.sh"
# shellcheck source=tools/setup/kernel.sh
. "$(dirname "$0")/kernel.sh"

mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$out.XXXXXX")
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# unpack_headers RELEASE: the package for all architectures lacks the files of each. The packages' makefiles
# name places under /usr, which is OUT/headers here.
unpack_headers() {
    headers=$work/tree/headers
    common=linux-headers-${1%-*}-common
    mkdir -p "$headers"
    for package in "linux-headers-$1" "$common" "$kbuild"; do
        dpkg-deb --fsys-tarfile "$work"/download/"$package"_*.deb |
            tar -x -C "$headers" --strip-components=2 --wildcards \
                --exclude='./usr/share' --exclude='./usr/src/*-common/arch/*' ./usr
    done
    dpkg-deb --fsys-tarfile "$work"/download/"$common"_*.deb |
        tar -x -C "$headers" --strip-components=2 "./usr/src/$common/arch/arm64" \
            "./usr/src/$common/arch/arm"
    echo "include \$(dir \$(lastword \$(MAKEFILE_LIST)))../$common/Makefile" \
        >"$headers/src/linux-headers-$1/Makefile"
    ln -s "src/linux-headers-$1" "$headers/build"
}

# unpack_programs FOLDER PACKAGES PROGRAM…: with the libraries that they need, and all that these need.
unpack_programs() {
    to=$work/tree/$1
    from=$work/$1
    mkdir -p "$to/bin" "$to/lib"
    for package in $2; do dpkg-deb -x "$work"/download/"$package"_*.deb "$from"; done
    shift 2
    for program in "$@"; do cp "$from/$program" "$to/bin/"; done
    set -- "$to"/bin/*
    while [ $# -gt 0 ]; do
        for library in $(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'); do
            [ ! -e "$to/lib/$library" ] || continue
            cp "$(find "$from" -name "$library" | head -n 1)" "$to/lib/$library"
            set -- "$@" "$to/lib/$library"
        done
        shift
    done
}

# unpack_sources NAME…: the original sources, without Debian's changes.
unpack_sources() {
    for name in "$@"; do
        mkdir -p "$work/tree/sources/$name"
        tar -x -f "$(echo "$work"/download/"$name"_*.orig.tar.*)" --strip-components=1 \
            -C "$work/tree/sources/$name"
    done
}

# The files that a Linux needs to compile and run Lua, by their names in Debian's file system.
unpack_compiler() {
    to=$work/tree/compiler
    from=$work/compiler
    cpu=aarch64-linux-gnu
    mkdir -p "$to/usr/src"
    for package in tcc libc6 libc6-dev linux-libc-dev; do
        dpkg-deb -x "$work"/download/"$package"_*.deb "$from"
    done
    (cd "$from" && tar -c usr/bin/tcc usr/lib/$cpu/tcc lib/ld-linux-aarch64.so.1 lib/$cpu/ld-linux-aarch64.so.1 \
        lib/$cpu/lib[cm].so.6 lib/$cpu/libdl.so.2 lib/$cpu/libpthread.so.0 usr/lib/$cpu/crt[1in].o usr/lib/$cpu/libc.so \
        usr/lib/$cpu/libc_nonshared.a usr/include/*.h usr/include/$cpu usr/include/asm-generic \
        usr/include/linux/errno.h usr/include/linux/limits.h usr/include/linux/types.h \
        usr/include/linux/posix_types.h usr/include/linux/stddef.h) | tar -x -C "$to"
    cp -r "$work/tree/sources/lua5.1/src" "$to/usr/src/lua"
}

echo "setup: fetching Debian's arm64 kernels, busybox, kexec-tools, rt-tests and tcc, and some programs' sources (165 MB) into $out; nothing is installed."
mkdir -p "$work/download" "$work/tree"
apt_begin
standard=$(newest linux-image-arm64)
realtime=$(newest linux-image-rt-arm64)
if [ -z "$standard" ] || [ -z "$realtime" ]; then
    echo "setup: no arm64 kernel in this machine's Debian sources (/etc/apt/sources.list*)." >&2
    exit 1
fi
release=${standard#linux-image-}
release=${release%-unsigned}
kbuild=$(apt_arm64 apt-cache depends "linux-headers-$release" |
    sed -n 's/^ *Depends: *\(linux-kbuild-[^: ]*\).*/\1/p' | head -n 1)
# with_libraries PACKAGE LIBRARIES: the package, and the packages that it needs, as far as the pattern fits them.
with_libraries() {
    apt_arm64 apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
        --no-breaks --no-replaces --no-enhances "$1" | sed -n -E "/^($1|$2)\$/p" | sort -u
}
kexec=$(with_libraries kexec-tools 'libc6|zlib1g|libxen[a-z0-9.]*')
cyclictest=$(with_libraries rt-tests 'libc6|libnuma1')
# shellcheck disable=SC2086
(cd "$work/download" && apt_arm64 apt-get download "$standard" "$realtime" busybox-static $kexec $cyclictest \
    tcc libc6 libc6-dev linux-libc-dev "linux-headers-$release" "linux-headers-${release%-*}-common" "$kbuild:$host")
# As the release has them: what an update changes is Debian's patches, and a mirror may lack its sources for days.
# shellcheck disable=SC2086
(cd "$work/download" && apt_arm64 apt-get source --download-only -t "$suite" $sources)
unpack_headers "$release"
# shellcheck disable=SC2086
unpack_sources $sources
unpack_compiler
unpack_kernel "$standard" linux
ln "$work"/download/"$standard"_*.deb "$work/tree/linux/package.deb"
unpack_kernel "$realtime" linux-rt
unpack_programs kexec "$kexec" sbin/kexec sbin/vmcore-dmesg
unpack_programs cyclictest "$cyclictest" usr/bin/cyclictest
dpkg-deb --fsys-tarfile "$work"/download/busybox-static_*.deb |
    tar -x -O ./bin/busybox >"$work/tree/busybox"
chmod 755 "$work/tree/busybox"
ls "$work/download" | sed 's/%3a/:/' >"$work/tree/packages"
rm -rf "$out"
mv "$work/tree" "$out"
echo "setup: fetched $(wc -l <"$out/packages") packages."
