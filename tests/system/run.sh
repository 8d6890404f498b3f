#!/bin/sh
# Runs system tests side by side, and leaves the totals in RESULTS. Called by mk/system.mk. There is one worker for each
# CPU, up to four, and one more: a test whose host talks with its machine mostly waits.
#
#   tests/system/run.sh RESULTS PYTHON PYTEST-ARGUMENT…
set -u
results=$1
python=$2
shift 2
cpus=$(nproc)
[ "$cpus" -le 4 ] || cpus=4
rm -f "$results/system" "$results/guest"
# A tree that fails so often has no verdict for each test. A worker that dies fails the test that it was at, and ends the run: started anew, it can wait for ever.
KUMIKI_RESULTS=$results "$python" -m pytest -c tests/system/pytest.ini tests/system \
    -n "$((cpus + 1))" --dist loadgroup --max-worker-restart 0 --maxfail 20 "$@"
status=$?
echo "system tests: $(cat "$results/system")"
# All tests of an account have passed, where none was left to run.
[ "$status" -eq 0 ] || { [ "$status" -eq 5 ] && [ -n "${KUMIKI_ACCOUNT:-}" ]; }
