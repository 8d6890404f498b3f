#!/bin/sh
# Runs one unit test program, shows the end of its log if something failed, and leaves in
# PROGRAM.verdict how many of its tests passed, and how many failed. One that dies without having
# named a failed test, or runs none, counts as one failure. Ten minutes are enough on any host: no test
# waits for so long, unless it hangs. Called by tests/unit/run.sh.
#
#   tests/unit/one.sh BUILD PROGRAM
set -u
build=$1
program=$2
log=$build/logs/unit/$(basename "$(dirname "$program")")-$(basename "$program").log
CMOCKA_MESSAGE_OUTPUT=stdout timeout 600 "$program" >"$log" 2>&1
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
echo "$good $bad" >"$program.verdict"
