"""`make soak`: campaigns of the hostile guest, seed after seed, for so long. What was done stays in
build/soak, so that the next run goes on with the next seed; a failure stays there with its log and
last operations, and ends the run.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import kumiki_machine as km

import hostile

# In turns: each seed is one campaign of one of these kinds.
KINDS = [
    {"cpus": 1}, {"cpus": 4}, {"cpus": 1, "threads": True}, {"cpus": 4, "threads": True},
    {"cpus": 1, "cpu": "neoverse-n1"}, {"cpus": 2, "cpu": "max,pauth-impdef=on"},
    {"cpus": 2, "threads": True}, {"cpus": 1, "life": 20_000},
]
OPERATIONS = 100_000
DEADLINE = 600  # of one campaign, seconds; one that is in time takes a tenth of it


def load(path, seed):
    state = {"next": 1, "operations": 0, "lives": 0, "seconds": 0, "failures": []}
    if path.exists():
        state = json.loads(path.read_text())
    if seed is not None:
        state["next"] = seed
    return state


def campaign_of(seed):
    return hostile.Campaign(seed=seed, operations=OPERATIONS, **KINDS[seed % len(KINDS)])


def one(folder, state):
    """The next campaign; returns whether it went well. The state is written after each."""
    campaign, begin = campaign_of(state["next"]), time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            operations, lives = hostile.run(campaign, Path(scratch), DEADLINE)
        except AssertionError as error:
            failure = folder / f"{campaign.name}.txt"
            failure.write_text(f"{error}\n")
            state["failures"].append(campaign.name)
            print(f"FAILED: {campaign}: see {failure} and {km.LOGS / campaign.name}.log; "
                  f"again: make soak SEED={campaign.seed} SECONDS=1", flush=True)
            operations, lives, good = 0, 0, False
        else:
            good = True
    state["next"] += 1
    state["operations"] += operations
    state["lives"] += lives
    state["seconds"] += round(time.monotonic() - begin)
    (folder / "state.json").write_text(json.dumps(state, indent=1) + "\n")
    print(f"{campaign.name}: {operations} operations, {lives} lives; in all {state['operations']} "
          f"operations, {state['lives']} lives, {len(state['failures'])} failures, "
          f"{state['seconds']} s", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, help="begin with this one")
    parser.add_argument("--folder", type=Path, default=km.BUILD / "soak")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    state, end = load(options.folder / "state.json", options.seed), time.monotonic() + options.seconds
    while one(options.folder, state):
        if time.monotonic() >= end:
            return
    raise SystemExit(1)


if __name__ == "__main__":
    main()
