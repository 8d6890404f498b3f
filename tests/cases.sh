#!/bin/sh
# Writes the cases of tables (tests/descriptions/README.md) as files, FOLDER/NAME.dts each, with
# what they include from beside their table in place of the include: as seeds for fuzzers, and for
# tests that want files.
#
#   tests/cases.sh FOLDER TABLE…
set -eu
folder=$1
shift
mkdir -p "$folder"
awk -v folder="$folder" '
# A line of a case, or the file that it includes.
function put(line,    part, path, inner, found) {
    if (line ~ /^\/include\/ /) {
        split(line, part, "\"")
        path = FILENAME
        sub(/[^\/]*$/, part[2], path)
        while ((getline inner < path) > 0) {
            put(inner)
            found = 1
        }
        close(path)
    }
    if (!found)
        print line > out
}
FNR == 1 { out = "/dev/null" }
/^== / { close(out); out = folder "/" $2 ".dts"; next }
!/^> / { put($0) }
' "$@"
