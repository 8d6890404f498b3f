#!/bin/sh
# Makes the archive of a fuzzer's kept inputs, tests/fuzz/corpus/NAME.tar.gz, anew: of the kept ones,
# of those that were found since, and of FILEs, the fewest that reach what the other seeds
# (fuzz_NAME_SEEDS) don't reach. "Reach" isn't "as often": that would be hundreds more. For a person:
# to add an input, after a longer run (make fuzz FUZZ_SECONDS=600), or when a layout has changed.
#
#   tests/fuzz/keep.sh BUILD NAME [FILE…]
set -eu
build=$1
name=$2
shift 2
fuzz=$build/fuzz/$name
make -s BUILD="$build" "$fuzz/fuzz_$name" "$fuzz/seeds"
rm -rf "$fuzz/given" "$fuzz/merged" "$fuzz/keep"
mkdir -p "$fuzz/given" "$fuzz/merged" "$fuzz/keep" "$fuzz/found" "$build/logs/fuzz"
for file in "$@"; do cp "$file" "$fuzz/given"; done
find "$fuzz/seeds" -maxdepth 1 -type f -exec cp -t "$fuzz/merged" {} +
"$fuzz/fuzz_$name" -merge=1 -use_counters=0 -artifact_prefix="$fuzz/" "$fuzz/merged" \
    "$fuzz/seeds/kept" "$fuzz/given" "$fuzz/found" >"$build/logs/fuzz/$name.merge.log" 2>&1
# What was merged is called by its hash. An input with a name keeps it.
find "$fuzz/found" "$fuzz/given" "$fuzz/seeds/kept" -type f -exec sha1sum {} + | while read -r hash file; do
    [ ! -f "$fuzz/merged/$hash" ] || mv "$fuzz/merged/$hash" "$fuzz/keep/${file##*/}"
done
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=644 -C "$fuzz/keep" -cf - . |
    gzip -n9 >"tests/fuzz/corpus/$name.tar.gz"
echo "fuzz $name: $(find "$fuzz/keep" -type f | wc -l) inputs kept, $(cat "$fuzz"/keep/* | wc -c) bytes"
