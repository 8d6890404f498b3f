"""Makes trace files by hand, in the format of `kumiki trace --raw`, with known events. For tests of the formats."""

import random
import struct

HZ = 62_500_000
(EXIT, INTERRUPT, INJECT, SWITCH, MAIL, ON, OFF, START, STOP, FAULT, HYPERCALL, LIFE, READY, MOVE,
 MISS, EXHAUSTED, REFILL, PRIORITY, CORE, HOLD, TOLD, KICK, CARRY) = range(1, 24)
FRAME, CONSOLE, LOADER = 0xFF, 0xFE, 0xFD
PARTITIONS = ["linux", "rt", "heartbeat"]
VCPUS = [0, 0, 1, 2]
RING = 4096


class Sample:
    """Events of each core as (type, vcpu, ticks, data)."""

    def __init__(self, cores, partitions=PARTITIONS, vcpus=VCPUS):
        self.cores = [[] for _ in range(cores)]
        self.partitions, self.vcpus = partitions, vcpus

    def add(self, core, kind, vcpu, ticks, high=0, low=0):
        self.cores[core].append((kind, vcpu, ticks, high << 32 | low))

    def write(self, path, first=1000):
        sources = self.partitions + ["kumiki"] * len(self.cores)
        vcpus = bytes(self.vcpus) + bytes(32 - len(self.vcpus))
        welcome = struct.pack("<IIIIQ32s32s", 1, len(self.partitions), len(self.cores), len(self.vcpus), HZ,
                              b"demo", vcpus)
        welcome += b"".join(name.encode().ljust(32, b"\0") for name in sources)
        with open(path, "wb") as out:
            out.write(b"KMTRACE1" + struct.pack("<Q", len(welcome)) + welcome)
            for number, events in enumerate(self.cores):
                out.write(struct.pack("<QQQ", number, first, len(events)))
                for kind, vcpu, ticks, data in events:
                    head = kind << 56 | vcpu << 48 | ticks % (1 << 48)
                    out.write(struct.pack("<QQ", head, data))


def lively(base=(1 << 48) - 500_000, seed=1):
    """A start and some milliseconds of four cores. The counter's 48 bits overflow in between."""
    chance = random.Random(seed)
    sample = Sample(4)
    for core, vcpu in ((0, 0), (1, 1), (2, 2), (3, 3)):
        now = base + core * 20_000
        partition = VCPUS[vcpu]
        if vcpu != 1:
            sample.add(core, SWITCH, LOADER, now)
            now += 100_000 if partition < 2 else 20_000
            sample.add(core, START, vcpu, now, 0, partition)
        sample.add(core, ON, vcpu, now + 10, 0, 0x40200000)
        sample.add(core, SWITCH, vcpu, now + 20)
        while now < base + 3_000_000 and len(sample.cores[core]) < RING - 8:
            burst = 1 if chance.random() < 0.9 else 40
            now += chance.randrange(200, 60_000 if core == 3 else 4_000)
            for _ in range(burst):
                now += chance.randrange(20, 90)
                kind = chance.random()
                if kind < 0.5:
                    sample.add(core, EXIT, vcpu, now, 0x93800000 | chance.randrange(64), 0x40212340)
                elif kind < 0.8:
                    intid = chance.choice([27, 27, 27, 1, 78])
                    sample.add(core, INTERRUPT, vcpu, now, 0, intid)
                    sample.add(core, INJECT, vcpu, now + 5, 0, intid)
                else:
                    sample.add(core, HYPERCALL, vcpu, now, 0, 0xC6000002)
                if len(sample.cores[core]) >= RING - 8:
                    break
            if core == 0 and chance.random() < 0.05:
                sample.add(core, SWITCH, CONSOLE, now + 100)
                sample.add(core, EXIT, CONSOLE, now + 400, 0x56000000, 0x7000)
                sample.add(core, SWITCH, vcpu, now + 500)
                now += 600
            if core == 3 and chance.random() < 0.3:
                sample.add(core, SWITCH, FRAME, now + 50)
                now += chance.randrange(10_000, 50_000)
                sample.add(core, SWITCH, vcpu, now)
    sample.add(2, FAULT, 2, base + 3_000_100, 0x92000010, 0x09000000)
    sample.add(2, STOP, FRAME, base + 3_000_200, 2, 1)
    return sample


WFI = 1 << 26 | 1 << 25


def scheduled():
    """Two cores that share the vCPUs of a Linux beside two real-time systems: known latencies, two moves, a missed deadline,
    and a budget."""
    sample = Sample(2)
    us = HZ // 1_000_000 + 0.5
    for beat in range(40):
        now = int(beat * 1000 * us)
        wait = 3 if beat % 20 else 300  # the heartbeat runs 3 us after its wake-up, and twice 300 us after
        sample.add(0, READY, 3, now)
        sample.add(0, SWITCH, 3, now + int(wait * us))
        sample.add(0, INJECT, 3, now + int((wait + 1) * us), 1, 27)
        sample.add(0, EXIT, 3, now + int(400 * us), WFI, 0x40201000)
        sample.add(0, SWITCH, beat % 2, now + int(402 * us))
    for slot in range(10):
        now = int((4000 * slot + 100) * us)
        sample.add(1, SWITCH, 2, now)
        if slot == 4:
            sample.add(1, EXHAUSTED, 2, now + int(1000 * us), 0, int(1000 * us))
            sample.add(1, SWITCH, FRAME, now + int(1001 * us))
            sample.add(1, REFILL, 2, now + int(1500 * us), 0, int(1000 * us))
            sample.add(1, SWITCH, 2, now + int(1501 * us))
        if slot == 6:
            sample.add(1, MISS, 2, now + int(1500 * us), int(700 * us), 1)
        sample.add(1, EXIT, 2, now + int(2000 * us), WFI, 0x40301000)
        sample.add(1, SWITCH, 1 if slot > 2 else FRAME, now + int(2002 * us))
        sample.add(1, INJECT, 2, now + int(3900 * us), 1, 78)
    for core, vcpu, source, to, left, came in ((0, 1, 0, 1, 10_500, 10_530), (1, 1, 1, 0, 30_700, 30_790)):
        sample.add(source, MOVE, vcpu, int(left * us), source, to)
        sample.add(to, MOVE, vcpu, int(came * us), source, to)
    for events in sample.cores:
        events.sort(key=lambda event: event[2])
    return sample


def shared():
    """Two vCPUs take turns on a core, at a period of 1 ms. The one's interrupt is injected while the other one runs, before
    the wake; each loses the core without an exit."""
    sample = Sample(1)
    us = HZ // 1_000_000
    for beat in range(20):
        now = beat * 1000 * us
        sample.add(0, SWITCH, 0, now)
        sample.add(0, INJECT, 3, now + 100 * us, 1, 27)
        sample.add(0, READY, 3, now + 101 * us)
        sample.add(0, SWITCH, 3, now + 104 * us)
    return sample


def asleep():
    """Three cores for 40 ms: the first is on, the second off from 10 ms to 30 ms, the third from 35 ms on."""
    sample = Sample(3)
    ms = HZ // 1000
    for beat in range(41):
        sample.add(0, SWITCH, 0 if beat % 2 else 1, beat * ms)
    sample.add(0, TOLD, CONSOLE, 9 * ms, 2, 1)
    sample.cores[0].sort(key=lambda event: event[2])
    for core, off, on in ((1, 10, 30), (2, 35, None)):
        sample.add(core, SWITCH, FRAME, 0)
        sample.add(core, CORE, FRAME, off * ms, 0, 0)
        if on:
            sample.add(core, CORE, FRAME, on * ms, 0, 1)
            sample.add(core, SWITCH, 1, 40 * ms)
    return sample


def largest():
    """Eight partitions with the longest names and four vCPUs each; every kind of mark, many of them close together."""
    sample = Sample(2, [letter * 31 for letter in "abcdefgh"], [vcpu // 4 for vcpu in range(32)])
    us = HZ // 1_000_000
    for number in range(400):
        core, vcpu, now = number % 2, number % 32, number * 50 * us
        sample.add(core, READY, vcpu, now)
        sample.add(core, SWITCH, vcpu, now + us)
        kind = (START, ON, MISS, EXHAUSTED, REFILL, FAULT, STOP, CORE)[number // 2 % 8]
        sample.add(core, kind, vcpu, now + 2 * us, 0, 1 if kind in (START, STOP, CORE) else 1000 * us)
    sample.add(0, MOVE, 1, 20_050 * us, 0, 1)
    sample.add(1, MOVE, 1, 20_060 * us, 0, 1)
    return sample


def every_type():
    """One event of each type, and one of a type to come."""
    sample = Sample(2)
    for kind in range(1, 25):
        sample.add(0, kind, 1 if kind % 2 else FRAME, 1000 * kind, kind, 0x12345678)
    return sample
