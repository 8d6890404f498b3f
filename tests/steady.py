"""`make steady`: do the tests say the same each time? Beside four busy processes the unit tests run thirty times, the tests that
count instructions five times, those with real threads or a program of the host at one end fifty times. What failed once is
listed, with how often. Each round runs once for a commit: build/steady keeps the account, and the next run goes on from there.

    tests/steady.py BUILD UNIT-PROGRAM…
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import kumiki_machine as km

SUITES = {  # name: rounds, and pytest's words for its tests
    "unit": (30, None),
    "machines": (5, "not long and not race and not talk"),
    "talks": (50, "(race or talk) and not long"),
}
BUSY = 4


def unit(build, programs):
    """The names of the unit tests' programs that failed."""
    subprocess.run(["tests/unit/run.sh", build, *programs], cwd=km.TOP, check=False)
    return [name for name in programs if Path(f"{name}.verdict").read_text(encoding="utf-8").split()[1] != "0"]


def system(build, words):
    """The names of the system tests that failed."""
    results = Path(build).resolve() / "steady/results"
    results.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tests/system/run.sh", results, sys.executable, "-m", words], cwd=km.TOP, check=False)
    return (results / "failed").read_text(encoding="utf-8").split("\n")[:-1]


def rounds(account, path, run):
    """Those that are still to be run, in turns: so a run that is cut off has seen a little of each."""
    for number in range(max(times for times, _ in SUITES.values())):
        for suite, (times, words) in SUITES.items():
            if number < times and f"{suite} {number}" not in account:
                account[f"{suite} {number}"] = run(suite, words)
                path.write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")


def main(build, *programs):
    path = Path(build) / f"steady/{km.commit()}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    account = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    busy = [subprocess.Popen([*km.MORTAL, "sh", "-c", "while :; do :; done"]) for _ in range(BUSY)]
    try:
        rounds(account, path, lambda suite, words: system(build, words) if words else unit(build, programs))
    finally:
        for process in busy:
            process.kill()
    failed = [name for names in account.values() for name in names]
    for name in sorted(set(failed)):
        print(f"{name}: failed {failed.count(name)} times")
    print(f"steady: {len(account)} rounds, {len(set(failed))} tests failed in one of them")
    return 1 if failed else 0


if __name__ == "__main__":
    os.environ.pop("KUMIKI_ACCOUNT", None)
    sys.exit(main(*sys.argv[1:]))
