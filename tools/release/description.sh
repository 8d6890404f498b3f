#!/bin/sh
# Prints a description or a manifest of systems/ as a package has it: an image has its own name, without the folder of
# a build, and a comment says which files belong beside it, and how one gets each. Called by mk/release.mk.
#
#   tools/release/description.sh FILE SHARE     SHARE: the package's folder, such as /usr/share/kumiki
set -eu
file=$1
share=$2

# Small guests are in the package.
named() {
    sed 's|\.\./build/debian/linux-rt/Image|Image-rt|
        s|\.\./build/guests/\([a-z0-9/-]*\.bin\)|guests/\1|; s|\.\./build/remote/\([a-z0-9-]*\.bin\)|guests/\1|
        s|\.\./build/\([a-z0-9.-]*/\)*||g; s#build/rtos/\([a-z-]*\.[it]\)#\1#g' "$1"
}

row() { printf '%-18s %s\n' "$1" "$2"; }

# The lines for a file: first those for what it is made of.
how() {
    case $1 in
    u-boot.bin) row "$1" 'apt install u-boot-qemu' ;;
    *.elf | *.bin | desk.tar | net.tar | rtos.facts | rtos.rules | watcher.rules) ;; # in the package
    Image) row "$1" 'a Linux: docs/package.md' ;;
    Image-rt) row "$1" 'a PREEMPT_RT Linux: docs/package.md, with linux-image-rt-arm64' ;;
    initrd.cpio | initrd-pci.cpio | initrd-panel.cpio) row "$1" 'its RAM disk: docs/package.md' ;;
    disk[0-9].img) row "$1" "truncate -s 64M $1" ;;
    linux.facts)
        how Image
        row "$1" "kumiki facts -o $1 Image"
        ;;
    linux.rules) row "$1" "kumiki rules check -o $1 $share/rules/*.rules Image" ;;
    linux.modules) row "$1" "kumiki modules -o $1 Image MODULE.ko...: docs/prevention.md" ;;
    netboot.tar) row "$1" "tar --format=ustar -cf $1 FILE..., for clients to load" ;;
    gateway.key) row "$1" "head -c 32 /dev/urandom >$1" ;;
    gateway-disk.img)
        row gateway-disk "mkdir -p gateway-disk && cp $share/rtos/gateway.rules gateway-disk"
        row "$1" "kumiki fs make --size 64M $1 gateway-disk"
        ;;
    *.img)
        needs "systems/rtos/${1%.img}.dts"
        row "$1" "kumiki rtos pack -I . -o $1 $share/rtos/${1%.img}.dts"
        ;;
    *)
        echo "description.sh: $file names '$1'; say above how a user of the package gets it" >&2
        exit 1
        ;;
    esac
}

needs() {
    for included in $(sed -n 's|^/include/ "\(.*\.dts\)"|\1|p' "$1"); do
        case $1 in systems/rtos/*) ;; *) row "$included" "cp $share/systems/$included ." ;; esac
        needs "$(dirname "$1")/$included"
    done
    for name in $(sed -n 's/.*kumiki,\(image\|initrd\|file\) = "\([^"]*\)".*/\2/p; s/.*,file=\([^,"]*\).*/\1/p' "$1" |
        sed 's|.*/linux-rt/Image|Image-rt|; s|.*/||'); do
        how "$name"
    done
}

# A manifest may include others, which know no other folder than their own and those of -I: it is packed where it is.
case $file in
systems/rtos/*) head="To \`kumiki rtos pack -I . -o NAME.img $share/${file#systems/}\` belong, in the folder where you are:" ;;
*) head='Beside a copy of this file belong:' ;;
esac
lines=$(needs "$file") || exit 1
named "$file" | awk -v head="$head" -v lines="$(printf '%s' "$lines" | awk '!seen[$0]++')" '
    { print }
    /\*\// && !told && lines {
        print "/* " head
        count = split(lines, line, "\n")
        for (i = 1; i <= count; i++) print " *   " line[i]
        print " */"
        told = 1
    }'
