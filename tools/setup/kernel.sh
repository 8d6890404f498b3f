# Gets Debian's kernels; sourced by debian.sh and kernels.sh, behind apt.sh. These set $work, and the modules that are
# wanted: $modules, $pci_modules, $ext4_modules (folders' last names and the module's).
# shellcheck shell=sh
# shellcheck disable=SC2154

# The package that a meta package stands for: linux-image-arm64 -> linux-image-6.1.0-…-arm64.
newest() {
    apt_arm64 apt-cache depends "$1" | sed -n 's/^ *Depends: *\(linux-image-[^ ]*\).*/\1/p' | head -n 1
}

# unpack_kernel PACKAGE FOLDER
unpack_kernel() {
    release=${1#linux-image-}
    release=${release%-unsigned}
    {
        echo "./boot/vmlinuz-$release"
        for module in $modules $pci_modules $ext4_modules; do echo "*/lib/modules/*/$module.ko*"; done
    } >"$work/patterns"
    rm -rf "$work/unpacked"
    mkdir -p "$work/tree/$2/modules" "$work/tree/$2/modules-pci" "$work/tree/$2/modules-ext4" "$work/unpacked"
    dpkg-deb --fsys-tarfile "$work"/download/"$1"_*.deb |
        tar -x -C "$work/unpacked" --wildcards -T "$work/patterns"
    find "$work/unpacked" -name '*.ko.xz' -exec xz -d {} +
    vmlinuz=$work/unpacked/boot/vmlinuz-$release
    # On arm64 this is the plain Image ("ARM\x64" at 56); some versions wrap it in gzip.
    if [ "$(od -An -tx1 -N2 "$vmlinuz" | tr -d ' ')" = 1f8b ]; then
        gzip -dc "$vmlinuz" >"$work/tree/$2/Image"
    else
        mv "$vmlinuz" "$work/tree/$2/Image"
    fi
    for module in $pci_modules; do
        find "$work/unpacked" -name "${module##*/}.ko" -exec mv {} "$work/tree/$2/modules-pci/" \;
    done
    for module in $ext4_modules; do
        find "$work/unpacked" -name "${module##*/}.ko" -exec mv {} "$work/tree/$2/modules-ext4/" \;
    done
    find "$work/unpacked" -name '*.ko' -exec mv {} "$work/tree/$2/modules/" \;
    echo "$release" >"$work/tree/$2/release"
}
