#!/bin/sh
# Fetches Debian 13's QEMU, which has the boards that Debian 12's lacks, with the libraries that it needs, and unpacks
# them. Nothing is installed (apt.sh). Where this machine's QEMU is that new, it is taken. OUT appears complete or not at
# all. Called by mk/boards.mk. It gets:
#
#   OUT/bin/qemu-system-aarch64   starts that QEMU
#   OUT/package                   which QEMU it is
#
#   tools/setup/boards.sh OUT
set -eu
out=$1
program=qemu-system-aarch64
mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$out.XXXXXX")
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=tools/setup/apt.sh
. "$(dirname "$0")/apt.sh"
suite=trixie

# Earlier ones of 10.0 have an i.MX 8M Plus whose cores get no virtual interrupts.
is_new() {
    version=$("$program" --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p')
    [ -n "$version" ] && [ "$(printf '10.0.13\n%s\n' "$version" | sort -V | head -n 1)" = 10.0.13 ]
}

mkdir -p "$work/tree/bin" "$work/tree/root"
if is_new; then
    ln -s "$(command -v "$program")" "$work/tree/bin/$program"
else
    echo "boards: fetching Debian 13's QEMU (80 MB) into $out; nothing is installed, and this happens once."
    apt_begin
    apt_arm64 apt-get install -y --download-only --no-install-recommends -o APT::Architecture="$host" qemu-system-arm
    for package in "$work"/cache/archives/*.deb; do
        dpkg-deb -x "$package" "$work/tree/root"
    done
    cat >"$work/tree/bin/$program" <<'END'
#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")/root
libraries=$(echo "$root"/usr/lib/*-linux-gnu*)
QEMU_MODULE_DIR=$libraries/qemu
export QEMU_MODULE_DIR
exec "$(echo "$libraries"/ld-linux-*.so.*)" --library-path "$libraries" "$root/usr/bin/qemu-system-aarch64" \
    -L "$root/usr/share/qemu" "$@"
END
    chmod 755 "$work/tree/bin/$program"
fi
"$work/tree/bin/$program" --version | head -n 1 >"$work/tree/package"
rm -rf "$out"
mv "$work/tree" "$out"
