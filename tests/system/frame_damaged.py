"""The machine of frame_damage.py: a core stands at EL2 somewhere, one thing of the frame is damaged there, and what comes of it
is judged. A guest's own values lie in the frame's hands, too: the frame can't know that they are damaged."""

import random
import re
import struct
import subprocess
from collections import Counter, namedtuple

import kumiki_machine as km

import frame_probe
import frame_tables as ft
import gdbstub
from frame_broken import ERET, GO_ON, LAYOUT, MISSES, UNDEFINED, WAYS, WFI, Kind, Machine, Over, compared, progress
from frame_crash import ELF

LOOP, STORE = bytes.fromhex("00000014"), bytes.fromhex("010000f9")  # a branch to itself; str x1, [x0]
FORGET = {"EL2": bytes.fromhex("1f870cd5"), "stage 2": bytes.fromhex("9f870cd5")}  # tlbi alle2, alle1
ANYWHERE = {"any-trap": Kind("trap_vectors"), "any-interrupt": Kind("interrupts")}  # on any core
PARTS = (("", 5), ("lives", 2), ("budget", 1), ("moves", 1))  # of guests, and how often
STEPS = 700  # the most behind the entry
SETTLES = 4  # until a damage has had its effect: each guest has gone on so often
COMES = 8  # times that another trap comes before the one that is taken
LOOKS = 600  # interrupts that cores take while somebody doesn't go on: some 200 ms
OWN_LOOKS = 6  # of a core of the frame, each 500 ms: what these find has come then
ANSWERS, WAITS = 15, 30  # seconds of the host until QEMU answers; without a stop: a hang is noticed within two of the machine
FATES = ("silent damage", "hang", "machine off with report", "guest's value damaged", "partition restarted", "recovered",
         "no effect")
BAD = FATES[:2]
EVERY = ("kumiki,restart-delay = <0>;", "kumiki,restart-limit = <100 60>;")
OFF = r"^kumiki: (?:the frame can't recover: |core \d+: the frame itself failed, and couldn't recover: |)(.*)"
NAMED = ("what the frame kept of it was damaged", "the frame failed again and again at work for it")
FIELDS = ("partition.alive", "partition.uart", "partition.devices_taken", "partition.real", "partition.index", "partition.vgic",
          "partition.vcpus", "vcpu.run", "vcpu.saved", "vcpu.life", "vcpu.partition", "vcpu.vgic", "context.hcr")
# Where it is, what was there and what is; whether it was a guest's own value, and the bits that differ in it.
Damage = namedtuple("Damage", "what pa old new guests differs", defaults=(None, b"", b"", False, 0))


def flip(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


class Stuck(Exception):
    """QEMU itself doesn't answer any more: a step never ends. Nothing is known of the frame then."""


class Damaged(Machine):
    """Damages come one after the other; `gone` are the instructions that were gone to them."""

    patience = WAITS

    def __init__(self, name, more, folder, shift=0):
        folder.mkdir(exist_ok=True)
        self.more, self.shift = more, int(shift)
        super().__init__(name, next(kind for kind in WAYS.values() if kind.more == more), folder, *EVERY)
        self.symbols["interrupts"] = self.symbols["trap_vectors"] + 0x80
        self.gone, self.views = [], {}
        self.step, self.probe.step = self.probe.step, self._step
        self.fields = gdbstub.offsets(ELF, [f"struct {field}" for field in FIELDS])
        self.shared = size_of("struct shared")
        self.rodata = section(".rodata")
        self.vectors_end = self.symbols["core_leave"]
        self.pad = self.symbols["frame_rodata"] - 4  # behind the text, where nothing is

    def _step(self, core):
        self.probe.socket.settimeout(ANSWERS)
        try:
            self.step(core)
        except TimeoutError as error:
            raise Stuck from error

    # ---- to EL2 ----

    def stand(self, rng):
        """A core stands at EL2, at random: the way's name."""
        ways = {name: kind for name, kind in WAYS.items() if kind.more in ("", self.more)} | ANYWHERE
        for _ in range(MISSES):
            name = rng.choice(sorted(ways))
            self.take(ways[name])
            for _ in range(rng.randrange(COMES)):
                self.arrive(self.start)
                self.probe.step(self.core)
            steps = rng.randrange(STEPS)
            gone = self._walk(steps)
            if 0 < gone < steps:
                gone = self._walk(steps % gone)
            if self.at_el2():
                self.probe.core(self.core)
                return name
        raise Over("hang", "nobody comes to EL2")

    def stand_at(self, way, place):
        """The core stands there, on this way."""
        self.take(WAYS[way])
        assert self.reach(self.symbols[place])
        self.gone.append(self.symbols[place])

    def at_el2(self):
        return LAYOUT["LAYOUT_TEXT"] <= self.probe.register("pc") < self.symbols["frame_rodata"]

    def _walk(self, steps):
        """Goes so far from the way's start, or to its end. Returns the instructions at EL2 so far."""
        self.arrive(self.start)
        if not self.at_el2():
            self.probe.step(self.core)
        for gone in range(steps):
            if not self.at_el2():
                return gone
            pc = self.probe.register("pc")
            self.gone.append(pc)
            if self.probe.read(self.place(pc), 4) in (WFI, ERET):
                return gone
            self.probe.step(self.core)
        return steps

    # ---- places ----

    def view(self):
        """What the core maps."""
        if self.core not in self.views:
            self.views[self.core] = ft.el2_view(self.probe)
        return self.views[self.core]

    def physical(self, at):
        page, = self.view().at(at, 1)
        return page.pa + at - page.at

    def _context(self):
        """The registers of the guest, or service, that the core was at work for, as they lie in memory."""
        at = self.probe.register("TPIDR_EL2")
        return struct.unpack("<31Q", self.probe.read(self.physical(at), 31 * 8)) if self.view().at(at, 1) else ()

    def _is_guests(self, value):
        return value > ft.PAGE and value in self._context()

    def flip_word(self, what, pa, bit, guests=False):
        """A bit of eight bytes."""
        old = self.probe.read(pa, 8)
        self.probe.write(pa, flip(old, bit))
        guests = guests or self._is_guests(int.from_bytes(old, "little"))
        return Damage(f"{what} at {pa:#x}, bit {bit}", pa, old, flip(old, bit), guests, 1 << bit)

    # ---- damages ----

    def damage(self, kind, rng):
        return getattr(self, f"damage_{kind}")(rng)

    def damage_register(self, rng):
        number, bit = rng.randrange(31), rng.randrange(64)
        old = self.probe.register(f"x{number}")
        self.probe.set_register(f"x{number}", old ^ 1 << bit)
        vectors = self.symbols["vectors"] <= self.probe.register("pc") < self.vectors_end
        return Damage(f"x{number}, bit {bit}", guests=vectors and number >= 4 or self._is_guests(old), differs=1 << bit)

    def damage_pc(self, rng):
        wild = rng.randrange(LAYOUT["LAYOUT_TEXT"], self.symbols["frame_rodata"], 4)
        flipped = self.probe.register("pc") ^ 1 << rng.randrange(64)
        to = rng.choice((wild, flipped))
        self.probe.set_register("pc", to)
        return Damage(f"pc to {to:#x}")

    def damage_stack(self, rng):
        sp, top = self.probe.register("sp") & ~7, LAYOUT["LAYOUT_STACK_TOP"]
        at = rng.randrange(sp, top, 8)
        return self.flip_word(f"stack {top - at:#x} below its top", self.physical(at), rng.randrange(64))

    def _data(self, rng):
        """What and where. Of a partition each part as often: its kept state, what is derived, the same of its vCPU."""
        what = rng.choice(("core", "shared", "kept", "kept", "derived"))
        if what == "core":
            return what, rng.randrange(LAYOUT["LAYOUT_LOCAL"], self.symbols["frame_core_end"], 8), False
        if what == "shared":
            return what, rng.randrange(LAYOUT["LAYOUT_MAIL"], LAYOUT["LAYOUT_MAIL"] + self.shared, 8), False
        f = self.fields
        vcpu = f["partition.vcpus"]
        slots = [m.at for m in self.view().mappings if LAYOUT["LAYOUT_PARTITION"] <= m.at < LAYOUT["LAYOUT_PCI"]]
        parts = {"kept": ((0, f["partition.index"]), (f["partition.vgic"], vcpu), (vcpu, vcpu + f["vcpu.saved"]),
                          (vcpu + f["vcpu.saved"], vcpu + f["vcpu.partition"]), (vcpu + f["vcpu.vgic"], vcpu + 8192)),
                 "derived": ((f["partition.index"], f["partition.vgic"]), (vcpu + f["context.hcr"], vcpu + f["vcpu.run"]),
                             (vcpu + f["vcpu.partition"], vcpu + f["vcpu.vgic"]))}[what]
        offset = rng.randrange(*rng.choice(parts)) & ~7
        own = ((f["partition.alive"], f["partition.devices_taken"]), (f["partition.real"], f["partition.index"]),
               (f["partition.vgic"], vcpu + f["context.hcr"]), (vcpu + f["vcpu.saved"], vcpu + f["vcpu.life"]),
               (vcpu + f["vcpu.vgic"], vcpu + 8192))
        return f"{what}+{offset:#x}", rng.choice(slots) + offset, any(low <= offset < high for low, high in own)

    def damage_data(self, rng):
        what, at, guests = self._data(rng)
        return self.flip_word(f"{what} {at:#x}", self.physical(at), rng.randrange(64), guests)

    def damage_table(self, rng):
        """Of the tables in use: the core's, or those of the stage 2 that it has."""
        stage2 = self.probe.register("VTTBR_EL2") & (1 << 48) - 1
        what, view = "EL2", self.view()
        if stage2 and rng.randrange(2):
            what, view = "stage 2", ft.stage2_view(self.probe, stage2)
        entries = [page + 8 * i for page in view.pages
                   for i, entry in enumerate(struct.unpack("<512Q", self.probe.read(page, ft.PAGE))) if entry & 1]
        damage = self.flip_word(f"{what} table", rng.choice(entries), rng.randrange(64))
        self.execute(FORGET[what])
        return damage

    def execute(self, instruction, **registers):
        """The core executes this, and goes on as before; or crashes at it."""
        new = registers | {"pc": self.pad}
        was = {name: self.probe.register(name) for name in new}
        self.probe.write(self.place(self.pad), instruction)
        for name, value in new.items():
            self.probe.set_register(name, value)
        self.probe.step(self.core)
        self.probe.write(self.place(self.pad), UNDEFINED)
        if self.probe.register("pc") == self.pad + 4:
            for name, value in was.items():
                self.probe.set_register(name, value)

    def damage_text(self, rng):
        """Of instructions that somebody went, or of constants."""
        low, size = self.rodata
        at = low + rng.randrange(size) if rng.randrange(8) == 0 else rng.choice(self.gone)
        pa = self.place(at & ~3)
        old, bit = self.probe.read(pa, 4), rng.randrange(32)
        self.probe.write(pa, flip(old, bit))
        return Damage(f"text {self.where(at)}, bit {bit}", pa, old, flip(old, bit))

    def damage_loop(self, _):
        self.probe.write(self.place(self.pad), LOOP)
        self.probe.set_register("pc", self.pad)
        return Damage("loop")

    def damage_store(self, rng):
        """The core itself stores, by an instruction behind the text; a store that isn't allowed is a crash there."""
        places = [m for m in self.view().mappings if m.write]
        memory = rng.randrange(8) != 0
        pages = [m.at + at for m in places if (m.memory == ft.NORMAL) == memory for at in range(0, m.size, ft.PAGE)]
        at, value = rng.choice(pages) + rng.randrange(0, ft.PAGE, 8), rng.getrandbits(64)
        pa = self.physical(at)
        old = self.probe.read(pa, 8) if memory else b""
        self.execute(STORE, x0=at, x1=value)
        new = struct.pack("<Q", value)
        return Damage(f"store to {at:#x}", *(pa, old, new) if memory else (None, b"", b""))

    # ---- what comes of it ----

    def is_clean(self, damage):
        """Nothing of it is in memory any more."""
        return damage.pa is None or self.probe.read(damage.pa, len(damage.new)) != damage.new

    def judge_damage(self, damage):
        """Its fate, and more words."""
        before, count, told = self.before, self.noted("count"), len(self.running.text)
        try:
            for _ in range(SETTLES):
                self.settle()
            self.goes_on()
        except (frame_probe.ProbeError, ConnectionError):
            return self._judge_off(told)
        except (TimeoutError, Over) as over:
            return self._judge_stop(damage, before, count, isinstance(over, TimeoutError), told)
        return self._judge_going(damage, before, self.noted("count") - count)

    def _judge_going(self, damage, before, again):
        """Everybody goes on, after so many recoveries."""
        kind, why = compared(before, self.before)
        if kind != "recovered":
            own = damage.guests or damage.differs == self.before["trapped"]["differs"] != 0
            return ("guest's value damaged" if own else "silent damage"), f"{kind}, {again} recoveries: {why}"
        self.forget()
        return ("recovered" if again else "no effect"), ""

    def _look(self):
        """Goes on for some time, from wherever it is. Returns the cores that took an interrupt."""
        for at in {*self.places, self.start, self.symbols["hang_look"]}:
            self.probe.ask(f"z0,{at:x},4")  # what a wait without an end has left
        seen = set()
        for _ in range(LOOKS):
            here, _ = self.run_to(self.symbols["interrupts"], self.symbols["trap_idle_interrupt"])
            self.probe.step(here)
            seen.add(here)
        return seen

    def _wait_looks(self):
        """Until a core of the frame has looked so often; or until no core looks any more."""
        looks = Counter()
        try:
            while max(looks.values(), default=0) < OWN_LOOKS:
                here, _ = self.run_to(self.symbols["hang_look"])
                self.probe.step(here)
                looks[here] += 1
        except TimeoutError:
            self.probe.stop()

    def _judge_stop(self, damage, before, count, runs, told):
        """Somebody didn't go on for some time, or has begun anew. `runs`: the machine isn't stopped. Before anything is bad, the
        frame itself has looked."""
        if runs:
            self.probe.stop()
        seen = self.told()
        try:
            fate, why = self._judge_look(damage, before, count, seen, told)
            if fate in BAD:
                self._wait_looks()
                fate, why = self._judge_look(damage, before, count, seen, told)
        except TimeoutError:
            return "hang", "no core takes interrupts"
        except (frame_probe.ProbeError, ConnectionError):
            return self._judge_off(told)
        return fate, why

    def _judge_look(self, damage, before, count, seen, told):
        cores, now, again = self._look(), self.told(), self.noted("count") - count
        stuck = [name for name in (*GO_ON, "busy") if name in now and progress(now[name]) == progress(seen[name])]
        anew = [name for name in now if progress(now[name]) < progress(self.before[name])]
        stops = re.findall(r"^\[kumiki\] (\w+) stopped: (.*)", self.running.text[told:], re.M)
        why = f"stuck {stuck}, anew {anew}, {stops}, {again} recoveries, cores {cores}"
        stops = [(name, reason.startswith(NAMED)) for name, reason in stops if name in now]
        if not stuck and not anew and not stops:
            self.before = now
            fate, more = self._judge_going(damage, before, again)
            return fate, f"late: {more or why}"
        if stops and {*stuck, *anew} <= {name for name, _ in stops} and all(named for _, named in stops):
            return "partition restarted", why
        if not {0, 1} <= cores:
            return "hang", why
        return ("guest's value damaged" if damage.guests else "silent damage"), why

    def _judge_off(self, told):
        self.running.wait_end(30)
        why = re.findall(OFF, self.running.text[told:], re.M)
        return ("machine off with report", ": ".join(why[-2:])) if why else ("hang", "off without a report")


def rng_of(kind, seed):
    return random.Random(f"{kind} {seed}")


def size_of(kind):
    told = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-ex", f"output/d sizeof({kind})", ELF], check=True, text=True,
                          timeout=60, capture_output=True)
    return int(told.stdout)


def section(name):
    """Where it begins, and its size."""
    told = subprocess.run(["aarch64-linux-gnu-readelf", "-SW", ELF], check=True, text=True, timeout=60, capture_output=True)
    at, size = re.search(rf" {re.escape(name)} +PROGBITS +(\w+) \w+ (\w+)", told.stdout).groups()
    return int(at, 16), int(size, 16)
