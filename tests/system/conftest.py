"""What all system tests share: the `record_guest` fixture, and the totals for `make test`."""

import os
from pathlib import Path

import kumiki_machine
import pytest

_guest = {"passed": 0, "failed": 0}


@pytest.fixture
def record_guest():
    """Counts the checks of self-judging guests, so that the totals show them."""

    def record(passed, failed):
        _guest["passed"] += passed
        _guest["failed"] += failed

    return record


def pytest_sessionfinish(session):
    """Leaves the totals, one file for tests, one for the guests' own checks."""
    folder = Path(os.environ.get("KUMIKI_RESULTS", kumiki_machine.BUILD / "results"))
    folder.mkdir(parents=True, exist_ok=True)
    good = session.testscollected - session.testsfailed
    (folder / "system").write_text(f"{good} passed, {session.testsfailed} failed\n")
    (folder / "guest").write_text(f"{_guest['passed']} passed, {_guest['failed']} failed\n")
