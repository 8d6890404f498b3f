#!/bin/sh
# Adds up what the kinds of tests left in BUILD/results and prints it as the last line. A kind that
# left nothing counts as one failure.
#
#   tests/total.sh BUILD KIND…
set -u
build=$1
shift
passed=0
failed=0
for kind in "$@"; do
    if read -r good _ bad _ 2>/dev/null <"$build/results/$kind"; then
        echo "$kind: $good passed, $bad failed"
        passed=$((passed + good))
        failed=$((failed + bad))
    else
        echo "$kind: did not run"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed" | tee "$build/results/total"
[ "$failed" -eq 0 ]
