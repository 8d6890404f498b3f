#!/bin/sh
# Puts a package's pages into a folder: of `kumiki` those for users and those for who must trust it, of each other
# package what changed. A link to a file that isn't there becomes its words; if
# it stands alone in parentheses, it goes. A command of a checkout's `kumiki` becomes one of the installed one. Called by
# package.sh.
#
#   tools/release/pages.sh NAME FOLDER
set -eu
name=$1
folder=$2

mkdir -p "$folder"
if [ "$name" = kumiki ]; then
    cp README.md SECURITY.md "$folder/"
    cp -R docs "$folder/docs"
    rm -r "$folder/docs/inside"
fi
cp CHANGELOG.md "$folder/"

find "$folder" -name '*.md' -type f | while read -r page; do
    awk -v folder="$(dirname "$page")" '
        BEGIN { RS = "\001" } # a page is one record: the words of a link may stand on two lines
        function is_there(path, line, read) {
            read = (getline line <path) > 0
            close(path)
            return read
        }
        {
            rest = $0
            gsub(/build\/host\/bin\/kumiki /, "kumiki ", rest)
            while (match(rest, /\[[^]]*\]\([^):#]+(#[^)]*)?\)/)) {
                before = substr(rest, 1, RSTART - 1)
                words = target = link = substr(rest, RSTART, RLENGTH)
                rest = substr(rest, RSTART + RLENGTH)
                sub(/^\[/, "", words)
                sub(/\]\([^)]*\)$/, "", words)
                sub(/.*\]\(/, "", target)
                sub(/[#)].*/, "", target)
                if (is_there(folder "/" target))
                    words = link
                else if (before ~ /\($/ && rest ~ /^\)/) { # "([why](x))": nothing is left to say
                    sub(/[ \n]*\($/, "", before)
                    sub(/^\)/, "", rest)
                    words = ""
                }
                printf "%s%s", before, words
            }
            printf "%s", rest
        }' "$page" >"$page.mended"
    mv "$page.mended" "$page"
done
