"""`make soak`: runs campaign after campaign, each from a seed: of the hostile guest, Linux's restarts, restarts in the
middle of DMA, the scheduler's simulation, moves of vCPUs, moves of cores, kills under a disk's load, ends of a watcher among
attacks, and random damage to a watched Linux. It runs for a time, or until a range of seeds is done. Results stay in
build/soak, for each range and kind, and the next run goes on with the next seed. A failure stays there, too, with its log
and last operations. The run goes on after it, and ends with an error.
"""

import argparse
import collections
import fcntl
import itertools
import re
import tempfile
import time
from pathlib import Path

import kumiki_machine as km

import cores
import hostile
import kills
import moves
import promises
import reboots
import rush
import watches
import wrecks
from campaign import Results

# The kinds take turns, a campaign each. Sixteen seeds do 2,800,000 operations, 30 restarts, 28 restarts in the middle of
# DMA, 1,000 machines of the simulation, 5,000 moves, 30 times a core there and back, 280 kills, 30 ends of a watcher, and
# 2,800 damages. Threads are slower by a factor of three, so those campaigns are shorter.
QUICK, THREADED, REBOOTS, RUSHES, MACHINES_PLAYED, MOVES, ROUNDS, KILLS, ENDS, DAMAGES = \
    500_000, 100_000, 30, 28, 1_000, 5_000, 30, 280, 30, 2_800
KINDS = [
    (hostile, {"operations": QUICK}),
    (hostile, {"operations": THREADED, "cpus": 4, "threads": True}),
    (hostile, {"operations": QUICK, "cpus": 4}),
    (hostile, {"operations": QUICK, "cpu": "neoverse-n1"}),
    (hostile, {"operations": THREADED, "threads": True}),
    (hostile, {"operations": QUICK, "cpus": 2, "cpu": "max,pauth-impdef=on"}),
    (reboots, {"restarts": REBOOTS}),
    (hostile, {"operations": THREADED, "cpus": 2, "threads": True}),
    (hostile, {"operations": QUICK, "life": 20_000}),
    (rush, {"restarts": RUSHES}),
    (promises, {"machines": MACHINES_PLAYED}),
    (moves, {"moves": MOVES}),
    (cores, {"rounds": ROUNDS}),
    (kills, {"kills": KILLS}),
    (watches, {"rounds": ENDS}),
    (wrecks, {"damages": DAMAGES}),
]
# Variants change from cycle to cycle. In every second cycle the hostile guest shares its cores or gives them away, DMA runs
# with threads, moves are beside a working Linux, cores move with counted instructions and a worker that is never late, and
# the watcher prevents. Reboots change their machine with each cycle.
MACHINES = [{"cpus": 1}, {"cpus": 2, "threads": True}, {"cpus": 2, "kernel": "linux-rt"},
            {"cpus": 4, "threads": True}]
# Seconds for a campaign or for a step of one. It takes far less; but a busy host may leave a long run little time.
DEADLINE = 7200
ALL_SEEDS = (1, None)


def campaign_of(seed):
    """The kind of a seed, and its campaign. Nothing but the seed decides."""
    cycle, kind = divmod(seed, len(KINDS))
    room, options = KINDS[kind]
    if room is hostile and cycle % 2 == 1:
        options = options | ({"shape": "turns", "cpus": 6} if kind % 2 == 0 else {"shape": "holds", "cpus": 2})
    if room is reboots:
        options = options | MACHINES[cycle % len(MACHINES)]
    if room is rush:
        options = options | {"threads": cycle % 2 == 1}
    if room is cores:
        options = options | {"threads": cycle % 2 == 0}
    if room is watches:
        options = options | {"prevents": cycle % 2 == 1}
    if room is moves:
        options = options | {"linux": cycle % 2 == 1, "cores": 2 + cycle // 2 % 2}
    return room, room.Campaign(seed=seed, **options)


def seeds(text):
    """FIRST-LAST, or FIRST- for no end."""
    match = re.fullmatch(r"(\d+)-(\d*)", text)
    if not match or match[2] and int(match[2]) < int(match[1]):
        raise argparse.ArgumentTypeError(f"'{text}' is no range of seeds: write 1-576, or 1- for no end")
    return int(match[1]), int(match[2]) if match[2] else None


def told(rows):
    """The totals of all campaigns, in words."""
    counts = collections.Counter()
    for row in rows.values():
        counts.update(row["done"] | {"seconds": row["seconds"]})
    return ", ".join(f"{count} {what}" for what, count in counts.items()) + f", {len(failures(rows))} failures"


def failures(rows):
    return [seed for seed, row in rows.items() if row["class"] == "failed"]


def one(seed, folder):
    """Runs the campaign of a seed; returns its counts. After a failure, writes it to a file and returns None."""
    room, campaign = campaign_of(seed)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            return room.run(campaign, Path(scratch), DEADLINE)
        except AssertionError as error:
            failure = folder / f"{campaign.name}.txt"
            failure.write_text(f"{error}\n")
            print(f"FAILED: {campaign}: see {failure} and {km.LOGS / campaign.name}.log; "
                  f"again: make soak SEED={seed}", flush=True)
            return None


def left(span, only, rows):
    """The seeds of a range that are still to be done."""
    first, last = span
    for seed in itertools.count(first) if last is None else range(first, last + 1):
        if seed not in rows and only in (None, campaign_of(seed)[0].__name__):
            yield seed


def go_on(span, only, folder, seconds):
    """Runs campaigns from where the range was left; returns whether none of the range has ever failed."""
    name = "-".join(str(word) for word in ("seeds", *span, only) if word is not None)
    results = Results(folder / f"{name}.jsonl")
    end = time.monotonic() + seconds
    for seed in left(span, only, results.rows):
        begin = time.monotonic()
        if begin >= end:
            break
        done = one(seed, folder)
        results.add(seed, {"class": "failed" if done is None else "done", "commit": km.commit(),
                           "seconds": round(time.monotonic() - begin), "done": done or {}})
        print(f"{seed}: {campaign_of(seed)[1].name}: {done or 'failed'}; in all {told(results.rows)}", flush=True)
    print(told(results.rows))
    return not failures(results.rows)


def alone(folder):
    """Locks the folder's accounts until this process ends."""
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"soak: another one is at work in {folder}; wait for its end, or end it (`fuser {folder}/lock` says "
                         "which it is)") from None
    return lock


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seeds", type=seeds, help="FIRST-LAST, or FIRST-")
    parser.add_argument("--only", choices=["hostile", "reboots", "rush", "promises", "moves", "cores", "kills", "watches",
                                           "wrecks"],
                        help="campaigns of this kind alone")
    parser.add_argument("--seed", type=int, help="this campaign again, and nothing else")
    parser.add_argument("--folder", type=Path, default=km.BUILD / "soak")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    lock = alone(options.folder)
    if options.seed is not None:
        good = one(options.seed, options.folder) is not None
    else:
        good = go_on(options.seeds or ALL_SEEDS, options.only, options.folder, options.seconds)
    lock.close()
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
