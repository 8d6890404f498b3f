#!/bin/sh
# Packs the sources of the present commit as kumiki-VERSION.tar.xz into a folder. The same commit gives the
# same bytes. With $KEY, which signs the release, nothing may be left to commit (key.sh). Called by mk/release.mk.
#
#   tools/release/archive.sh FOLDER
set -eu
folder=$1

if ! git ls-files --error-unmatch VERSION >/dev/null 2>&1; then
    echo "make: this is no checkout of git, and the archive is made of a commit; the archive that this tree" \
        "came in is one already" >&2
    exit 1
fi
if [ -n "${KEY:-}" ]; then
    "$(dirname "$0")/key.sh" "$KEY"
elif [ -n "$(git status --porcelain)" ]; then
    echo "make: what isn't committed is not in the archive" >&2
fi
name=kumiki-$(git show HEAD:VERSION)
mkdir -p "$folder"
part=$folder/$name.tar.part
trap 'rm -f "$part" "$part.xz"' EXIT
git archive --format=tar --prefix="$name/" HEAD >"$part"
xz -T1 -f "$part"
mv "$part.xz" "$folder/$name.tar.xz"
