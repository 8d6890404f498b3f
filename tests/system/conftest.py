"""What all system tests share: the suites, how tests are dealt out to workers, the `record_guest` fixture, and the totals.

A test counts instructions, unless it is marked otherwise. `make test` runs all but those marked `long`, which `make test-long`
runs: each once for a commit, and on from where it was left (KUMIKI_ACCOUNT names the file of what has passed).
"""

import os
import shutil
from pathlib import Path

import kumiki_machine
import pytest

FAILED = pytest.StashKey()
MARKERS = {
    "race": "needs real threads: one test for each mechanism of which cores that take turns show nothing",
    "talk": "the host talks with the running machine: a program on its link, a file behind its disk, a net behind its card",
    "long": "make test-long runs this, and make test something shorter that goes the same ways",
    "every_board": "passes on each board (KUMIKI_BOARD), whatever devices it has",
    "boards_long": "so does this, but it takes long",
    "gicv2": "passes on the boards with a GICv2 (KUMIKI_BOARD=qemu-virt-gicv2 and others), and `make boards` runs it there",
    "slots": "needs a virtio-mmio slot, which not all boards have",
    "new_qemu": "needs the QEMU of `make boards-setup`: `make boards` runs it",
}
# Race tests, a mechanism each; others have the mark `race` beside them. All other tests with mode=threads are long.
RACES = {
    "test_guests.py::test_partition[gic_across-threads-4]": "interrupts between cores",
    "test_guests.py::test_partition[psci-threads-4]": "cores that start and end",
    "test_moves.py::test_linux_with_a_disk[threads]": "moves of what has a device",
    "test_channels.py::test_two_linuxes_talk[threads]": "a broker under two cores",
    "test_rtos_kernel.py::test_partition[locks-threads-4]": "the RTOS's locks",
}


def pytest_configure(config):
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    kumiki_machine.LINUX_SPARED = "cryptomgr.notests kpti=0"
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Totals())


def _account():
    """The file of the tests that have passed; None: nobody keeps account."""
    path = os.environ.get("KUMIKI_ACCOUNT")
    return Path(path) if path else None


def _passed_before():
    path = _account()
    return set(path.read_text().splitlines()) if path and path.exists() else set()


def _shares(item):
    """The group of those that share what a fixture of their module made; None: it needs none such."""
    names = [name for name, found in item._fixtureinfo.name2fixturedefs.items()
             if found[-1].scope == "module" and found[-1].baseid]
    numbers = item.callspec.indices if hasattr(item, "callspec") else {}
    return "-".join([item.path.stem, *(str(numbers[name]) for name in names if name in numbers)]) \
        if names else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests that share a machine go to one worker, and these groups go first: so no worker is alone at the end."""
    passed = _passed_before()
    items[:] = [item for item in items if item.nodeid not in passed]
    for item in items:
        name = item.nodeid.rpartition("/")[2]
        if name in RACES:
            item.add_marker(pytest.mark.race)
        elif getattr(item, "callspec", None) and item.callspec.params.get("mode") == "threads":
            item.add_marker(pytest.mark.long)
        if group := _shares(item):
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """A test in threads, or with a running clock, says so. Its fixtures' machines are its own."""
    kumiki_machine.MARKS = {name for name in MARKERS if item.get_closest_marker(name)}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or outcome.get_result().failed


def _but_gone(_, __, error):
    """A process that ends takes its socket away itself, perhaps in this moment."""
    if not isinstance(error[1], FileNotFoundError):
        raise error[1]


@pytest.fixture
def tmp_path(request, tmp_path):
    """Gone with its test, unless that failed: a system's image has forty megabytes."""
    yield tmp_path
    if not request.node.stash[FAILED]:
        shutil.rmtree(tmp_path, onerror=_but_gone)


@pytest.fixture
def record_guest(request):
    """Counts the checks of self-judging guests, so that the totals show them."""

    def record(passed, failed):
        request.node.user_properties.append(("guest", (passed, failed)))

    return record


def _in_a_line(report):
    """What the failure came to, in one line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message.splitlines()[0] if crash and crash.message else report.when


class Totals:
    """Counts what the workers report, and leaves files: totals of the tests and of the guests' own checks, and what failed."""

    def __init__(self):
        self.passed, self.failed = set(), set()
        self.guest = [0, 0]

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.failed.add(report.nodeid)
            # At once: pytest's own account comes at the end, which a run that is cut off doesn't reach.
            print(f"\nfailed after {report.duration:.0f} s: {report.nodeid}: {_in_a_line(report)}", flush=True)
        elif report.when == "call" and report.passed:
            self.passed.add(report.nodeid)
        if report.when == "teardown":  # which comes once for each test, however it went
            self._over(report)

    def _over(self, report):
        for name, counts in report.user_properties:
            if name == "guest":
                self.guest = [sum(pair) for pair in zip(self.guest, counts)]
        if (account := _account()) and report.nodeid in self.passed - self.failed:
            account.parent.mkdir(parents=True, exist_ok=True)
            with account.open("a") as passed:
                passed.write(f"{report.nodeid.partition('@')[0]}\n")  # behind it, xdist names the group

    def pytest_sessionfinish(self):
        folder = Path(os.environ.get("KUMIKI_RESULTS", kumiki_machine.BUILD / "results"))
        folder.mkdir(parents=True, exist_ok=True)
        good, bad = len(self.passed - self.failed), len(self.failed)
        (folder / "system").write_text(f"{good} passed, {bad} failed\n")
        (folder / "failed").write_text("".join(f"{name}\n" for name in sorted(self.failed)))
        (folder / "guest").write_text("{} passed, {} failed\n".format(*self.guest))
