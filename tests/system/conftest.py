"""What all system tests share: how they are dealt out to workers (tests/system/run.sh), the
`record_guest` fixture, and the totals for `make test`."""

import os
import shutil
from pathlib import Path

import kumiki_machine
import pytest

FAILED = pytest.StashKey()
# What takes most, and what has threads of its own.
LONGEST = ("test_kills.py", "test_watches.py", "test_mending.py::test_killed_watcher", "test_prevention.py",
           "test_rtos_campaign.py::test_faults", "test_gateway.py")


def _is_there(name):
    """FILE, or FILE::BEGINNING of a test's name."""
    file, _, test = name.partition("::")
    path = Path(__file__).parent / file
    return path.exists() and f"\ndef {test}" in path.read_text()


def pytest_configure(config):
    config.addinivalue_line("markers", "host_clock: judges by the host's clock, so nothing may run beside it")
    config.addinivalue_line("markers", "every_board: passes on each board (KUMIKI_BOARD), whatever devices it has")
    config.addinivalue_line("markers", "boards_long: so does this, but it takes long: make boards ALL=1")
    config.addinivalue_line("markers", "soak: make soak runs this, once for a commit, and make test something shorter that "
                            "goes the same ways; make system ALL=1 TESTS=…: here, too")
    if gone := [name for name in LONGEST if not _is_there(name)]:
        raise pytest.UsageError(f"conftest.py: LONGEST names what isn't there: {', '.join(gone)}")
    kumiki_machine.LINUX_SPARED = "cryptomgr.notests kpti=0"
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Totals())


def _shares(item):
    """The group of those that share what a fixture of their module made; None: it needs none such."""
    names = [name for name, found in item._fixtureinfo.name2fixturedefs.items()
             if found[-1].scope == "module" and found[-1].baseid]
    numbers = item.callspec.indices if hasattr(item, "callspec") else {}
    return "-".join([item.path.stem, *(str(numbers[name]) for name in names if name in numbers)]) \
        if names else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Who shares a machine goes to one worker. LONGEST go first, and then these groups: so no worker is alone at the end."""
    for item in items:
        if group := _shares(item):
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: (not item.nodeid.rpartition("/")[2].startswith(LONGEST),
                                 item.get_closest_marker("xdist_group") is None))


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
    """Counts what the workers report, and leaves one file for tests, one for the guests' own checks."""

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
            for name, counts in report.user_properties:
                if name == "guest":
                    self.guest = [sum(pair) for pair in zip(self.guest, counts)]

    def pytest_sessionfinish(self):
        folder = Path(os.environ.get("KUMIKI_RESULTS", kumiki_machine.BUILD / "results"))
        folder.mkdir(parents=True, exist_ok=True)
        good, bad = len(self.passed - self.failed), len(self.failed)
        (folder / "system").write_text(f"{good} passed, {bad} failed\n")
        (folder / "guest").write_text("{} passed, {} failed\n".format(*self.guest))
