"""`make soak` keeps an account: it goes on where it was left, does each seed of a range once, and remembers failures.
test_hostile.py, test_reboots.py and others test the campaigns themselves."""

import argparse
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
import watches
import wrecks
from campaign import Results

CYCLE = len(soak.KINDS)


@pytest.fixture
def campaigns(monkeypatch):
    """Campaigns that end at once, and append their seeds to a list. Those in `bad` fail."""
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
    """The range in CONTRIBUTING.md has a hundred million operations, a thousand restarts, a thousand restarts in the middle
    of DMA, tens of thousands of machines of the scheduler's simulation, a hundred thousand moves, a thousand moves of a core
    there and back, ten thousand kills under a disk's load, a thousand ends of a watcher, and a hundred thousand damages of a
    Linux."""
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
    path = tmp_path / "seeds-1-3.jsonl"
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + '\n{"case": 3, "cl')  # interrupted
    assert soak.go_on((1, 3), None, tmp_path, 60)
    assert soak.go_on((4, 4), None, tmp_path, 60)
    assert seeds == [1, 2, 3, 3, 4]
    assert [row["done"]["operations"] for row in Results(path).rows.values()] == [5, 5, 5]


def test_no_time_is_no_campaign(campaigns, tmp_path):
    assert soak.go_on((1, None), None, tmp_path, 0)
    assert campaigns[0] == []


def test_one_kind_alone(campaigns, tmp_path):
    soak.go_on((1, 2 * CYCLE), "reboots", tmp_path, 60)
    assert len(campaigns[0]) == 2
    for only in sorted({room.__name__ for room, _ in soak.KINDS} - {"reboots"}):
        soak.go_on((1, 2 * CYCLE), only, tmp_path, 60)
    assert sorted(campaigns[0]) == list(range(1, 2 * CYCLE + 1))
    assert "6 restarts" in soak.told(Results(tmp_path / f"seeds-1-{2 * CYCLE}-reboots.jsonl").rows)


def test_a_failure_is_kept_and_the_run_goes_on(campaigns, tmp_path):
    seeds, bad = campaigns
    bad.add(2)
    assert not soak.go_on((1, 3), None, tmp_path, 60)
    assert seeds == [1, 2, 3]
    assert soak.failures(Results(tmp_path / "seeds-1-3.jsonl").rows) == [2]
    name = soak.campaign_of(2)[1].name
    assert (tmp_path / f"{name}.txt").read_text() == "not sane any more\n"
    assert not soak.go_on((1, 3), None, tmp_path, 60), "a failure isn't forgotten"


@pytest.mark.parametrize("text, span", [("1-540", (1, 540)), ("7-7", (7, 7)), ("5-", (5, None))])
def test_ranges(text, span):
    assert soak.seeds(text) == span


@pytest.mark.parametrize("text", ["", "7", "9-1", "-3", "1-2-3", "a-b"])
def test_a_wrong_range_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError):
        soak.seeds(text)


KILLED = """
import os
import kumiki_machine as km
machine = km.Machine("soak-killed", ["sh", "-c", "echo up; exec sleep 1000"])
machine.expect("up", 60)
print(machine.process.pid, flush=True)
os.read(0, 1)
"""


def test_a_killed_run_leaves_no_machine_behind():
    """A machine that was left would work beside the next run's."""
    with subprocess.Popen([sys.executable, "-c", KILLED], cwd=km.TOP / "tests/system", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as runner:
        ended = os.pidfd_open(int(runner.stdout.readline()))
        assert not select.select([ended], [], [], 0)[0]
        runner.kill()
        assert select.select([ended], [], [], km.HANGS)[0], "it runs on"
        os.close(ended)


def test_two_runs_do_not_write_to_one_account(tmp_path):
    one = soak.alone(tmp_path)
    with pytest.raises(SystemExit, match="another one is at work"):
        soak.alone(tmp_path)
    one.close()
    soak.alone(tmp_path).close()
