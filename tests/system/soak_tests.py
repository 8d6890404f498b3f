"""The system tests that are marked `soak`: what takes long in them is what `make test` has shorter, or once instead of in
each way. `make soak` runs each of them once for a commit, by itself, ahead of the campaigns, and goes on where it was left.
Used by soak.py.
"""

import json
import os
import re
import subprocess
import sys
import time

import kumiki_machine as km

PYTEST = [sys.executable, "-m", "pytest", "-c", "pytest.ini"]
ROOM = km.TOP / "tests/system"
LONGEST = 7200  # seconds, of a test: each has deadlines of its own, and this is no judgement


def commit():
    """What is tested, as git names it: changes that aren't committed show. Without git there is one."""
    told = subprocess.run(["git", "-C", km.TOP, "describe", "--always", "--dirty", "--abbrev=12"], text=True, capture_output=True,
                          check=False)
    return told.stdout.strip() or "unknown"


def marked():
    """The names of these tests, in the order in which pytest has them."""
    asked = subprocess.run([*PYTEST, "-o", "addopts=", "-p", "no:cacheprovider", "-q", "--collect-only", "-m", "soak"],
                           cwd=ROOM, text=True, capture_output=True, check=False)
    names = re.findall(r"^\S+\.py::.*$", asked.stdout, re.MULTILINE)
    assert asked.returncode == 0 and names, f"pytest doesn't tell which tests are marked soak:\n{asked.stdout}{asked.stderr}"
    return names


def passes(name, folder):
    """Runs one; what it says stays only if it fails."""
    log = folder / (re.sub(r"[^\w.-]+", "-", name) + ".txt")
    try:
        with log.open("w") as out:
            subprocess.run([*km.MORTAL, *PYTEST, name], cwd=ROOM, stdout=out, stderr=subprocess.STDOUT, timeout=LONGEST, check=True,
                           env=os.environ | {"KUMIKI_RESULTS": str(folder / "tests")})
        log.unlink()
        return True
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pass
    print(f"FAILED: {name}: see {log}", flush=True)
    return False


class Account:
    """What has passed of one commit, and what has failed since it last did; written after each test."""

    def __init__(self, path):
        self.path = path
        self.state = {"passed": [], "failures": []}
        if path.exists():
            self.state = json.loads(path.read_text())

    def add(self, name, good):
        for names in self.state.values():
            if name in names:
                names.remove(name)
        self.state["passed" if good else "failures"].append(name)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.state, indent=1) + "\n")
        new.replace(self.path)

    def told(self):
        return f"{len(self.state['passed'])} passed, {len(self.state['failures'])} failed"


def go_on(folder, seconds):
    """Each that hasn't passed yet, while there is time; returns whether none has failed."""
    account = Account(folder / f"tests-{commit()}.json")
    end = time.monotonic() + seconds
    left = [name for name in marked() if name not in account.state["passed"]]
    while left and (begin := time.monotonic()) < end:
        name = left.pop(0)
        good = passes(name, folder)
        account.add(name, good)
        print(f"{name}: {'passed' if good else 'failed'}, {time.monotonic() - begin:.0f} s; in all {account.told()}", flush=True)
    print(f"tests marked soak: {account.told()}, {len(left)} left")
    return not account.state["failures"]
