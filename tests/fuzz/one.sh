#!/bin/sh
# Runs one fuzzer up to its limit on its seeds and on what it found before. An input that
# breaks something stays in BUILD/fuzz/NAME/. Leaves "ok" or "failed" in BUILD/fuzz/NAME/verdict.
# Called by tests/fuzz/run.sh.
#
#   tests/fuzz/one.sh BUILD NAME-LIMIT     LIMIT: runs=N or max_total_time=SECONDS
set -u
build=$1
name=${2%%-*}
limit=${2#*-}
found=$build/fuzz/$name/found
seeds=$build/fuzz/$name/seeds
words=tests/fuzz/$name.dict
log=$build/logs/fuzz/$name.log
mkdir -p "$found"
[ -f "$words" ] || words=
if "$build/fuzz/$name/fuzz_$name" -seed=1 "-$limit" -timeout=10 ${words:+"-dict=$words"} \
    -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$build/fuzz/$name/" \
    "$found" "$seeds" >"$log" 2>&1; then
    echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, no fault"
    echo ok >"$build/fuzz/$name/verdict"
else
    echo failed >"$build/fuzz/$name/verdict"
    echo "FAILED: fuzz $name, the end of $log:"
    tail -n 40 "$log"
fi
