#!/bin/sh
# Runs each fuzzer up to its limit, one on each CPU at a time, and leaves the totals in
# BUILD/results/fuzz. A fuzzer that left no verdict has failed. Called by mk/unit.mk.
#
#   tests/fuzz/run.sh BUILD NAME-LIMIT…     LIMIT: runs=N or max_total_time=SECONDS
set -u
build=$1
shift
mkdir -p "$build/logs/fuzz" "$build/results"
for each in "$@"; do rm -f "$build/fuzz/${each%%-*}/verdict"; done
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 tests/fuzz/one.sh "$build"
passed=0
failed=0
for each in "$@"; do
    if [ "$(cat "$build/fuzz/${each%%-*}/verdict" 2>/dev/null)" = ok ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed" >"$build/results/fuzz"
[ "$failed" -eq 0 ]
