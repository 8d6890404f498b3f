"""`kumiki trace` of a running system: the rings stand still while they are sent, and then go on.

Shows: operator.trace-fast.
"""

import json
import subprocess

import kumiki_machine as km
import pytest

from sessions import console, leave, reachable

pytestmark = pytest.mark.talk


def fetch(link, folder):
    subprocess.run([km.KUMIKI, "trace", link, "-o", folder], timeout=km.HANGS, check=True,
                   capture_output=True)
    events = json.loads((folder / "trace.json").read_text())["traceEvents"]
    return [[event["ts"] for event in events if event["ph"] == "i" and event["tid"] == core]
            for core in (0, 1)]


@pytest.mark.every_board
def test_a_core_that_writes_faster_than_the_link_takes(tmp_path):
    system = km.description("trace", [
        km.partition("beat", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT),
        km.partition("calls", cores=0x2, memory="1M as 0x40000000", image=km.GUESTS / "time-calls.bin")])
    link = tmp_path / "uart"
    # An instruction takes 16 ns, so a busy core's second has fewer of them, and still is no shorter than the host's.
    with km.kumiki("trace", system, links=[link], extra=["-icount", "shift=4"]):
        reachable(link)
        with console(link) as session:
            session.expect(r"heartbeat: \d+ s", timeout=km.HANGS)
            leave(session)
        for _ in range(2):
            beat, calls = fetch(link, tmp_path)
            assert len(calls) == 4095
            assert abs(calls[-1] - beat[-1]) < 100_000
