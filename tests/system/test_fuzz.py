"""The fuzzers of tests/fuzz, with a few times as many inputs as `make test` gives them (fuzz_<name>_INPUTS in
tests/fuzz/*.mk). The next run begins with the inputs that this one found."""

import subprocess

import kumiki_machine as km
import pytest

NAMES = sorted(path.stem.removeprefix("fuzz_") for path in (km.TOP / "tests/fuzz").glob("fuzz_*.c"))
SECONDS = 30


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_nothing_breaks_it(name):
    verdict = km.BUILD / f"fuzz/{name}/verdict"
    verdict.unlink(missing_ok=True)
    (km.LOGS / "fuzz").mkdir(parents=True, exist_ok=True)
    said = subprocess.run(["tests/fuzz/one.sh", km.BUILD, f"{name}-max_total_time={SECONDS}"], cwd=km.TOP, text=True,
                          capture_output=True, timeout=km.HANGS, check=False)
    assert verdict.exists() and verdict.read_text() == "ok\n", said.stdout + said.stderr
