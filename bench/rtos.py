"""What the RTOS's ways cost: programs of bench/rtos that time themselves, on the bare machine and in a
partition, from the same image; and the longest stretch of its kernel with interrupts masked, counted in
QEMU's log as masked.py does for the frame. Used by run.py."""

import collections
import re

import campaign
import kumiki_machine as km
import lock
import masked
import small

CALL = "svc of one process to the first instruction of the other one, on one CPU"
# What a machine has, but for those that need more.
MEMORY = collections.defaultdict(lambda: "16M", pages="64M", wait="64M")
# Program: what of the machine it has; its figures.
PROGRAMS = {
    "message": ((), {
        # Shows: kernel.messages.
        "ipc.call": f"RTOS_CALL to a waiting server: {CALL}",
        "ipc.reply": f"its RTOS_REPLY_WAIT: {CALL}",
        "ipc.call8": "RTOS_CALL with eight words",
        "ipc.call.fp": "RTOS_CALL, both threads have FP registers",
        "ipc.reply.fp": "RTOS_REPLY_WAIT, both threads have FP registers",
        "signal": "RTOS_SIGNAL: its svc to the first instruction of a more urgent thread of another process that waits",
    }),
    "pages": ((), {
        "ipc.pages.1": "1 page lent with a call until it is answered: the client's svc to its next instruction, what the server "
                       "does included",
        "ipc.pages.16": "the same with 16 pages",
    }),
    "irq": (("pl031",), {
        # Shows: kernel.drivers.
        "irq.thread.idle": "a timer's deadline to the first instruction of a driver's thread, CPU asleep",
        # Shows: kernel.drivers.
        "irq.thread.busy": "the same, a less urgent process computes",
        "irq.thread.idle.line": "a device's line (PL031 alarm) to the first instruction of its driver's thread, CPU asleep",
        "irq.thread.busy.line": "the same, a less urgent process computes",
    }),
}
# Of the kernel on several CPUs, the shortest ways.
ON_SEVERAL = ("ipc.call", "ipc.reply")


def image(program):
    return km.BUILD / f"rtos/bench-{program}.img"


def _run(program, cpus=1):
    """What the program tells, (on the bare machine, in a partition)."""
    name = f"bench-rtos-{program}-{cpus}"
    system = km.description(name, [km.partition("rtos", cores=(1 << cpus) - 1, memory=f"{MEMORY[program]} as 0x40000000",
                                                image=image(program), access=PROGRAMS[program][0])])
    return _told(km.bare(f"{name}-bare", image(program), cpus=cpus, memory=MEMORY[program])), _told(km.kumiki(name, system))


def _told(machine):
    with machine:
        machine.expect(small.DONE, 300)
        if "FAILED" in machine.text:
            raise SystemExit(f"bench: {machine.log_path}: a call failed")
        return machine.text


def _figure(name, what, bare, kumiki):
    return small.figure(name, what, kumiki) | {"bare_median": bare["median"], "bare_worst": bare["worst"]}


def measure_rtos():
    """Figures that the programs tell themselves. "bare" is what the goals are about."""
    for program, (_, meanings) in PROGRAMS.items():
        text = _run(program)
        bare, kumiki = map(small.parse_figures, text)
        for name, what in meanings.items():
            yield _figure(name, what, bare[name], kumiki[name])
        if program == "message":
            yield {"name": "rtos.boot.program", "unit": "instructions", "bare": int(re.search(r"STARTED (\d+) ", text[0])[1]),
                   "what": "the kernel's first instruction to program 0's, 16 MiB, one CPU"}
    bare, kumiki = map(small.parse_figures, _run("message", CPUS))
    for name in ON_SEVERAL:
        yield _figure(f"{name}.smp", f"{PROGRAMS['message'][1][name]}, kernel started on {CPUS} CPUs", bare[name], kumiki[name])


# ---- what tests' judges tell of their counters ----

JUDGED = {
    "files-plain": {
        "file.read.4k": "a program reads 4 KiB of a file in the RAM file system into the buffer that it shares with "
                        "its server: the whole call in C, mean of 64; with kumiki,no-sums",
        "file.write.4k": "the same, written over what is there",
    },
    "files": {
        "file.restart": "a manager has the file system's server restarted, 1 MiB with one file: to the first read that "
                        "the new one has answered",
    },
    "loading": {
        "spawn": "a program of five pages is started from a file of the boot image by the loader, runs and exits: from the "
                 "request to the answer that says how it ended; the worst of 20",
    },
    "replace": {
        # Shows: rtos.replace.
        "replace.pause": "a server is replaced by a version with another record of 3.4 KiB, the new process made beforehand: how "
                         "much later than due a client has its answer, at the most; two clients that call all the time, ten "
                         "replacements",
    },
}


def judged(machine):
    with machine:
        machine.expect(r"tests: \d+ passed, 0 failed", 300)
        return {name: int(value) for name, value in re.findall(r"FIGURE (\S+) (\d+)", machine.text)}


def measure_judged():
    for name, figures in JUDGED.items():
        path = km.RTOS / f"{name}.img"
        bare = judged(km.bare(f"bench-rtos-{name}-bare", path))
        kumiki = judged(km.kumiki(f"bench-rtos-{name}", km.rtos_description(f"bench-rtos-{name}", path)))
        for figure, what in figures.items():
            yield {"name": figure, "unit": "instructions", "what": what, "bare": bare[figure], "value": kumiki[figure]}


# ---- restarts, and a whole system ----

CRASHES = 1000
RESTARTS = {
    "server.restart": ("a new console driver has written after at most",
                       "a manager's call that restarts the console's driver, to the first text that the new one has "
                       "written; the worst of five"),
    # Shows: rtos.restart.
    "server.fault": ("a fault costs its client at most",
                     "a client's call whose server faults, to its successor's answer; the worst of a thousand"),
}


def measure_restart():
    """What the judge of tests/rtos/servers says of its counter, whose unit is 16 instructions."""
    with km.bare("bench-rtos-restart", km.BUILD / "rtos/servers.img") as machine:
        machine.expect("judge: type a line", 120)
        machine.send("a line\r")
        machine.expect(r"tests: \d+ passed, \d+ failed", 60)
        text = machine.text
    for name, (said, what) in RESTARTS.items():
        yield {"name": name, "unit": "instructions", "bare": int(re.search(said + r" (\d+) ns", text)[1]),
               "what": what}
    runs = [campaign.run(seed, CRASHES // 4, ("crash",)) for seed in range(1, 5)]
    faults = [fault for run in runs for fault in run["faults"]]
    assert len(faults) == CRASHES and all(fault["starts"] > 0 for fault in faults)
    yield {"name": "restart.failed", "unit": "requests", "bare": sum(fault.get("failed", 1) for fault in faults),
           "what": "answers that were wrong, errors, and crashes after which the work didn't go on, in a thousand crashes "
                   "of a server at random instructions, while two clients ask it without a pause (docs/rtos/recovery.md)"}
    free = int(re.search(r"judge: begins after \d+ ns; (\d+) pages are free", text)[1])
    yield {"name": "rtos.memory", "unit": "bytes", "bare": (4096 - free) * 4096,
           "what": "what of 16 MiB isn't free when the manifest's last program begins: kernel, init, supervisor, console, "
                   "two small programs"}


# ---- interrupts masked ----

def _tests():
    return [f"test-{path.stem}" for path in sorted((km.TOP / "tests/rtos").glob("*.dts"))]


# Reaping waits there for threads that still run elsewhere, and QEMU's CPUs take turns: it would go on for hours.
ALONE = "test-processes"
CPUS = 4
STATED = km.TOP / "bench/rtos-calls.txt"


def _programs(cpus):
    if cpus > 1:
        return [*(name for name in _tests() if name != ALONE), "bench-wait"]
    return [*_tests(), "bench-message", "bench-pages", "bench-long"]


def _bare_logged(name, cpus):
    return ["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a57", "-smp", str(cpus),
            "-m", MEMORY[name.removeprefix("bench-")], "-display", "none", "-serial", "null", "-nic", "none",
            "-no-reboot", *km.ICOUNT, *masked.log_of(masked.RTOS_KERNEL), "-kernel", km.BUILD / f"rtos/{name}.img"]


def _lock_waits():
    """Where a CPU waits for its turn at the kernel's lock (rtos/kernel/arch/aarch64/include/machine/lock.h): from the WFE to the branch
    back to it, around the only LDAXRH there is."""
    return {at + step for at in masked.instructions(km.BUILD / "rtos/kernel.elf", "ldaxrh") for step in range(-4, 12, 4)}


def _handlers():
    """{what the kernel does a call in: the call's name}"""
    text = (km.TOP / "rtos/kernel/core/call.c").read_text()
    return {handler: call for call, handler in re.findall(r"\[(RTOS_\w+)\] = (\w+),", text)}


def _stated():
    """What bench/rtos-calls.txt states: {call: its longest stretch}, "several-cpus" and "lock-wait"."""
    return {name: int(most) for name, most in re.findall(r"^([\w-]+) +(\d+)", STATED.read_text(), re.MULTILINE)}


def _longest_of_calls(stretches, handlers, longest):
    for length, way in stretches.ways:
        functions = (each.split(":")[0] for each in way.split())
        call = next((handlers[name] for name in functions if name in handlers), None)
        if call:
            longest[call] = max(longest.get(call, 0), length)


def _hold_to_what_is_stated(calls, handlers, cpus):
    stated = _stated()
    more = stated["several-cpus"] if cpus > 1 else 0
    wrong = [f"{call} takes {calls.get(call, 0)}, {STATED.name} states {stated.get(call)}" for call in handlers.values()
             if call not in stated or calls.get(call, 0) > stated[call] + more]
    if wrong:
        raise SystemExit("bench: " + "; ".join(wrong))


def _masked(cpus):
    """What the figure has of all stretches, and the longest of each call."""
    lengths, longest, locks = collections.Counter(), (0, ""), []
    calls, handlers, waits = {}, _handlers(), _lock_waits()
    for name in _programs(cpus):
        stretches = masked.measure(_bare_logged(name, cpus), km.BUILD / "rtos/kernel.elf", 600, apart=waits, kind=lock.Waits)
        lengths.update(stretches.histogram())
        if not stretches.ways:
            raise SystemExit(f"bench: QEMU logged nothing of the RTOS's kernel with {name}")
        longest = max(longest, stretches.longest()[0][0])
        locks.append(stretches)
        _longest_of_calls(stretches, handlers, calls)
    _hold_to_what_is_stated(calls, handlers, cpus)
    waited = sum(each.waited for each in locks)
    return {**_of_lengths(lengths), "way": longest[1], "calls": calls, "waited": waited}, locks


def _of_lengths(lengths):
    ordered = sorted(lengths.elements())
    return {"unit": "instructions", "bare_median": ordered[len(ordered) // 2], "bare_worst": ordered[-1],
            "samples": len(ordered)}


def _lock_wait(locks):
    """Of those that waited at all."""
    waits = sum((each.waits for each in locks), collections.Counter())
    del waits[0]
    longest = max(each.longest_wait for each in locks)
    most = _stated()["lock-wait"]
    if longest[0] > most:
        raise SystemExit(f"bench: a CPU waits for {longest[0]} instructions of others, {STATED.name} states {most}: "
                         f"{longest[1]}")
    return {**_of_lengths(waits), "way": longest[1]}


def measure_masked():
    alone, _ = _masked(1)
    # Shows: kernel.bounded.
    yield {"name": "kernel.masked.max",
           "what": "a stretch with interrupts masked in the RTOS's kernel, one CPU: its tests and what measures it, a "
                   "program among them that does the longest calls", **alone}
    several, locks = _masked(CPUS)
    yield {"name": "kernel.masked.max.smp",
           "what": f"the same of its tests on a kernel started on {CPUS} CPUs, that it waits for the lock apart; waited: "
                   "stretches in which it did", **several}
    # Shows: kernel.bounded.
    yield {"name": "kernel.lock.wait",
           "what": f"what others do with the kernel's lock while a CPU waits for it, on {CPUS} CPUs: those tests, and a "
                   "program that has all of them do what takes long", **_lock_wait(locks)}
