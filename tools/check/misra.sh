#!/bin/sh
# Counts deviations from MISRA C:2012 by rule, in the sources given, as cppcheck's addon finds them. The addon knows most
# of the rules that a program can decide. It sees one source at a time: so it takes a macro of a header for unused (2.5)
# when another source uses it. OUT/deviations has each as "file:line rule", OUT/rules the counts. A source that can't be
# read is named, and ends the count: it has no sum without it. Called by mk/check.mk.
#
#   tools/check/misra.sh LIST OUT SOURCE…         LIST is from tools/check/commands.sh
#   tools/check/misra.sh --one LIST FILE SOURCE   one source's deviations, into FILE
set -eu
here=$0

if [ "$1" = --one ]; then
    list=$2
    file=$3
    source=$4
    eval "set -- $(grep "^$source " "$list")"
    shift 2
    includes=
    for word in "$@"; do
        case $word in *\"*) ;; -I* | -D*) includes="$includes $word" ;; esac
    done
    # shellcheck disable=SC2086 # several words
    cppcheck --quiet --std=c11 --platform=unix64 --enable=style --addon=misra --inline-suppr --suppress=missingInclude \
        --suppress=missingIncludeSystem --template='{file}:{line} {id}' $includes "$source" >"$file.told" 2>&1 || {
        echo "misra: cppcheck fails on $source: $(cat "$file.told")" >&2
        exit 1
    }
    awk '{ if (sub(/ misra-c2012-/, " ")) print
           else if (/Error[A-Za-z]*$|unknownMacro$/) { print "misra: not read: " $0 >"/dev/stderr"; bad = 1 } }
        END { exit bad }' "$file.told" >"$file"
    rm "$file.told"
    exit
fi

list=$1
out=$2
shift 2
rm -rf "$out"
mkdir -p "$out/each"
# A header's deviation is found with each source that includes it, and counts once.
for source; do
    echo "$out/each/$(echo "$source" | tr / -) $source"
done | xargs -P "$(nproc)" -n 2 "$here" --one "$list"
sort -u "$out"/each/* >"$out/deviations"
rm -r "$out/each"
cut -d' ' -f2 "$out/deviations" | sort -V | uniq -c | awk '{ print $2, $1 }' >"$out/rules"
echo "MISRA C:2012: $(wc -l <"$out/deviations") deviations in $# sources and their headers. Rules, and how often:"
paste -s -d',' "$out/rules" | sed 's/,/, /g' | fold -s -w 100
echo "$out/deviations has each."
