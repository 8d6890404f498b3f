"""Witnesses that must not notice what happens to another partition: a heartbeat, the pristine images, and memory with a
pattern. Used by tests and campaigns that break, end or attack something.
"""

import re
import struct

import kumiki_machine as km

import frame_bundle

# tests/guest/bad/still.c and tests/guest/hostile/watch.c fill their memory with address * FACTOR.
FACTOR = 0x9e3779b97f4a7c15
BEAT = r"heartbeat: \d+ s, \d+ ticks, (\d+) lost, .*\n"


def heartbeat(core, name="heartbeat"):
    """A partition that counts a thousand interrupts a second. It is urgent where the board has too few cores, because it
    shares a core there (kumiki_machine.fold())."""
    return km.partition(name, cores=1 << core, memory="1M as 0x40000000", image=km.HEARTBEAT,
                        more=("kumiki,priority = <200>;",) if km.APART else ())


def heartbeat_goes_on(machine, seconds=60):
    """Waits for two more seconds of the heartbeat, each within `seconds`. No interrupt was ever lost.

    The lateness isn't checked: under icount the cores take turns, and with threads the host decides. `make bench` measures
    it.
    """
    for _ in range(2):
        machine.expect(BEAT, seconds)
    assert set(re.findall(BEAT, machine.whole)) == {"0"}


def images_untouched(image, probe):
    """The packed system in the frame's memory is the same as in the file `image`."""
    data = image.read_bytes()
    assert probe.read(frame_bundle.Bundle(data).image_base, len(data)) == data


def pattern_untouched(probe, begin, end):
    """Each word is its address times FACTOR."""
    wanted = struct.pack(f"<{(end - begin) // 8}Q", *(
        at * FACTOR & (1 << 64) - 1 for at in range(begin, end, 8)))
    assert probe.read(begin, end - begin) == wanted
