#!/bin/sh
# Runs each fuzzer for some seconds on its kept corpus and on what it found before, and leaves the
# totals in BUILD/results/fuzz. An input that breaks something stays in BUILD/fuzz/NAME/. Called by
# mk/unit.mk.
#
#   tests/fuzz/run.sh BUILD SECONDS NAME…
set -u
build=$1
seconds=$2
shift 2
mkdir -p "$build/logs/fuzz" "$build/results"
passed=0
failed=0
for name in "$@"; do
    found=$build/fuzz/$name/found
    seeds=tests/fuzz/corpus/$name
    log=$build/logs/fuzz/$name.log
    mkdir -p "$found"
    [ -d "$seeds" ] || seeds=
    # shellcheck disable=SC2086 # an absent folder is no argument at all
    if "$build/fuzz/$name/fuzz_$name" -seed=1 -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$build/fuzz/$name/" \
        "$found" $seeds >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, no fault"
    else
        failed=$((failed + 1))
        echo "FAILED: fuzz $name, the end of $log:"
        tail -n 40 "$log"
    fi
done
echo "$passed passed, $failed failed" >"$build/results/fuzz"
[ "$failed" -eq 0 ]
