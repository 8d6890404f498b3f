#!/bin/sh
# Runs each fuzzer for some seconds, one on each CPU at a time, and leaves the totals in
# BUILD/results/fuzz. A fuzzer that left no verdict has failed. Called by mk/unit.mk.
#
#   tests/fuzz/run.sh BUILD SECONDS NAME…
set -u
build=$1
seconds=$2
shift 2
mkdir -p "$build/logs/fuzz" "$build/results"
for name in "$@"; do rm -f "$build/fuzz/$name/verdict"; done
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 tests/fuzz/one.sh "$build" "$seconds"
passed=0
failed=0
for name in "$@"; do
    if [ "$(cat "$build/fuzz/$name/verdict" 2>/dev/null)" = ok ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed" >"$build/results/fuzz"
[ "$failed" -eq 0 ]
