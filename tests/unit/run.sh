#!/bin/sh
# Runs the unit test programs it is given, one on each CPU at a time, shows what failed, and leaves
# the totals in BUILD/results/unit ("N passed, N failed"). A program that left no verdict counts as
# one failure. Called by mk/unit.mk.
#
#   tests/unit/run.sh BUILD PROGRAM…
set -u
build=$1
shift
mkdir -p "$build/logs/unit" "$build/results"
for program in "$@"; do rm -f "$program.verdict"; done
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 tests/unit/one.sh "$build"
passed=0
failed=0
for program in "$@"; do
    good=0
    bad=1
    if [ -f "$program.verdict" ]; then read -r good bad <"$program.verdict"; fi
    passed=$((passed + good))
    failed=$((failed + bad))
done
echo "$passed passed, $failed failed" >"$build/results/unit"
echo "unit tests: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
