"""What a vCPU's record of stolen time says, beside what a trace of its core shows (steal.error). Used by
run.py."""

import json
import subprocess
import tempfile
from pathlib import Path

import kumiki_machine as km

from sessions import console, leave, reachable

TOLD = r"steal: (\d+) (\d+) ns"
ROUNDS = 20


def _spinner(name, image):
    return km.partition(name, cores=0x2, memory="1M as 0x40000000", image=km.BUILD / f"guests/{image}.bin",
                        more=("kumiki,shared-cores;",))


def _run(folder):
    """What the guest read at its marks, in ns; and the trace's events."""
    link = folder / "uart"
    system = km.description("bench-steal", [
        km.partition("beat", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT),
        _spinner("steal", "time-steal"), _spinner("other", "time-share"), _spinner("third", "time-share")])
    with km.Machine("bench-steal", [km.KUMIKI, "run", "--icount", "--link", link, system]):
        reachable(link)
        with console(link) as session:
            reads = {}
            while len(reads) <= ROUNDS:
                session.expect(TOLD, timeout=120)
                reads[int(session.match[1])] = int(session.match[2])
            leave(session)
        subprocess.run([km.KUMIKI, "trace", link, "-o", folder], timeout=120, check=True, capture_output=True)
    return reads, json.loads((folder / "trace.json").read_text())["traceEvents"]


def _ran(events, begin, end):
    """Of the guest between two instants, in ns, by the trace's bands."""
    return sum(max(0, min(end, event["ts"] + event["dur"]) - max(begin, event["ts"]))
               for event in events if event.get("cat") == "run" and event["name"] == "steal.0") * 1000


def measure_steal(options):
    if options.bare_only:
        return
    with tempfile.TemporaryDirectory() as scratch:
        reads, events = _run(Path(scratch))
    marks = [event["ts"] for event in events if event.get("name") == "exit" and
             event["args"]["context"] == "steal.0" and event["args"]["what"].startswith("HVC")][-ROUNDS - 1:]
    # A host that is slow to fetch them finds the first ones overwritten, by marks of all that goes on beside it:
    # a quarter of them is there on the slowest host seen.
    left = [reads[i] for i in range(ROUNDS + 1 - len(marks), ROUNDS + 1)]
    if len(marks) <= ROUNDS // 4:
        raise SystemExit(f"bench: steal.error: {len(marks)} marks in the trace, {ROUNDS + 1} made")
    errors = [abs((left[i + 1] - left[i]) / ((marks[i + 1] - marks[i]) * 1000 - _ran(events, *marks[i:i + 2])) - 1)
              for i in range(len(marks) - 1)]
    # Shows: time.stolen.
    yield {"name": "steal.error", "unit": "of the time stolen", "value": round(max(errors), 6), "samples": len(errors),
           "stolen": left[-1] - left[0], "command": "make bench ONLY=steal",
           "what": "the record of stolen time (DEN0057) of one of three that share a core and never wait, beside "
                   "the trace's switches, over 20 ms each: the largest difference"}
