#!/bin/sh
# Unpacks a Debian for arm64 into an ext4 file system in a file. This machine's dpkg unpacks, and runs no program of a
# package: the first start does that (guests/debian/first-start.sh). root-disk.sh calls it under fakeroot, so that the
# files are root's.
#
#   tools/setup/root-image.sh PACKAGES KERNEL.deb KEY.pub TREE IMAGE
set -eu
packages=$1
kernel=$2
key=$3
tree=$4
image=$5
later=$tree/first-start.d # steps that dpkg would run before it unpacks
umask 022
PATH=$PATH:/usr/sbin:/sbin # dpkg looks for programs there, though it calls none of them

for folder in bin sbin lib; do # as in each Debian 12
    mkdir -p "$tree/usr/$folder"
    ln -s "usr/$folder" "$tree/$folder"
done
mkdir -p "$tree/var/lib/dpkg/info" "$tree/var/lib/dpkg/updates" "$tree.packages" "$later"
: >"$tree/var/lib/dpkg/status"
for package in "$packages"/*.deb; do
    name=$(dpkg-deb -f "$package" Package)
    dpkg-deb --ctrl-tarfile "$package" | tar -t | grep -q '^\./preinst$' || {
        ln -s "$(realpath "$package")" "$tree.packages/$name.deb"
        continue
    }
    dpkg-deb -R "$package" "$tree.one"
    mv "$tree.one/DEBIAN/preinst" "$later/$name"
    dpkg-deb -Znone -b "$tree.one" "$tree.packages/$name.deb" >/dev/null
    rm -r "$tree.one"
done
dpkg --root="$tree" --force-depends --force-architecture --force-unsafe-io --unpack "$tree.packages"/*.deb \
    >"$tree.log" 2>&1 || { tail -n 20 "$tree.log" >&2 && exit 1; }

dpkg-deb --fsys-tarfile "$kernel" | tar -x -C "$tree" --keep-directory-symlink ./lib/modules
install -m 644 "$packages"/sources/* "$tree/etc/apt/sources.list.d/"
tar -c -C guests/debian/root --mode=u=rwX,go=rX --owner=0 --group=0 . | tar -x -C "$tree"
install -m 755 guests/debian/first-start.sh "$tree/first-start"
mkdir -m 700 "$tree/root/.ssh"
install -m 600 "$key" "$tree/root/.ssh/authorized_keys"
truncate -s 2G "$image"
mke2fs -q -t ext4 -L debian -E root_owner=0:0 -d "$tree" "$image"
