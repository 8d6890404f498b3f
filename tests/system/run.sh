#!/bin/sh
# Runs the system tests in two parts: side by side, one on each CPU, up to four; then, one after the
# other with nothing beside them, those that judge by the host's clock (pytest's mark host_clock). Leaves
# the totals of both in RESULTS. Called by mk/system.mk, which says what is to be run: PYTEST-ARGUMENT…
# Those marked soak are `make soak`'s, unless KUMIKI_ALL is set.
#
#   tests/system/run.sh RESULTS PYTHON PYTEST-ARGUMENT…
set -u
results=$1
python=$2
shift 2
cpus=$(nproc)
[ "$cpus" -le 4 ] || cpus=4
failed=0 # parts that ended otherwise than by a verdict on each test
nothing=0
often="and not soak"
[ -z "${KUMIKI_ALL:-}" ] || often=

part() { # part NAME PYTEST-ARGUMENT…
    name=$1
    shift
    rm -rf "${results:?}/$name"
    KUMIKI_RESULTS=$results/$name "$python" -m pytest -c tests/system/pytest.ini tests/system "$@"
    case $? in
    0 | 1) ;;
    5) nothing=$((nothing + 1)) ;; # no test of this part was asked for
    *) failed=$((failed + 1)) ;;
    esac
}

# A worker that dies fails the test that it was at, and ends the part: started anew, it can wait for ever.
part beside -m "not host_clock $often" -n "$cpus" --dist loadgroup --max-worker-restart 0 "$@"
part alone -m "host_clock $often" "$@"
[ "$nothing" -lt 2 ] || failed=$((failed + 1))

# sum KIND EXTRA: both parts' counts, and so many failures more
sum() {
    cat "$results/beside/$1" "$results/alone/$1" 2>/dev/null |
        awk -v bad="$2" '{ good += $1; bad += $3 } END { print good + 0 " passed, " bad " failed" }' \
            >"$results/$1"
}
sum system "$failed"
sum guest 0
echo "system tests: $(cat "$results/system")"
grep -q ' 0 failed' "$results/system" && grep -q ' 0 failed' "$results/guest"
