"""`make soak` keeps account: it goes on where it was, does each seed of a range once, and remembers
failures. The campaigns themselves are the work of test_hostile.py and test_reboots.py. And it runs the tests that
`make test` leaves to it, each once."""

import argparse
import json
import os
import select
import subprocess
import sys

import cores
import hostile
import kills
import kumiki_machine as km
import moves
import promises
import pytest
import reboots
import rush
import soak
import soak_tests
import watches
import wrecks

CYCLE = len(soak.KINDS)


@pytest.fixture
def campaigns(monkeypatch):
    """Campaigns that are over at once; the list of their seeds grows. The ones in `bad` fail."""
    done = []
    bad = set()

    def at_once(room, counts):
        def run(campaign, _folder, _seconds):
            done.append(campaign.seed)
            if campaign.seed in bad:
                raise AssertionError("not sane any more")
            return counts
        monkeypatch.setattr(room, "run", run)

    at_once(hostile, {"operations": 5, "lives": 2})
    at_once(reboots, {"restarts": 3})
    at_once(rush, {"restarts in the middle of DMA": 4})
    at_once(promises, {"machines with promises": 6})
    at_once(moves, {"moves": 7})
    at_once(cores, {"cores given and taken back": 8})
    at_once(kills, {"kills under a disk's load": 9})
    at_once(watches, {"ends of a watcher among storms and attacks": 10})
    at_once(wrecks, {"damages of a watched Linux": 11})
    return done, bad


def test_the_long_run_is_as_long_as_it_says():
    """The range that CONTRIBUTING.md names: a hundred million operations, a thousand restarts, a thousand
    in the middle of DMA, tens of thousands of machines of the scheduler's simulation, a hundred thousand moves, a core a
    thousand times there and back, ten thousand kills of what a disk needs, a
    watcher's end a thousand times, a hundred thousand damages of a Linux."""
    whole = [soak.campaign_of(seed)[1] for seed in range(1, 577)]
    assert sum(getattr(campaign, "operations", 0) for campaign in whole) >= 100_000_000
    assert sum(getattr(campaign, "restarts", 0) for campaign in whole
               if isinstance(campaign, reboots.Campaign)) >= 1000
    assert sum(campaign.restarts for campaign in whole if isinstance(campaign, rush.Campaign)) >= 1000
    assert sum(campaign.machines for campaign in whole if isinstance(campaign, promises.Campaign)) >= 30_000
    assert sum(campaign.moves for campaign in whole if isinstance(campaign, moves.Campaign)) >= 100_000
    assert sum(campaign.rounds for campaign in whole if isinstance(campaign, cores.Campaign)) >= 1000
    assert sum(campaign.kills for campaign in whole if isinstance(campaign, kills.Campaign)) >= 10_000
    assert sum(campaign.rounds for campaign in whole if isinstance(campaign, watches.Campaign)) >= 1000
    assert sum(campaign.damages for campaign in whole if isinstance(campaign, wrecks.Campaign)) >= 100_000
    assert len({campaign.name for campaign in whole}) == 576


def test_a_range_is_done_once_and_gone_on_with(campaigns, tmp_path):
    seeds, _ = campaigns
    assert soak.go_on((1, 3), None, tmp_path, 60)
    assert soak.go_on((1, 3), None, tmp_path, 60)
    assert seeds == [1, 2, 3]
    account = tmp_path / "seeds-1-3.json"
    account.write_text(json.dumps(json.loads(account.read_text()) | {"next": 2}))  # interrupted
    assert soak.go_on((1, 3), None, tmp_path, 60)
    assert soak.go_on((4, 4), None, tmp_path, 60)
    assert seeds == [1, 2, 3, 2, 3, 4]
    assert json.loads(account.read_text())["operations"] == 5 * 5


def test_no_time_is_no_campaign(campaigns, tmp_path):
    assert soak.go_on((1, None), None, tmp_path, 0)
    assert campaigns[0] == []


def test_one_kind_alone(campaigns, tmp_path):
    soak.go_on((1, 2 * CYCLE), "reboots", tmp_path, 60)
    assert len(campaigns[0]) == 2
    soak.go_on((1, 2 * CYCLE), "hostile", tmp_path, 60)
    soak.go_on((1, 2 * CYCLE), "rush", tmp_path, 60)
    soak.go_on((1, 2 * CYCLE), "promises", tmp_path, 60)
    soak.go_on((1, 2 * CYCLE), "moves", tmp_path, 60)
    soak.go_on((1, 2 * CYCLE), "cores", tmp_path, 60)
    soak.go_on((1, 2 * CYCLE), "kills", tmp_path, 60)
    soak.go_on((1, 2 * CYCLE), "watches", tmp_path, 60)
    soak.go_on((1, 2 * CYCLE), "wrecks", tmp_path, 60)
    assert sorted(campaigns[0]) == list(range(1, 2 * CYCLE + 1))
    assert json.loads((tmp_path / f"seeds-1-{2 * CYCLE}-reboots.json").read_text())["restarts"] == 6


def test_a_failure_is_kept_and_the_run_goes_on(campaigns, tmp_path):
    seeds, bad = campaigns
    bad.add(2)
    assert not soak.go_on((1, 3), None, tmp_path, 60)
    assert seeds == [1, 2, 3]
    assert json.loads((tmp_path / "seeds-1-3.json").read_text())["failures"] == [2]
    name = soak.campaign_of(2)[1].name
    assert (tmp_path / f"{name}.txt").read_text() == "not sane any more\n"
    assert not soak.go_on((1, 3), None, tmp_path, 60), "a failure isn't forgotten"


@pytest.mark.parametrize("text, span", [("1-540", (1, 540)), ("7-7", (7, 7)), ("5-", (5, None))])
def test_ranges(text, span):
    assert soak.seeds(text) == span


@pytest.mark.parametrize("text", ["", "7", "9-1", "-3", "1-2-3", "a-b"])
def test_what_is_no_range(text):
    with pytest.raises(argparse.ArgumentTypeError):
        soak.seeds(text)


# ---- the tests that are left to it ----

def test_every_test_that_is_left_to_it_is_known():
    """By pytest's own words."""
    names = soak_tests.marked()
    assert len(names) == len(set(names)) > 0
    assert all((soak_tests.ROOM / name.split("::")[0]).exists() for name in names)


@pytest.fixture
def few(monkeypatch):
    """Three tests, over at once; the list of those that ran grows. The ones in `bad` fail."""
    ran, bad = [], set()

    def passes(name, _folder):
        ran.append(name)
        return name not in bad

    monkeypatch.setattr(soak_tests, "marked", lambda: ["one", "two", "three"])
    monkeypatch.setattr(soak_tests, "commit", lambda: "this")
    monkeypatch.setattr(soak_tests, "passes", passes)
    return ran, bad


def test_each_is_run_once_for_a_commit(few, monkeypatch, tmp_path):
    ran, _ = few
    assert soak_tests.go_on(tmp_path, 0)
    assert not ran, "no time is no test"
    soak_tests.Account(tmp_path / "tests-this.json").add("one", True)  # and then it was interrupted
    assert soak_tests.go_on(tmp_path, 60)
    assert soak_tests.go_on(tmp_path, 60)
    assert ran == ["two", "three"]
    monkeypatch.setattr(soak_tests, "commit", lambda: "next")
    assert soak_tests.go_on(tmp_path, 60)
    assert ran == ["two", "three", "one", "two", "three"]


def test_one_that_fails_is_run_again(few, capsys, tmp_path):
    ran, bad = few
    bad.add("two")
    assert not soak_tests.go_on(tmp_path, 60)
    assert "two: failed, 0 s; in all 1 passed, 1 failed\n" in capsys.readouterr().out
    assert not soak_tests.go_on(tmp_path, 0), "a failure isn't forgotten"
    bad.clear()
    assert soak_tests.go_on(tmp_path, 60)
    assert ran == ["one", "two", "three", "two"]
    assert json.loads((tmp_path / "tests-this.json").read_text()) == {"passed": ["one", "three", "two"], "failures": []}


def test_a_test_is_judged_by_pytest(tmp_path):
    """By its verdict; what it said stays if it failed, and if there is no such test."""
    good = "test_soak.py::test_what_is_no_range[7]"
    assert soak_tests.passes(good, tmp_path)
    assert not soak_tests.passes("test_soak.py::test_that_is_not_there", tmp_path)
    logs = list(tmp_path.glob("*.txt"))
    assert len(logs) == 1 and "not found" in logs[0].read_text()


KILLED = """
import os
import kumiki_machine as km
machine = km.Machine("soak-killed", ["sh", "-c", "echo up; exec sleep 1000"])
machine.expect("up", 60)
print(machine.process.pid, flush=True)
os.read(0, 1)
"""


def test_what_is_killed_leaves_no_machine_behind():
    """It would work beside the same one, when the test is run again."""
    with subprocess.Popen([sys.executable, "-c", KILLED], cwd=soak_tests.ROOM, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as runner:
        ended = os.pidfd_open(int(runner.stdout.readline()))
        assert not select.select([ended], [], [], 0)[0]
        runner.kill()
        assert select.select([ended], [], [], km.HANGS)[0], "it runs on"
        os.close(ended)


def test_two_of_them_do_not_write_to_one_account(tmp_path):
    one = soak.alone(tmp_path)
    with pytest.raises(SystemExit, match="another one is at work"):
        soak.alone(tmp_path)
    one.close()
    soak.alone(tmp_path).close()


def test_the_tests_come_before_the_campaigns(campaigns, few, monkeypatch, tmp_path):
    """And are left out if some of the campaigns are asked for."""
    def soaks(*words):
        monkeypatch.setattr("sys.argv", ["soak.py", "--seconds", "60", "--folder", str(tmp_path), *words])
        with pytest.raises(SystemExit) as end:
            soak.main()
        return end.value.code

    assert soaks("--only", "tests") == 0
    assert few[0] == ["one", "two", "three"] and campaigns[0] == []
    assert soaks("--seeds", "1-2") == 0
    assert len(few[0]) == 3 and campaigns[0] == [1, 2]
    monkeypatch.setattr(soak, "ALL_SEEDS", (1, 3))
    few[1].add("two")
    (tmp_path / "tests-this.json").unlink()
    assert soaks() == 1, "a test failed"
    assert len(few[0]) == 6 and campaigns[0] == [1, 2, 1, 2, 3]
