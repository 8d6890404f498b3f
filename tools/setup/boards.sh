#!/bin/sh
# Fetches a QEMU that has the boards that this machine's QEMU lacks, and unpacks it. Nothing is installed (apt.sh). Where
# this machine's QEMU has them, it is taken. OUT appears complete or not at all. Called by mk/boards.mk. It gets:
#
#   OUT/bin/qemu-system-aarch64   starts that QEMU
#   OUT/package                   which QEMU it is
#
#   tools/setup/boards.sh OUT
set -eu
out=$1
board=raspi4b
program=qemu-system-aarch64
mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$out.XXXXXX")
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=tools/setup/apt.sh
. "$(dirname "$0")/apt.sh"

# The machine's own Debian sources once more, with the backports in their suite's place.
add_backports() {
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    for file in "$work"/sources.list.d/*.list; do
        [ ! -e "$file" ] || sed -n "s/^deb-src \(.*\) $codename /deb \1 $codename-backports /p" "$file" \
            >"$work/sources.list.d/backports.list"
    done
    for file in "$work"/sources.list.d/*.sources; do
        [ ! -e "$file" ] || awk -v RS= -v ORS='\n\n' -v suite="$codename" '
            sub("\nSuites: *" suite "( [^\n]*)?\n", "\nSuites: " suite "-backports\n")' "$file" \
            >"$work/backports"
    done
    [ ! -e "$work/backports" ] || mv "$work/backports" "$work/sources.list.d/backports.sources"
    apt_arm64 apt-get update
}

# get PACKAGE…: from the backports.
get() {
    for package in "$@"; do
        (cd "$work/download" && apt_arm64 apt-get download "$package/$codename-backports")
        dpkg-deb -x "$work/download/${package%:*}"_*.deb "$work/tree/root"
    done
}

mkdir -p "$work/tree/bin" "$work/tree/root" "$work/download"
if "$program" -M help 2>/dev/null | grep -q "^$board "; then
    ln -s "$(command -v "$program")" "$work/tree/bin/$program"
    "$program" --version | head -n 1 >"$work/tree/package"
else
    echo "boards: fetching Debian's QEMU from the backports (30 MB) into $out; nothing is installed, and this happens once."
    apt_begin
    add_backports
    get "qemu-system-arm:$host" "qemu-system-common:$host" qemu-system-data
    cat >"$work/tree/bin/$program" <<'END'
#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")/root
QEMU_MODULE_DIR=$(echo "$root"/usr/lib/*/qemu)
export QEMU_MODULE_DIR
exec "$root/usr/bin/qemu-system-aarch64" -L "$root/usr/share/qemu" "$@"
END
    chmod 755 "$work/tree/bin/$program"
    ls "$work/download" | sed 's/%3a/:/' >"$work/tree/package"
fi
rm -rf "$out"
mv "$work/tree" "$out"
