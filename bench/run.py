#!/usr/bin/env python3
"""Measures Kumiki beside the bare machine and writes build/bench.json (`make bench`).

Every figure is a count of instructions: QEMU runs with icount, where an instruction takes one
nanosecond of virtual time. It is no model of cycles: caches, TLB misses and barriers cost nothing.
"Bare" is the same guest image on the same machine at EL1, without Kumiki.

  bench/run.py [--only PART…] [-o FILE]
"""

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/system"))
import kumiki_machine as km  # noqa: E402
import boots  # noqa: E402
import channels  # noqa: E402
import cost  # noqa: E402
import damaged  # noqa: E402
import disk_requests  # noqa: E402
import masked_systems  # noqa: E402
import page  # noqa: E402
import power  # noqa: E402
import recover  # noqa: E402
import restart  # noqa: E402
import rtos  # noqa: E402
import rtos_disk_files  # noqa: E402
import rtos_first  # noqa: E402
import rtos_net_stream  # noqa: E402
import sharing  # noqa: E402
import sizes  # noqa: E402
import small  # noqa: E402
import switch  # noqa: E402
import update  # noqa: E402
import watch  # noqa: E402

# What takes longest comes first: parts run side by side, one on each CPU of the host.
PARTS = {
    "masked": masked_systems.measure, "rtos-masked": rtos.measure_masked, "latency": sharing.measure_latency,
    "work": boots.measure_work, "cost": cost.measure, "cost-loads": cost.measure_loads, "cost-changes": cost.measure_changes,
    "watch": watch.measure, "damages": damaged.measure, "power": power.measure_power, "power-latency": power.measure_latency,
    "boots": boots.measure_boots, "share": sharing.measure_share, "shares": sharing.measure_shares, "flood": sharing.measure_flood,
    "channels": channels.measure, "switch": switch.measure, "overhead": disk_requests.measure, "restart": restart.measure,
    "recover": recover.measure, "update": update.measure, "rtos": rtos.measure_rtos, "rtos-restart": rtos.measure_restart,
    "rtos-crash": rtos_first.measure_crash, "rtos-boot": rtos_first.measure_boot, "rtos-judged": rtos.measure_judged,
    "rtos-disk-files": rtos_disk_files.measure, "rtos-net": rtos_net_stream.measure, "sizes": sizes.measure, "doorbell": small.measure_doorbell, "msi": small.measure_msi, "net": small.measure_net,
    "move": small.measure_move, "hold": small.measure_hold, "mend": small.measure_mend,
    **{guest: (lambda guest=guest: small.measure_alone(guest)) for guest in small.ALONE}}


def show(figure):
    value = figure.get("median", figure.get("value", "-"))
    worst = f" worst {figure['worst']}" if "worst" in figure else ""
    bare = figure.get("bare_median", figure.get("bare", "-"))
    error = f" ± {figure['error']}" if "error" in figure else ""
    ratio = f" ratio {figure['ratio']}{error} of {figure['ratios']}" if "ratio" in figure else ""
    print(f"{figure['name']:28} {value:>12}{worst}   bare {bare}{ratio}", flush=True)


def used():
    """Seconds by the clock, and of CPUs by this process and those that it has awaited."""
    told = os.times()
    return told.elapsed, told.user + told.system + told.children_user + told.children_system


def measured(part):
    begun = used()
    found = list(PARTS[part]())
    return found, [round(after - before) for before, after in zip(begun, used())]


class Record:
    """build/bench.json. It is whole at any time: a run may be broken off. A part that isn't measured stays as it was."""

    def __init__(self, path):
        self.path, self.build = path, page.build_here()
        old = json.loads(path.read_text()) if path.exists() else {}
        self.figures = {figure["name"]: figure for figure in old.get("figures", [])}
        self.seconds = old.get("seconds", {})

    def take(self, part, found, seconds):
        command = f"make bench ONLY={part}"
        self.figures = {name: each for name, each in self.figures.items() if each["command"] != command}
        for figure in found:
            show(figure)
            self.figures[figure["name"]] = {**figure, "command": command, "build": self.build}
        self.seconds[part] = seconds
        print(f"{part}: {seconds[0]} s, {seconds[1]} s of a CPU", flush=True)
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps({"schema": 1, "build": self.build, "seconds": self.seconds,
                                      "figures": list(self.figures.values())}, indent=1) + "\n")
        beside.replace(self.path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("-o", default=km.BUILD / "bench.json", type=Path)
    options = parser.parse_args()
    print("Counts of instructions under icount (1 instruction = 1 ns); no model of cycles.")
    record, failed = Record(options.o), []
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        parts = {pool.submit(measured, part): part for part in options.only}
        for done in as_completed(parts):
            try:
                record.take(parts[done], *done.result())
            except (Exception, SystemExit) as error:  # pylint: disable=broad-except # the other parts go on
                failed.append(f"{parts[done]}: {error}")
                print(f"bench: {failed[-1]}", file=sys.stderr, flush=True)
    print(f"written to {options.o}")
    if failed:
        sys.exit("bench: not measured: " + "; ".join(failed))


if __name__ == "__main__":
    main()
