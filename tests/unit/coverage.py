#!/usr/bin/python3
"""Tells how much of the product the host's unit tests run (`make coverage`): lines and branches of each room, as gcov
counts them in the objects of BUILD. A source that is in several objects counts once: a line or branch is run if any of
them runs it. Headers, tests and what no unit test links aren't counted; how many sources these last are is told. A
branch of a macro counts at each place where the macro stands.

    tests/unit/coverage.py BUILD [--page]     --page: docs/proof/coverage.md gets the table
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys

# The product's folders, and their names in the table. The longest that fits counts.
ROOMS = {"frame/": "frame", "frame/service/": "services", "rtos/kernel/": "RTOS: kernel", "rtos/servers/": "RTOS: servers",
         "rtos/": "RTOS: the rest", "lib/": "lib", "tools/": "host tools", "linux/": "programs for Linux",
         "guests/": "guest library"}

PAGE = pathlib.Path("docs/proof/coverage.md")
HEAD = """\
<!-- Made by `make coverage PAGE=1`. Change tests/unit/coverage.py. -->
# What the unit tests run

This page is for engineers who ask how much of Kumiki the host's unit tests run. The table has the figures as they are:
lines and branches that gcov counted in one run of all unit tests, without optimisation. They are of the sources that a
unit test links. Headers aren't counted.

What no unit test links runs in a machine alone: entry code, drivers, the boards, programs. System tests run it, and
aren't counted here. [Evidence](evidence.md) says which tests show which promise. How many faults the unit tests find
says more than what they run: `make mutants`.

"""


def room_of(source):
    fitting = [folder for folder in ROOMS if source.startswith(folder)]
    return ROOMS[max(fitting, key=len)] if fitting else None


def objects(build):
    """What gcov tells of each object that a test ran."""
    for counts in sorted(build.glob("unit/objects/**/*.gcda")):
        told = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", counts.absolute()], check=True,
                              capture_output=True, text=True, timeout=300).stdout
        yield from map(json.loads, told.splitlines())


def taken(told):
    """{source: ({line: whether it ran}, {(line, number of the branch): whether it was taken})}, of the product's sources."""
    found = collections.defaultdict(lambda: ({}, {}))
    for each in told:
        for file in each["files"]:
            source = file["file"].removeprefix("./")
            if not source.endswith(".c") or not room_of(source):
                continue
            lines, branches = found[source]
            for line in file["lines"]:
                number = line["line_number"]
                lines[number] = lines.get(number, False) or line["count"] > 0
                for index, branch in enumerate(line["branches"]):
                    branches[number, index] = branches.get((number, index), False) or branch["count"] > 0
    return found


def rows(found):
    """[(room, sources, lines, lines that ran, branches, branches that were taken)], all of them at the end."""
    sums = {room: [0] * 5 for room in ROOMS.values()}
    for source, (lines, branches) in found.items():
        counts = 1, len(lines), sum(lines.values()), len(branches), sum(branches.values())
        sums[room_of(source)] = [before + more for before, more in zip(sums[room_of(source)], counts)]
    told = [(room, *counts) for room, counts in sums.items() if counts[0]]
    return [*told, ("all", *(sum(row[1:][i] for row in told) for i in range(5)))]


def say(part, whole):
    return f"{100 * part / whole:.1f} % of {whole:,}" if whole else "–"


def unlinked(found):
    """The product's sources that no unit test links."""
    listed = subprocess.run(["tools/check/files.sh", "c"], check=True, capture_output=True, text=True).stdout.splitlines()
    return [source for source in listed if room_of(source) and source not in found]


def table(found, without):
    told = ["| sources of | linked by a unit test | not linked by any | lines that ran | branches that were taken |",
            "|---|---|---|---|---|"]
    for room, sources, lines, ran, branches, gone in rows(found):
        rest = [source for source in without if room in (room_of(source), "all")]
        told.append(f"| {room} | {sources} | {len(rest)} | {say(ran, lines)} | {say(gone, branches)} |")
    return "\n".join(told) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    found = taken(objects(options.build))
    if not found:
        sys.exit(f"coverage: no counts in {options.build}: run `make coverage`")
    without = unlinked(found)
    (options.build / "unlinked").write_text("".join(f"{source}\n" for source in without), encoding="utf-8")
    print(table(found, without) + f"{options.build}/unlinked lists the sources that no unit test links.")
    if options.page:
        PAGE.write_text(HEAD + table(found, without), encoding="utf-8")


if __name__ == "__main__":
    main()
