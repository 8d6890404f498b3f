"""Puts faults into the RTOS's kernel, and judges each (docs/rtos/recovery.md). Each fault has a machine of its own, in which
two clients keep files. A seed chooses the kind of the fault, and how many interrupts, calls and instructions come before it.
Instructions are counted, so that the machine's pauses take the host no time. With one CPU, the same seed is the same run.
With two, the other CPU may go on a little when a debugger stops one. Used by campaigns.py."""

import contextlib
import random
import re
import struct

import dump
import gdbstub
import kumiki_machine as km
from campaign import Campaign

ELF = km.BUILD / "rtos/kernel.elf"
# {target: image}. In "kernel" two CPUs watch each other. "kernel-one" is a partition with one CPU and a watchdog.
TARGETS = {"kernel": "kept.img", "kernel-one": "kept-one.img"}
# A fault has the first class that fits. "silent": an answer or a kept file is wrong, and nothing reports it. "not put in":
# the debugger lost the machine before the fault.
CLASSES = ("hang", "silent", "kept data lost, and told", "clear error", "restarted with report", "program restarted",
           "no effect", "not put in")
KINDS = ("text", "data", "object", "stack", "register", "loop")
# An instruction takes 32 ns, so that seconds of computing take the host less time. QEMU takes a stopped CPU for an idle one,
# and goes on to the machine's next deadline: the turns give it one soon. While the first CPU computes, the second CPU has a
# turn only when the machine is interrupted.
SLOW = ["-icount", "shift=5,align=off,sleep=off", *km.turns(2000)]
LOOK = 0.2  # seconds of the host without a line; then the machine is interrupted
SILENCE = 40  # seconds of the machine without a line: it hangs. It finds its own hangs within 11 s
CLOCK = 0x9010000  # the PL031's seconds
INTERRUPTS, CALLS, STEPS = (20, 100), 30, 250  # a fault comes after so many interrupts, then calls, then steps
ROUNDS = 14  # lines of each client behind the fault: 7 s. All text is checked once in less
CLIENTS = ("first", "second")
LR, SP, PC = 30, 31, 32
TEXT = 0xffffffc000000000
CODE = 8192  # bytes of text in which a RET is looked for
WFI, RET = 0xd503207f, 0xd65f03c0
STACKS = 8 * 8192  # bytes: LAYOUT_STACK_STEP for each CPU
OBJECTS, TABLE, HANDLES = 3, 4, 5  # enum frame_kind
FIELDS = ("struct memory.frames", "struct memory.at", "struct memory.pages")

BEGUN = "begun anew after a crash of the kernel"
TOLD = (r"^kumiki-rtos: the machine (?:is reset|stops here)|^init: .*: status|starting the machine anew|"
        r"^\[kumiki\] rtos stopped: ")


class Kernel:
    """One machine, and the faults for its kernel."""

    def __init__(self, machine, stub, monitor):
        self.machine, self.stub, self.monitor = machine, stub, monitor
        self.symbols, self.random = gdbstub.symbols(ELF), None
        self.following = None  # a Following, once a fault is in

    def arrive(self, name, times):
        """Runs until a function's entry was reached `times` times."""
        self.stub.breakpoint(self.symbols[name])
        for _ in range(times):
            if self.stub.register(PC) == self.symbols[name]:
                self.stub.step()
            self.stub.go()
        self.stub.clear(self.symbols[name])

    def reach(self):
        """Runs to a random instruction of the kernel, after both clients have begun."""
        begun = set()
        while len(begun) < len(CLIENTS):
            self.arrive("thread_call_yield", 1)
            begun.add(self.stub.register(0))  # the thread
        self.arrive("handle_interrupt", self.random.randrange(*INTERRUPTS))
        self.arrive("trap_sync", self.random.randrange(CALLS))
        self.trace = [self.stub.register(PC)]
        for _ in range(self.random.randrange(STEPS)):
            self.stub.step()
            if self.leaves(self.stub.register(PC)):
                self.arrive("trap_sync", 1)
            self.trace.append(self.stub.register(PC))

    def leaves(self, pc):
        """Whether the next step leaves the kernel, or waits in it. No timer goes off in a single step, so the wait would
        never end."""
        return pc < TEXT or self.stub.word(pc) & 0xffffffff == WFI

    def change(self, address):
        old = self.stub.word(address)
        new = old ^ 1 << self.random.randrange(64) if self.random.random() < 0.5 else self.random.getrandbits(64)
        self.stub.write(address, struct.pack("<Q", new))
        return f"{address:#x}: {old:#x} is {new:#x}"

    def change_used(self, choose):
        """Changes a word of those that `choose` gives. Most words are 0: every second time, one that isn't."""
        used = self.random.random() < 0.5
        place = choose()
        while used and self.stub.word(place) == 0:
            place = choose()
        return self.change(place)

    def within(self, first, last):
        return self.random.randrange(self.symbols[first], self.symbols[last], 8)

    def text(self):
        """Changes an instruction: one that ran just now, or any."""
        used = self.random.random() < 0.5
        return self.change(self.random.choice(self.trace) & ~7 if used else self.within("kernel_text", "kernel_data"))

    def data(self):
        """Changes a variable. Stacks are left out, because pages between them aren't mapped."""
        first, last = self.symbols["cpu_stacks"], self.symbols["cpu_stacks"] + STACKS

        def choose():
            while first <= (place := self.within("kernel_data", "kernel_end")) < last:
                pass
            return place

        return self.change_used(choose)

    def object(self):
        """Changes a word in a page of objects, handles or tables, or in the entries of frames."""
        at = gdbstub.offsets(ELF, FIELDS)
        memory = {name: self.stub.word(self.symbols["memory"] + offset) for name, offset in at.items()}
        frames, pages = memory["memory.frames"], memory["memory.pages"]
        kinds = self.stub.read(frames, 16 * pages)[12::16]
        found = [page for page, kind in enumerate(kinds) if kind in (OBJECTS, TABLE, HANDLES)]
        if self.random.random() < 0.2:
            return self.change(frames + 8 * self.random.randrange(2 * pages))
        return self.change_used(lambda: memory["memory.at"] + 4096 * self.random.choice(found) + 8 * self.random.randrange(512))

    def stack(self):
        sp = self.stub.register(SP) & ~7
        top = (sp + 4095) // 4096 * 4096
        return self.change(self.random.randrange(sp, top, 8) if sp < top else sp - 8)

    def register(self):
        number = self.random.randrange(PC + 1)
        old = self.stub.register(number)
        new = old ^ 1 << self.random.randrange(64) if self.random.random() < 0.5 else self.random.getrandbits(64)
        self.stub.set_register(number, new)
        return f"register {number}: {old:#x} is {new:#x}"

    def loop(self):
        """Lets this CPU loop at a RET that returns to itself."""
        pc = self.stub.register(PC)
        code = struct.unpack(f"<{CODE // 4}I", self.stub.read(self.symbols["kernel_text"], CODE))
        for register in (LR, PC):
            self.stub.set_register(register, self.symbols["kernel_text"] + 4 * code.index(RET))
        return f"at {pc:#x}"


class Following:
    """Follows the lines of a machine's clients after a fault."""

    def __init__(self, machine, stub, monitor):
        self.machine, self.stub, self.monitor = machine, stub, monitor
        self.begin = self.end = len(machine.text)

    def now(self):
        """The machine's time, in seconds."""
        return int(self.monitor.monitor(f"xp /1wx {CLOCK:#x}").split(":")[1], 16)

    def line(self, pattern):
        """Whether there is another one."""
        since = self.now()
        while True:
            late = self.now() - since > SILENCE
            with self.machine.news:
                if found := pattern.search(self.machine.text, self.end):
                    break
                if late and self.machine.all_read():
                    return False
                quiet = not self.machine.news.wait(LOOK)
            if quiet:
                self.stub.interrupt()
        self.end = found.end()
        return True

    def goes_on(self):
        """Whether each client says ROUNDS more lines."""
        patterns = [re.compile(rf"\b{name}: round \d+\n") for name in CLIENTS * ROUNDS]
        try:
            return all(map(self.line, patterns))
        except (OSError, ValueError):
            return False  # the machine ended

    def text(self, whole):
        return self.machine.text[self.begin:None if whole else self.end].replace("[rtos] ", "")


def classify(text, failed):
    """The class of a fault, by the console's text after it."""
    lost = re.search(TOLD, text, re.MULTILINE)
    starts = re.findall(r": start (\d+), ", text[text.rfind(BEGUN):] if BEGUN in text else "")
    if failed and not lost:
        return "hang"
    if re.search(r": wrong [1-9]|, WRONG", text) or (not failed and not lost and "1" in starts):
        return "silent"
    if failed or lost or "kept is damaged" in text:
        return "kept data lost, and told"
    if re.search(r": errors [1-9]", text):
        return "clear error"
    if BEGUN in text:
        return "restarted with report"
    return "program restarted" if re.search(r"^(?:supervisor|init): |program 0 ", text, re.MULTILINE) \
        else "no effect"


class Lost(Exception):
    """The debugger lost the machine before a fault was put in."""


class KernelCampaign(Campaign):
    classes, keys = CLASSES, ("kind",)

    def __init__(self, target):
        self.name, self.image = target, km.BUILD / "rtos" / TARGETS[target]

    @contextlib.contextmanager
    def start(self, case):
        name = f"rtos-{self.name}-{KINDS[case % len(KINDS)]}-{case}"
        gdb, monitor = (km.TESTS / f"{name}.{end}" for end in ("gdb", "monitor"))
        km.TESTS.mkdir(parents=True, exist_ok=True)
        gdb.unlink(missing_ok=True)
        extra = [*SLOW, "-S", "-gdb", f"unix:{gdb},server=on,wait=off", *dump.arguments(monitor)]
        machine = km.bare(name, self.image, cpus=2, extra=extra) if self.name == "kernel" else \
            km.kumiki(name, km.rtos_description(name, self.image), extra=extra)
        with machine:
            stub = gdbstub.Stub(gdb)
            with dump.Dump(monitor, km.TESTS) as memory:
                yield Kernel(machine, stub, memory)

    def dice(self, case):
        return random.Random(case)

    def place(self, kernel, _case, dice):
        kernel.random = dice
        try:
            kernel.reach()
        except (EOFError, OSError) as error:
            raise Lost(error) from error
        return f"{kernel.stub.register(PC):#x}"

    def damage(self, kernel, case, _dice):
        kernel.following = Following(kernel.machine, kernel.stub, kernel.monitor)
        return getattr(kernel, KINDS[case % len(KINDS)])()

    def judge(self, kernel, _case, _damage):
        """The class of the fault, and the last text of the console."""
        kernel.stub.let_go()
        failed = not kernel.following.goes_on()
        text = kernel.following.text(failed)
        return classify(text, failed), text[-3000:]

    def fault(self, kernel, case):
        kind = {"kind": KINDS[case % len(KINDS)]}
        try:
            return super().fault(kernel, case) | kind
        except Lost as lost:
            return {"class": "not put in", "why": str(lost), **kind}
