#!/bin/sh
# Lists the files of this tree with one of these endings, without built files. These are git's files, or all
# files if this is an archive without git. Called by mk/check.mk, tools/check/headers.sh and tests.
#
#   tools/check/files.sh ENDING…        (without ENDING: all files)
set -eu

if git ls-files --error-unmatch VERSION >/dev/null 2>&1; then
    list=$(git ls-files -co --exclude-standard)
else
    list=$(find -L . -path ./build -prune -o -type f -print)
    list=$(printf '%s\n' "$list" | sed 's|^\./||' | LC_ALL=C sort)
fi
if [ $# -eq 0 ]; then
    printf '%s\n' "$list"
else
    printf '%s\n' "$list" | grep -E "$(printf '\\.%s$|' "$@" | sed 's/|$//')"
fi
