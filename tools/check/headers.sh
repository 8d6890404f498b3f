#!/bin/sh
# Checks that each header compiles alone, with the flags of a source of its own room; that no include climbs
# with `../`; and that headers don't include one another in a circle. Called by mk/check.mk.
#
#   tools/check/headers.sh LIST        (LIST: from tools/check/commands.sh)
set -eu
list=$1
headers=$(tools/check/files.sh h)
bad=0

# The flags of the source whose folder is nearest to that of the header: those of the target, if both sides compile it.
flags_for() {
    awk -v header="$1" '
        BEGIN { depth = split(header, want, "/"); best = -1 }
        {
            split($1, have, "/")
            for (i = 1; i < depth && want[i] == have[i]; i++)
                ;
            target = $2 ~ /aarch64/
            if (i - 1 > best || (i - 1 == best && target > own)) { best = i - 1; own = target; $1 = ""; flags = $0 }
        }
        END { print (best > 0 ? flags : "gcc -std=c11 -Wall -Wextra -Iinclude") }' "$list"
}

# A board's header goes with what guests know of the same board.
compile() {
    board=$(expr "$header" : '.*/board/\([^/]*\)/') || true
    compiler=$1
    shift
    "$compiler" ${board:+"-Iguests/lib/board/$board"} "$@"
}

# A header with #include_next finds the other library's header of the same name only if it was itself found in
# the -I list. So the compiler gets an include of it, and not its text.
source_of() {
    if grep -q '^#include_next' "$1"; then
        echo "#include <${1##*/include/}>"
    else
        cat "$1"
    fi
}

for header in $headers; do
    # shellcheck disable=SC2046 # several words
    source_of "$header" | compile $(flags_for "$header") -Werror -fsyntax-only -iquote "$(dirname "$header")" -x c - || {
        echo "$header: doesn't compile alone: include what it uses" >&2
        bad=1
    }
done

if tools/check/files.sh c h S | xargs grep -sn '#include "\.\./'; then
    echo "an include climbs: name the room instead (the -I lists say which are open)" >&2
    bad=1
fi

# Each header gets the name of its folder and file, as in an include.
for header in $headers; do
    folder=$(basename "$(dirname "$header")")
    sed -n 's/^#include [<"]\([a-z_0-9/-]*\.h\)[>"].*/\1/p' "$header" | while read -r included; do
        case $included in */*) ;; *) included=$folder/$included ;; esac
        echo "$folder/$(basename "$header") $included"
    done
done >"$list.edges"
if ! tsort "$list.edges" >/dev/null; then
    echo "headers include one another in a circle: see above" >&2
    bad=1
fi
exit $bad
