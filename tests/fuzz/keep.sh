#!/bin/sh
# Makes the kept corpus of a fuzzer anew: of what is kept and what was found since, the smallest set
# of inputs that reaches as much (not as often: that would be hundreds more). Descriptions of the tests
# are seeds without being kept here. For a person, after a longer run (make fuzz FUZZ_SECONDS=600), or
# when a layout has changed.
#
#   tests/fuzz/keep.sh BUILD NAME…
set -eu
build=$1
shift
for name in "$@"; do
    kept=tests/fuzz/corpus/$name
    merged=$build/fuzz/$name/merged
    rm -rf "$merged"
    mkdir -p "$merged" "$kept"
    "$build/fuzz/$name/fuzz_$name" -merge=1 -use_counters=0 -artifact_prefix="$build/fuzz/$name/" \
        "$merged" "$kept" "$build/fuzz/$name/found" >"$build/logs/fuzz/$name.merge.log" 2>&1
    for seed in tests/descriptions/*/*.dts; do
        rm -f "$merged/$(sha1sum <"$seed" | cut -d' ' -f1)"
    done
    rm -f "$kept"/*
    mv "$merged"/* "$kept/"
    rmdir "$merged"
    echo "fuzz $name: $(find "$kept" -type f | wc -l) inputs kept, $(cat "$kept"/* | wc -c) bytes"
done
