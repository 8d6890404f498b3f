#!/bin/sh
# Adds files to an initial RAM file system, modules of the kernel in /lib/modules, libraries in /lib, what
# scripts source in /etc, programs in /bin, all that is in a folder in /, and the /run that they want: a second
# archive behind the first.
# The same bytes from the same inputs. Called by mk/linux.mk, mk/modules.mk and mk/guests.mk.
#
#   tools/setup/initrd-more.sh TREE OUT FIRST FILE…
set -eu
tree=$1
out=$2
first=$3
shift 3

rm -rf "$tree"
mkdir -p "$tree/run"
for file in "$@"; do
    case $file in
    *.ko) folder=lib/modules ;;
    *.so | *.so.*) folder=lib ;;
    *.sh) folder=etc ;;
    *) folder=bin ;;
    esac
    if [ -d "$file" ]; then
        cp -R "$file/." "$tree/"
        continue
    fi
    mkdir -p "$tree/$folder"
    cp "$file" "$tree/$folder/"
done
chmod -R u=rwX,go=rX "$tree"
find "$tree" -exec touch -h -d @0 {} +
cp "$first" "$out.part"
(cd "$tree" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) >>"$out.part"
mv "$out.part" "$out"
