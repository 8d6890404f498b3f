#!/bin/sh
# Makes a Debian package of what `make install` put into a folder: strips and compresses as Debian's policy
# says, adds the package's description, and calls dpkg-deb. The package has no maintainer's scripts, so an
# installation copies files and runs nothing. $SOURCE_DATE_EPOCH is the time of all files. Called by
# mk/release.mk.
#
#   tools/release/package.sh NAME ARCHITECTURE VERSION STRIP STAGE FOLDER [LIBRARIES]
#
# LIBRARIES has a line for each shared library of another architecture: its name, its package, its version.
set -eu
name=$1
architecture=$2
version=$3
strip=$4
stage=$5
folder=$6
libraries=${7-}
here=$(dirname "$0")
documents=$stage/usr/share/doc/$name

find "$stage/usr" \( -path "$stage/usr/bin/*" -o -path "$stage/usr/libexec/*" \) -type f -exec "$strip" --remove-section=.comment --remove-section=.note {} +
find "$stage" -name '*.a' -exec "$strip" --strip-debug --enable-deterministic-archives {} +

mkdir -p "$documents"
cp "$here/copyright" "$documents/copyright"
[ "$name" != kumiki ] || cp /usr/share/doc/picolibc-aarch64-linux-gnu/copyright "$documents/copyright.picolibc"
{
    printf 'kumiki (%s) unstable; urgency=medium\n\n' "$version"
    printf '  * /usr/share/doc/kumiki/CHANGELOG.md says what changed.\n\n'
    printf " -- Kumiki's contributors <kumiki@kumiki.invalid>  %s\n" \
        "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} >"$documents/changelog"
"$here/pages.sh" "$name" "$documents"
[ ! -e "$here/$name.overrides" ] || install -D -m 644 "$here/$name.overrides" "$stage/usr/share/lintian/overrides/$name"
find "$stage/usr/share" \( -path "$stage/usr/share/man/*" -o -path "$documents/changelog" \) -type f -exec gzip -9n {} +

# The packages that the host's programs need.
depends() {
    work=$(mktemp -d)
    mkdir "$work/debian"
    printf 'Source: kumiki\n\nPackage: kumiki\nArchitecture: any\n' >"$work/debian/control"
    installed=$(realpath "$stage/usr")
    (cd "$work" && dpkg-shlibdeps -O "$installed"/bin/* "$installed"/libexec/kumiki/* >said 2>log) || true
    line=$(sed -n 's/^shlibs:Depends=/Depends: /p' "$work/said")
    [ -n "$line" ] || cat "$work/log" >&2
    rm -rf "$work"
    if [ -z "$line" ]; then
        echo "make: dpkg-shlibdeps doesn't say what the programs of $name depend on; correct what it says above" >&2
        exit 1
    fi
    echo "$line"
}

# The same for programs of another architecture, of whose packages dpkg knows nothing here.
depends_foreign() {
    list=$(find "$stage/usr/libexec" -type f -exec readelf -d {} + | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | while read -r needed; do
        line=$(sed -n "s/^$needed \([^ ]*\) \([^ ]*\)$/\1 (>= \2)/p" "$libraries")
        echo "${line:-nobody knows $needed}"
    done | LC_ALL=C sort -u | sed 's/$/, /' | tr -d '\n')
    case $list in
    '' | *nobody*)
        echo "make: $libraries doesn't say which package has each library of $name: $list" >&2
        exit 1
        ;;
    esac
    echo "Depends: ${list%, }"
}

# The guest's programs are linked statically. This finds the sources of the C library in them: a package for cross
# compilers names these among others.
built_using() {
    library=$(realpath "$("${strip%strip}gcc" -print-file-name=libc.a)")
    package=$(dpkg-query -S "$library" | cut -d: -f1)
    source=$(dpkg-query -W -f '${source:Package} (= ${source:Version}), ${Built-Using}\n' "$package" |
        grep -o '\<glibc (= [^)]*)' | head -n1)
    if [ -z "$source" ]; then
        echo "make: no package says of which sources $library is; install Debian's C library for the guest" >&2
        exit 1
    fi
    echo "Built-Using: $source"
}

# In KiB, as dpkg-gencontrol counts: a folder's size depends on the file system, so it counts as 1.
installed_size() {
    find "$stage" -path "$stage/DEBIAN" -prune -o -printf '%y %s\n' |
        awk '{ sum += $1 == "d" ? 1 : int(($2 + 1023) / 1024) } END { print sum }'
}

mkdir "$stage/DEBIAN"
{
    printf 'Package: %s\nVersion: %s\nArchitecture: %s\n' "$name" "$version" "$architecture"
    printf "Maintainer: Kumiki's contributors <kumiki@kumiki.invalid>\n"
    printf 'Installed-Size: %s\n' "$(installed_size)"
    case $name in
    kumiki) depends ;;
    kumiki-guest) built_using ;;
    kumiki-keeper) depends_foreign ;;
    esac
    cat "$here/$name.control"
} >"$stage/DEBIAN/control"
(cd "$stage" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$stage/DEBIAN/md5sums"
chmod -R u=rwX,go=rX "$stage"

mkdir -p "$folder"
dpkg-deb --root-owner-group -Zxz --build "$stage" "$folder/${name}_${version}_$architecture.deb" >/dev/null
echo "$folder/${name}_${version}_$architecture.deb"
