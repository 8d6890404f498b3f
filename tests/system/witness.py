"""Who must not notice what happens to a partition: a heartbeat beside it, the pristine images, memory
that holds a pattern. Used by the tests and campaigns in which something is broken, ended or attacked.
"""

import re
import struct

import kumiki_machine as km

import frame_bundle

# tests/guest/bad/still.c and tests/guest/hostile/watch.c fill their memory with address * FACTOR.
FACTOR = 0x9e3779b97f4a7c15
BEAT = r"heartbeat: \d+ s, \d+ ticks, (\d+) lost, .*\n"


def heartbeat(core, name="heartbeat"):
    """A partition of its own that counts a thousand interrupts a second. Urgent, for where the board has too few
    cores it has none for itself (kumiki_machine.fold())."""
    return km.partition(name, cores=1 << core, memory="1M as 0x40000000", image=km.HEARTBEAT,
                        more=("kumiki,priority = <200>;",) if km.APART else ())


def heartbeat_goes_on(machine, seconds=60):
    """Two more seconds of it, each within `seconds`, and no interrupt was ever lost.

    How late it was is no matter of these tests: under icount the cores take turns, with threads
    the host decides. `make bench` measures latency.
    """
    for _ in range(2):
        machine.expect(BEAT, seconds)
    assert set(re.findall(BEAT, machine.whole)) == {"0"}


def images_untouched(image, probe):
    """The frame's memory has the packed system as the file `image` has it."""
    data = image.read_bytes()
    assert probe.read(frame_bundle.Bundle(data).image_base, len(data)) == data


def pattern_untouched(probe, begin, end):
    """Each word is its address times FACTOR."""
    wanted = struct.pack(f"<{(end - begin) // 8}Q", *(
        at * FACTOR & (1 << 64) - 1 for at in range(begin, end, 8)))
    assert probe.read(begin, end - begin) == wanted
