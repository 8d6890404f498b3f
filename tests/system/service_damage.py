"""Does random damage to console, warden and loader while they work, one damage after the other, and judges each
(docs/proof/failures.md#services).

The machine has guests that check themselves, and guests that use the services. It runs until a service is at some
instruction, with or without a command of the operator. Then the service is killed, or one thing of it is damaged. The
machine goes on, and the users of the service judge the outcome. A fresh machine starts when a user noticed more than a
delay, when a damage is still in memory, and after MANY damages. Used by test_service_damage.py and campaigns.py."""

import contextlib
import re
import tempfile
from collections import Counter, namedtuple
from pathlib import Path

import kumiki_machine as km

import frame_bundle
import frame_probe
import frame_tables as ft
import gdbstub
from campaign import Campaign
from frame_crash import ELF, LAYOUT
from frame_machine import LOOP, Kind, Machine, Over, compared, flip

KINDS = ("kill", "register", "pc", "data", "text", "loop")
SERVICES = ("console", "warden", "loader")
# The worst comes first.
FATES = ("frame or guest harmed", "silent damage", "never back", "back by a look", "request or start lost", "came back", "no effect")
NEVER, LOOKED = FATES[2:4]
ELVES = {name: km.SERVICES[name] for name in SERVICES}
TEXT = ft.constants("include/kumiki/service.h")["SERVICE_TEXT"]
PIECE = 1024  # PARITY_PIECE of lib/parity.h
LOOKS = ft.constants("frame/core/turn/due.c")["SERVICE_LOOKS"]
FLAGS, EMPTY, FIFO = 0x18, 1 << 4, 14  # of the PL011: the flag register, its bit for an empty input queue, and the queue's size
POLICIES = {"performance", "powersave"}
# {command at which a service is damaged: pattern of the begin of the answer's last line}
LOADS = {"": "", "power": "(about|at most) ", "list": " 6  again ", "log again 8": "events of again: ", "show again": "  memory ",
         "cores": "no core moves", "power performance": "power: performance", "power powersave": "power: powersave"}
WORKS = 12  # reports of `trapped`, or visits of others to a place, until the service is taken not to come there
TAKES = 3  # settled times until the console has taken what is typed
STEPS = 200  # at most so many instructions behind a place
SETTLES, ANSWERS, LATE = 6, 10, 30  # settled times until a damage has had its effect; until an answer comes; until a late one
READ = 2  # seconds of the host until what QEMU has printed is read
LOADER = "loader that lays out its images"
FAILED = rf"the (console service|warden) failed and was started again: |the ({LOADER}) failed(?:\n|: it looped|; its text)"
LOST = "ask once more"
KEPT_MARK = 0x6e6961676121  # of tests/guest/bad/again.c
Damage = namedtuple("Damage", "what pa new", defaults=(None, b""))
SEEDS = 1000  # of the long campaign
MANY, TRIES = 25, 20  # damages in one machine; places to try until the service comes to one


def nearly_noticed(probe):
    """The service stands still. Sets its count of the frame's looks, so that the next look finds it hung."""
    looks, = gdbstub.offsets(ELF, ["struct service.looks"]).values()
    at = probe.register("TPIDR_EL2") + looks
    page, = ft.el2_view(probe).at(at, 4)
    probe.write(page.pa + at - page.at, (LOOKS - 1).to_bytes(4, "little"))


class Served(Machine):
    """`policies`: the power policies that the operator may have set."""

    def __init__(self, name, folder):
        self.stages = {}
        super().__init__(name, Kind("life_take_step", more="sleeps"), folder, ("kumiki,restart-limit = <1000000 60>;",))
        bundle = frame_bundle.Bundle(self.image.read_bytes())
        self.uart = bundle.uart
        again, = (part for part in bundle.partitions if part.name == "again")
        self.kept, = (region.pa for region in again.regions if region.kind == frame_bundle.KEPT)
        self.images = {self.place(self.symbols[f"service_{name}_image"]): name for name in SERVICES}
        self.of = {name: gdbstub.symbols(elf) for name, elf in ELVES.items()}
        self.policies, self.gone, self.since, self.command = {"performance"}, [], 0, ""
        self.ask("power", LOADS["power"])

    # ---- the operator's line ----

    def put(self, text):
        """Types a text; the UART has it before the machine goes on."""
        self.running.send(text)
        while self._is_taken():
            pass

    def _is_taken(self):
        return int.from_bytes(self.probe.read(self.uart + FLAGS, 4), "little") & EMPTY != 0

    def type(self, text):
        """Types a text, and runs until the console has taken it, if it takes input at all."""
        for at in range(0, len(text), FIFO):
            self.put(text[at:at + FIFO])
            for _ in range(TAKES):
                self.settle()
                if self._is_taken():
                    break

    def _said(self, begin, last):
        try:
            self.running.expect_since(begin, [rf"^\[kumiki\] {last}.*\n"], READ)
        except km.MachineError:
            return None
        return self.running.text[begin:]

    def answer(self, begin, last):
        """The console's text from `begin` to a line with `last`; None: no such line comes."""
        for times in ANSWERS, LATE:
            for _ in range(times):
                self.settle()
            if said := self._said(begin, last):
                return said
        return None

    def ask(self, command, last):
        self.type("\x1dc")
        begin = len(self.running.whole)
        self.type(f"{command}\r")
        return self.answer(begin, last)

    def begin(self, command):
        """Types a command, or nothing. The machine hasn't gone on since the last letter."""
        self.since = len(self.running.whole)
        self.policies |= {command.removeprefix("power ")} & POLICIES
        if command:
            self.type("\x1dc" + command)
            self.put("\r")

    # ---- to a service's instruction ----

    def _stage(self):
        """The service whose stage 2 the core uses, and its mappings."""
        root = self.probe.register("VTTBR_EL2") & (1 << 48) - 1
        if root not in self.stages:
            view = ft.stage2_view(self.probe, root)
            text = view.at(TEXT, 4)
            self.stages[root] = self.images.get(text[0].pa) if text else None, view
        return self.stages[root]

    def is_in(self, service):
        """The core stands in this service's text."""
        return TEXT <= self.probe.register("pc") < self.of[service]["service_image_end"] and self._stage()[0] == service

    def physical(self, at):
        page, = self._stage()[1].at(at, 1)
        return page.pa + at - page.at

    def come(self, service, place, often=WORKS):
        """Runs until the service comes to a place. False: for a long time, nobody or only others came."""
        works = strangers = 0
        while works < often and strangers < often:
            self.core, at = self.run_to(place, self.places[0])
            if at != place:
                works += 1
                self.places.reverse()
            elif self.is_in(service):
                return True
            else:
                strangers += 1
                self.probe.step(self.core)
        return False

    def stand(self, service, place, steps, often=WORKS):
        """Runs until the service stands `steps` of its own instructions behind a place. False: it doesn't come so far."""
        if not self.come(service, place, often):
            return False
        self.gone = [place]
        for _ in range(steps):
            self.probe.step(self.core)
            if not self.is_in(service) and not self.come(service, self.probe.register("ELR_EL2")):
                return False
            self.gone.append(self.probe.register("pc"))
        return True

    def at(self, service):
        """The function and offset where the service stands."""
        pc = self.probe.register("pc")
        at, name = max((at, name) for name, at in self.of[service].items() if at <= pc and "$" not in name)
        return f"{name}+{pc - at:#x}"

    def rest(self):
        """Runs until begun work is done."""
        for _ in range(ANSWERS):
            self.settle()

    def functions(self, service):
        """[(function, command)] of the functions that the service comes to; the command may be empty."""
        end = self.of[service]["service_image_end"]
        every = {at for name, at in self.of[service].items() if TEXT <= at < end and "$" not in name}
        return [(at, command) for command in LOADS for at in sorted(self._reached(service, command, dict.fromkeys(every, 0)))]

    def _reached(self, service, command, left):
        self.begin(command)
        tells, found = 0, set()
        for at in (*left, self.places[0]):
            self.probe.break_at(at)
        while tells < WORKS:
            self.probe.resume()
            core, at = self.probe.wait_stop(), self.probe.register("pc")
            self.probe.unbreak(at)
            if at not in left:
                tells += 1
                self.places.reverse()
                self.probe.break_at(self.places[0])
                continue
            left[at] += 1
            if self.is_in(service):
                found.add(at)
            self.probe.step(core)
            if at not in found and left[at] < WORKS:
                self.probe.break_at(at)
        for at in (*left, self.places[0]):
            self.probe.ask(f"z0,{at:x},4")  # the breakpoints that are left
        return found

    # ---- damages ----

    def damage(self, kind, service, rng):
        return getattr(self, f"damage_{kind}")(service, rng)

    def _go_to(self, pc):
        self.probe.set_register("pc", pc)
        return Damage(f"pc to {pc:#x}")

    def damage_kill(self, _service, _rng):
        return self._go_to(8)

    def damage_pc(self, service, rng):
        wild = rng.randrange(TEXT, self.of[service]["service_image_end"], 4)
        return self._go_to(rng.choice((wild, self.probe.register("pc") ^ 1 << rng.randrange(64))))

    def damage_register(self, _service, rng):
        name, bit = rng.choice(("sp", *(f"x{number}" for number in range(31)))), rng.randrange(64)
        self.probe.set_register(name, self.probe.register(name) ^ 1 << bit)
        return Damage(f"{name}, bit {bit}")

    def _change(self, what, pa, new):
        self.probe.write(pa, new)
        return Damage(f"{what} at {pa:#x}", pa, new)

    def damage_data(self, service, rng):
        """Changes a variable, or a word of the used stack."""
        of = self.of[service]
        parts = [part for part in ((of["service_bss_start"], of["service_data_end"]),
                                   (self.probe.register("sp") & ~7, of["service_stack_top"])) if part[0] < part[1]]
        pa, bit = self.physical(rng.randrange(*rng.choice(parts), 8)), rng.randrange(64)
        return self._change(f"data, bit {bit},", pa, flip(self.probe.read(pa, 8), bit))

    def damage_text(self, _service, rng):
        """Changes one of the instructions that it just executed."""
        pa, bit = self.physical(rng.choice(self.gone)), rng.randrange(32)
        return self._change(f"text, bit {bit},", pa, flip(self.probe.read(pa, 4), bit))

    def damage_loop(self, service, _rng):
        """Lets it loop, at an instruction in the unused rest of its last page."""
        pad = TEXT + self.symbols[f"service_{service}_end"] - self.symbols[f"service_{service}_image"] - 4
        self._go_to(pad)
        return self._change("loop", self.physical(pad), LOOP)

    # ---- what comes of it ----

    def lives(self):
        """The lives of the guest that always restarts, in its kept memory; -1: this memory is lost."""
        mark, lives = (int.from_bytes(self.probe.read(self.kept + at, 8), "little") for at in (0, 8))
        return lives if mark == KEPT_MARK else -1

    def _look_at(self, pa):
        """Makes the next check of the services' text take the piece with this address. It would take minutes otherwise."""
        looks = gdbstub.offsets(ELF, ["struct shared.looks"])["shared.looks"] + LAYOUT["LAYOUT_MAIL"]
        piece = (pa - self.place(self.symbols["service_console_image"])) // PIECE
        page, = ft.el2_view(self.probe).at(looks, 4)
        self.probe.write(page.pa + looks - page.at, (2 * piece + 1).to_bytes(4, "little") * len(self.probe.threads))
        self.run_to(self.symbols["recover_core"])

    def stays(self, damage):
        return damage.pa is not None and self.probe.read(damage.pa, len(damage.new)) == damage.new

    def judge_damage(self, command, kind="", damage=Damage("")):
        """The fate of a damage, and its reason. Most of the half minute until a loop is noticed is skipped. Damaged text
        that no user noticed is found by a check of text."""
        before, lives, count = self.before, self.lives(), self.noted("count")
        text = kind == "text"
        try:
            if kind == "loop":
                nearly_noticed(self.probe)
                self.run_to(self.symbols["service_anew"])
            for _ in range(SETTLES):
                self.settle()
            kind, why = self._judge_users(command, lives)
            if text and kind == NEVER and self.stays(damage):
                self._look_at(damage.pa)
                self.settle()
                kind, why = self._judge_users(command, self.lives())
                kind, why, count = (kind if kind in FATES[:3] else LOOKED), f"a look found it; {why}", count + 1
        except (frame_probe.ProbeError, ConnectionError, TimeoutError, Over) as error:
            return FATES[0], repr(error)
        harmed = compared(before, self.before)
        if harmed[0] != "recovered" or self.noted("count") != count:
            return FATES[0], f"{harmed}, {self.noted('count') - count} recoveries"
        return kind, why

    def _judge_users(self, command, lives):
        power = self.ask("power", LOADS["power"]) or self.ask("power", LOADS["power"])  # the service may fail at the first one
        said = self.running.text[self.since:]
        log = power and self.ask("log again 8", LOADS["log again 8"])
        failed = Counter("".join(who) for who in re.findall(FAILED, said))
        why = ", ".join(f"{who} failed {times} times" for who, times in failed.items())
        if log is None or self.lives() <= lives:
            return NEVER, f"{why}; power {power is not None}, log {log is not None}, {self.lives() - lives} lives"
        wrong = self._find_wrong(power, log)
        if wrong:
            return "silent damage", f"{wrong}; {why}"
        answered = not command or re.search(rf"kumiki> {command}\n(.*\n)*?\[kumiki\] {LOADS[command]}", said)
        if not answered or LOST in said or LOADER in failed:
            return "request or start lost", why or "no answer"
        return ("came back" if failed else "no effect"), why

    def _find_wrong(self, power, log):
        """What was kept and has changed, in words; "" is nothing."""
        said = re.search(r"^\[kumiki\] power: (\w+)$", power, re.M)
        if not said:
            return "no policy"
        policy = said[1]
        allowed, self.policies = self.policies, {policy}
        told = [int(life) for life in re.findall(r"^\[kumiki\]   \| again: life (\d+), other memory new$", log, re.M)]
        if policy not in allowed:
            return f"policy {policy}, of {allowed}"
        last = told[-1] if told else 0
        if told != list(range(last - len(told) + 1, last + 1)) or len(told) < min(last, 6):
            return f"lives {told}"
        return ""


class Service(Campaign):
    """A service; a case is a seed."""

    group, image, classes, harmless, many, keys = "service", ELF, FATES, FATES[4:], MANY, ("kind",)

    def __init__(self, name):
        assert name in SERVICES
        self.name = name

    @contextlib.contextmanager
    def start(self, _case):
        with tempfile.TemporaryDirectory() as folder, Served(f"service-damage-{self.name}", Path(folder)) as machine:
            if "functions" not in self.results.notes:
                self.results.note("functions", machine.functions(self.name))
            yield machine

    def place(self, machine, _case, dice):
        """A random place, while the service works for some command."""
        for _ in range(TRIES):
            place, command = dice.choice(self.results.notes["functions"]["value"])
            machine.begin(command)
            if machine.stand(self.name, place, dice.randrange(STEPS)):
                machine.command = command
                return f"{command or 'idle'}, {machine.at(self.name)}"
            machine.rest()
        raise AssertionError(f"{self.name} comes nowhere")

    def damage(self, machine, case, dice):
        return machine.damage(KINDS[case % len(KINDS)], self.name, dice)

    def judge(self, machine, case, damage):
        return machine.judge_damage(machine.command, KINDS[case % len(KINDS)], damage)

    def stays(self, machine, damage):
        return machine.stays(damage)

    def fault(self, machine, case):
        return super().fault(machine, case) | {"kind": KINDS[case % len(KINDS)]}
