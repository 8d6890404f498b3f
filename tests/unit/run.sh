#!/bin/sh
# Runs the unit test programs it is given, shows what failed, and leaves the totals in
# BUILD/results/unit ("N passed, N failed"). A program that dies without having named a failed test
# counts as one failure. Called by mk/unit.mk.
#
#   tests/unit/run.sh BUILD PROGRAM…
set -u
build=$1
shift
logs=$build/logs/unit
mkdir -p "$logs" "$build/results"
passed=0
failed=0
for program in "$@"; do
    log=$logs/$(basename "$(dirname "$program")")-$(basename "$program").log
    CMOCKA_MESSAGE_OUTPUT=stdout timeout 120 "$program" >"$log" 2>&1
    status=$?
    good=$(grep -c '^\[       OK \]' "$log")
    # cmocka names each failed test twice: as it fails and in its summary.
    bad=$(grep '^\[  FAILED  \] [A-Za-z_]' "$log" | sort -u | wc -l)
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$good" -eq 0 ] && [ "$bad" -eq 0 ]; then
        echo "no test ran" >>"$log"
        bad=1
    fi
    if [ "$bad" -ne 0 ]; then
        echo "FAILED: $program (status $status), the end of $log:"
        tail -n 40 "$log"
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
done
echo "$passed passed, $failed failed" >"$build/results/unit"
echo "unit tests: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
