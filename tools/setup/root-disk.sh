#!/bin/sh
# Makes a Debian on a disk: unpacks it here, and lets QEMU start it once, for the steps that must run on arm64. OUT gets
# the kernel and its initrd.cpio, known_hosts, disk.img, and last ssh.config: if this is there, all files are. KEY is the
# public key that may log in; without KEY a pair is made, OUT/key. Called by mk/debian.mk.
#
#   tools/setup/root-disk.sh DEBIAN PACKAGES OUT [KEY.pub]
set -eu
debian=$1
packages=$2
out=$3
key=${4:-}
work=$(mktemp -d "$out/making.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
    echo "debian: $*" >&2
    exit 1
}

# A disk that is still empty may be replaced.
if [ -e "$out/disk.img" ] && [ "$(tr -d '\0' <"$out/disk.img" | head -c 1 | wc -c)" -ne 0 ]; then
    fail "$out/disk.img is there, and stays; for a new one move it away first."
fi
if [ -z "$key" ]; then
    [ -e "$out/key" ] || ssh-keygen -q -t ed25519 -N '' -C "kumiki's Debian" -f "$out/key"
    key=$out/key.pub
fi
ssh-keygen -l -f "$key" >/dev/null || fail "$key is no public key for ssh; KEY=… names one, such as ~/.ssh/id_ed25519.pub."

echo "debian: unpacking it"
mkdir "$work/tree"
chmod 755 "$work/tree"
fakeroot tools/setup/root-image.sh "$packages" "$debian/linux/package.deb" "$key" "$work/tree" "$work/disk.img" ||
    fail "its packages can't be unpacked (the reason is above); after rm -r $packages the next make fetches them again."
cp "$debian/linux/Image" "$out/Image"
guests/debian/initrd.sh "$out/initrd.cpio" "$debian/busybox" "$debian"/linux/modules-pci/virtio_pci*_dev.ko \
    "$debian"/linux/modules-pci/virtio_pci.ko "$debian"/linux/modules/virtio_blk.ko \
    "$debian"/linux/modules-ext4/crc16.ko "$debian"/linux/modules-ext4/crc32c_generic.ko \
    "$debian"/linux/modules-ext4/mbcache.ko "$debian"/linux/modules-ext4/jbd2.ko "$debian"/linux/modules-ext4/ext4.ko

# The log has all of its output. Lines for this script begin with a word of their own.
echo "debian: starting it once in QEMU; that takes some minutes ($out/first-start.log has all that it says)"
arguments='console=ttyAMA0 quiet kpti=0 mitigations=off cryptomgr.notests root=/dev/vda rw init=/first-start panic=-1'
timeout --foreground 3600 qemu-system-aarch64 -M virt,gic-version=3 -cpu cortex-a57 -smp 2 -m 1G -nic none \
    -display none -monitor none -serial stdio -no-reboot -drive "if=none,id=disk,file=$work/disk.img,format=raw,cache=unsafe" \
    -device virtio-blk-pci,drive=disk -kernel "$out/Image" -initrd "$out/initrd.cpio" \
    -append "$arguments" </dev/null |
    tee "$out/first-start.log" | sed -u -n 's/\r$//; /^debian: done/d; /^debian: host key/d; /^debian: /p'
grep -q '^debian: done' "$out/first-start.log" || {
    tail -n 20 "$out/first-start.log" >&2
    fail "its first start failed (its last lines are above)."
}
sed -n 's/\r$//; s/^debian: host key /debian /p' "$out/first-start.log" >"$out/known_hosts"
{
    echo "Host debian"
    echo "    HostName 127.0.0.1"
    echo "    Port 2222"
    echo "    User root"
    echo "    HostKeyAlias debian"
    echo "    UserKnownHostsFile \"$(realpath "$out")/known_hosts\""
    [ "$key" != "$out/key.pub" ] || echo "    IdentityFile \"$(realpath "$out")/key\""
} >"$work/ssh.config"
mv "$work/disk.img" "$out/disk.img"
mv "$work/ssh.config" "$out/ssh.config"
echo "debian: $out/disk.img is ready."
