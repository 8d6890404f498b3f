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
        km.partition("restless", cores=0x2, memory="1M as 0x40000000",
                     image=km.GUESTS / "bad-restless.bin")])
    link = tmp_path / "uart"
    with km.kumiki("trace", system, links=[link]):
        reachable(link)
        with console(link) as session:
            session.expect("restless: line 100", timeout=km.HANGS)
            leave(session)
        for _ in range(2):
            beat, restless = fetch(link, tmp_path)
            assert len(restless) == 4095
            assert abs(restless[-1] - beat[-1]) < 100_000
