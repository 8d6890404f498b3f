"""Faults put into the RTOS's kernel, each at a random instruction of a machine of its own, while two clients keep files;
and what comes of each (docs/rtos/recovery.md). The same seed is the same kind of fault, put in behind as many interrupts,
calls and instructions. The machine runs in real time: QEMU 7.2 hangs if a debugger stops a machine that counts
instructions while all its CPUs are idle. Used by campaign.py."""

import collections
import concurrent.futures
import random
import re
import struct

import campaign_results
import gdbstub
import kumiki_machine as km

ELF = km.BUILD / "rtos/kernel.elf"
TARGETS = {"kernel": ("kept.img", 2), "kernel-one": ("kept-one.img", 1)}  # the image, and its machine's CPUs
# Of one fault, the worst that fits. "silent": an answer, or what was kept, is wrong, and nobody says so. "not put in": the debugger lost
# the machine before, and the kernel is as it was.
CLASSES = ("hang", "silent", "kept data lost, and told", "clear error", "restarted with report", "program restarted",
           "no effect", "not put in")
KINDS = ("text", "data", "object", "stack", "register", "loop")
SECONDS = 30  # of the host, for half a second of the machine's time
INTERRUPTS, CALLS, STEPS = (150, 400), 30, 250  # where a fault is put in: so many of these, one behind the other
ROUNDS = 14  # lines of each client behind the fault: 7 s, longer than it takes to look at all text once
CLIENTS = ("first", "second")
SP, PC = 31, 32
TEXT = 0xffffffc000000000
STACKS = 8 * 8192  # bytes: LAYOUT_STACK_STEP for each CPU
OBJECTS, TABLE, HANDLES = 3, 4, 5  # enum frame_kind
FIELDS = ("struct memory.frames", "struct memory.at", "struct memory.pages")

BEGUN = "begun anew after a crash of the kernel"
TOLD = r"^kumiki-rtos: the machine (?:is reset|stops here)|^init: .*: status|starting the machine anew"


class Fault:
    """One machine, and what is put into its kernel."""

    def __init__(self, stub, seed):
        self.stub = stub
        self.random = random.Random(seed)
        self.symbols = gdbstub.symbols(ELF)

    def arrive(self, name, times):
        """At a function's entry, so many times."""
        self.stub.breakpoint(self.symbols[name])
        for _ in range(times):
            self.stub.step(SECONDS)
            self.stub.go(SECONDS)
        self.stub.clear(self.symbols[name])

    def reach(self):
        """A random instruction of the kernel's, after both clients have begun."""
        begun = set()
        while len(begun) < len(CLIENTS):
            self.arrive("thread_call_yield", 1)
            begun.add(self.stub.register(0))  # the thread
        self.arrive("handle_interrupt", self.random.randrange(*INTERRUPTS))
        self.arrive("trap_sync", self.random.randrange(CALLS))
        self.trace = [self.stub.register(PC)]
        for _ in range(self.random.randrange(STEPS)):
            self.stub.step(SECONDS)
            if self.stub.register(PC) < TEXT:
                self.arrive("trap_sync", 1)
            self.trace.append(self.stub.register(PC))

    def change(self, address):
        old = self.stub.word(address)
        new = old ^ 1 << self.random.randrange(64) if self.random.random() < 0.5 else self.random.getrandbits(64)
        self.stub.write(address, struct.pack("<Q", new))
        return f"{address:#x}: {old:#x} is {new:#x}"

    def within(self, first, last):
        return self.random.randrange(self.symbols[first], self.symbols[last], 8)

    def text(self):
        """Where it was just now, or anywhere."""
        used = self.random.random() < 0.5
        return self.change(self.random.choice(self.trace) & ~7 if used else self.within("kernel_text", "kernel_data"))

    def data(self):
        """But the stacks: between these are pages that aren't mapped."""
        first, last = self.symbols["cpu_stacks"], self.symbols["cpu_stacks"] + STACKS
        while first <= (place := self.within("kernel_data", "kernel_end")) < last:
            pass
        return self.change(place)

    def object(self):
        """In a page of objects, handles or tables, or in the entries of frames."""
        at = gdbstub.offsets(ELF, FIELDS)
        memory = {name: self.stub.word(self.symbols["memory"] + offset) for name, offset in at.items()}
        frames, pages = memory["memory.frames"], memory["memory.pages"]
        kinds = self.stub.read(frames, 16 * pages)[12::16]
        found = [page for page, kind in enumerate(kinds) if kind in (OBJECTS, TABLE, HANDLES)]
        if self.random.random() < 0.2:
            return self.change(frames + 8 * self.random.randrange(2 * pages))
        return self.change(memory["memory.at"] + 4096 * self.random.choice(found) + 8 * self.random.randrange(512))

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
        """Without an end, of this CPU alone."""
        pc = self.stub.register(PC)
        self.stub.set_register(PC, self.symbols["boot_park"])
        return f"at {pc:#x}"


def follow(machine, begin):
    """Until both clients have gone on for long enough. None, or how it failed."""
    try:
        for _ in range(ROUNDS):
            for name in CLIENTS:
                machine.expect_since(begin, [rf"{name}: round \d+"], SECONDS)
                begin = machine.position
    except km.MachineError as failed:
        return str(failed).splitlines()[0]
    return None


def classify(text, failed):
    """By what the machine's console has behind the fault."""
    lost = re.search(TOLD, text, re.MULTILINE)
    starts = re.findall(r": start (\d+), ", text[text.rfind(BEGUN):] if BEGUN in text else "")
    if failed and not lost:
        return "hang"
    if re.search(r": wrong [1-9]|, WRONG", text) or (not failed and "1" in starts):
        return "silent"
    if failed or "kept is damaged" in text:
        return "kept data lost, and told"
    if re.search(r": errors [1-9]", text):
        return "clear error"
    if BEGUN in text:
        return "restarted with report"
    return "program restarted" if re.search(r"^(?:supervisor|init): |program 0 ", text, re.MULTILINE) \
        else "no effect"


def run(seed, target="kernel"):
    """One fault."""
    image, cpus = TARGETS[target]
    kind = KINDS[seed % len(KINDS)]
    name = f"rtos-{target}-{kind}-{seed}"
    path = km.TESTS / f"{name}.gdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    extra = ["-S", "-gdb", f"unix:{path},server=on,wait=off"]
    with km.bare(name, km.BUILD / "rtos" / image, cpus=cpus, mode=km.THREADS, extra=extra) as machine:
        stub = gdbstub.Stub(path)
        fault = Fault(stub, seed)
        try:
            fault.reach()
        except (EOFError, OSError) as lost:
            return {"seed": seed, "kind": kind, "what": str(lost), "class": "not put in", "text": machine.text[-3000:]}
        before = len(machine.text)
        what = getattr(fault, kind)()
        stub.let_go()
        failed = follow(machine, before)
        text = machine.text[before:]
    return {"seed": seed, "kind": kind, "what": what, "class": classify(text, failed), "text": text[-3000:]}


def table(faults):
    counts = collections.defaultdict(collections.Counter)
    for fault in faults:
        counts[fault["kind"]][fault["class"]] += 1
        counts["all"][fault["class"]] += 1
    return counts


def show(faults):
    counts = table(faults)
    lines = ["| fault | " + " | ".join(CLASSES) + " |", "|---|" + "---|" * len(CLASSES)]
    lines += ["| " + " | ".join([kind, *(f"{counts[kind][name]:,}" for name in CLASSES)]) + " |"
              for kind in (*KINDS, "all") if kind in counts]
    return "\n".join(lines)


def campaign(count, workers, target, part=0):
    """So many faults, the first or (by `part`) those behind. Faults that are there already are taken from their files."""
    results = campaign_results.folder(target, km.BUILD / "rtos" / TARGETS[target][0])
    seeds = range(part * count, (part + 1) * count)
    missing = campaign_results.missing(results, seeds)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for fault in pool.map(lambda seed: run(seed, target), missing):
            campaign_results.write(results, fault["seed"], fault)
            print(f"{fault['seed']}: {fault['kind']}, {fault['what']}: {fault['class']}", flush=True)
    return campaign_results.read(results, seeds)
