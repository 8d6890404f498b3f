"""What watching costs the Linux that is watched, and what prevention costs its own changes of code (watch.cost…, watch.site…,
watch.module). Used by run.py.

For the cost the watcher and its Linux share one core, and the watcher is more urgent. The Linux does the same work with
and without its watcher. The time for which it was ready and somebody else had the core (its account's stolen time) is
taken off: what is left is longer by what the frame does for the watcher, and by what the Linux does once more."""

import re
import statistics

import kumiki_machine as km

INITRD = km.BUILD / "guests/initrd-modules.cpio"
PROMPT = r"^(?:\[linux\] )?/ # $"
WATCHED = r"^\[watcher\] (?:\$ )?linux: text, constants, vectors and tasks are watched$"
SEALED = r"^\[watcher\] (?:\$ )?linux: its kernel executes only approved code from now on$"
SHARED = "kumiki,shared-cores;"
CPU = "neoverse-n1"  # its stage 2 tells EL0 from EL1
PREVENTS = ("kumiki,mends;", "kumiki,prevents;")
# As in run.py: each start is alike. Whoever loads a module or traces waits for all CPUs, and doesn't wait for long.
ARGUMENTS = ("console=ttyAMA0 quiet panic=-1 nokaslr norandmaps randomize_kstack_offset=off rcupdate.rcu_expedited=1 "
             "kumiki.run=shell")
RUNS, ROUNDS = 3, 800
LOADINGS = 5
WORK = f"umount /proc && rmdir /proc && : > /proc; work {ROUNDS} 20 > /dev/null"
TRACING = "/sys/kernel/tracing"
TRACE = f"echo function > {TRACING}/current_tracer; echo nop > {TRACING}/current_tracer"


def _times(count, command):
    return f"i=0; while [ $i -lt {count} ]; do {command}; i=$((i+1)); done"


LOADS = {
    "forks": _times(500, "/bin/busybox true"),
    "pipes": "dd if=/dev/zero bs=512 count=60000 2> /dev/null | cat > /dev/null",
    "calls": "dd if=/dev/zero of=/dev/null bs=1 count=200000 2> /dev/null",
    "reads": _times(200, "dd if=/bin/busybox of=/dev/null bs=4k 2> /dev/null"),
    "writes": _times(10, "dd if=/dev/zero of=/tmp/file bs=4k count=4000 2> /dev/null; rm /tmp/file"),
    "pages": _times(4, "head -c 4000000 /dev/zero | tail -c 4000000 > /dev/null"),
    "processes": _times(150, "cat /proc/[0-9]*/stat > /dev/null"),
    "modules": _times(200, "insmod /lib/modules/intruder.ko what=nothing; rmmod intruder"),
    "tracer": _times(4, TRACE),
    "keys": _times(2000, "echo 1 > /proc/sys/kernel/sched_schedstats; echo 0 > /proc/sys/kernel/sched_schedstats"),
}


def _system(name, watched, cpu=None, more=(), image="watch", shared=True):
    own = (SHARED,) if shared else ()
    linux = km.partition("linux", cores=0x1, memory="256M at 0x60000000", image=km.IMAGE["linux"], initrd=INITRD,
                         bootargs=ARGUMENTS, more=own)
    watcher = km.partition("watcher", cores=0x1 if shared else 0x2, memory=f"{56 if image == 'prevent' else 40}M as 0x40000000",
                           image=km.BUILD / f"rtos/{image}.img",
                           more=(*own, *(("kumiki,priority = <200>;",) if shared else ()), 'kumiki,watches = "linux";', *more))
    path = km.description(name, [linux, watcher] if watched else [linux])
    if cpu:
        path.write_text(path.read_text().replace("/ {", f'/ {{\n\tkumiki,qemu-cpu = "{cpu}";', 1))
    return path


class _Linux:
    """A Linux at its prompt, watched or not; it has seeds, and was up as long as another one."""

    def __init__(self, machine, said, settle):
        self.machine = machine
        machine.expect_all([PROMPT, *said], 600)
        self.do(f"head -c 1 /dev/random > /dev/null; usleep {settle}; mount -t tracefs none {TRACING}", "settled")

    def do(self, command, word):
        self.machine.send(f"{command}; echo it is \"{word}\"\r")
        self.machine.expect(rf"^(?:\[linux\] )?it is {word}$", 1200)
        self.machine.expect(PROMPT, 60)

    def stretch(self, command):
        """How long it takes, in ticks of the counter."""
        begin = self.machine.position
        self.do(f"stamp begin; {command}; stamp end", "over")
        stamps = dict(re.findall(r"stamp (begin|end) (\d+)$", self.machine.text[begin:self.machine.position], re.M))
        return int(stamps["end"]) - int(stamps["begin"])

    def _stolen(self):
        """For how many ticks it was ready in vain since its start."""
        begin = self.machine.position
        self.machine.send("\x1dcaccounts --json\r")
        self.machine.expect(r"^\[kumiki\] \]\}$", 60)
        stolen = re.findall(r'^\[kumiki\] .*"partition": "linux".*"stolen": (\d+)', self.machine.text[begin:], re.M)
        self.machine.send("\x1d1\r")
        self.machine.expect(PROMPT, 60)
        return sum(map(int, stolen))

    def work(self, command):
        """The same without the time that was stolen from it."""
        before = self._stolen()
        ticks = self.stretch(command)
        return ticks - (self._stolen() - before)


def _run(name, command, settle, **options):
    """What each of the commands takes."""
    said = [WATCHED, *([SEALED] if "more" in options else [])] if options["watched"] else []
    with km.kumiki(name, _system(name, **options)) as machine:
        linux = _Linux(machine, said, settle)
        return [linux.work(each) for each in command]


def _measure_work(name, what, **options):
    cpu, pairs = options.get("cpu"), []
    for run in range(RUNS):
        settle = 10_000_000 + 300_000 * run  # so that ticks and looks fall otherwise
        watched = _run(f"bench-{name}", [WORK], settle, watched=True, **options)[0]
        pairs.append((_run(f"bench-{name}-alone", [WORK], settle, watched=False, cpu=cpu)[0], watched))
    ratios = [watched / alone for alone, watched in pairs]
    return {"name": name, "unit": "instructions", "value": round(16 * statistics.mean(watched for _, watched in pairs) / ROUNDS),
            "ratio": round(statistics.mean(ratios), 5), "error": round(statistics.stdev(ratios) / RUNS ** 0.5, 5),
            "ratios": [round(each, 5) for each in ratios], "samples": RUNS * ROUNDS,
            "what": f"{what}; the ratio: to the same Linux without a watcher on the same CPU"}


def _measure_loads(name, what, without=(), **options):
    loads = {load: command for load, command in LOADS.items() if load not in without}
    watched = _run(f"bench-{name}", loads.values(), 10_000_000, watched=True, **options)
    alone = _run(f"bench-{name}-alone", loads.values(), 10_000_000, watched=False, cpu=options.get("cpu"))
    ratios = {load: round(a / b, 5) for load, a, b in zip(loads, watched, alone)}
    worst = max(ratios, key=ratios.get)
    return {"name": name, "unit": "of the load's time", "ratio": ratios[worst], "ratios": ratios, "samples": len(loads),
            "load": worst,
            "what": f"the worst of {len(loads)} loads of {what}, which is {worst}: {', '.join(loads)}"}


# ---- the Linux's own changes of code, with the watcher on a core of its own ----

MODULES = ("failover", "net_failover", "virtio_net")  # each needs those before it


def _stores(linux):
    """(stores, ticks) of the kernel's own changes of some jump labels."""
    linux.do("insmod /lib/modules/intruder.ko what=sites; rmmod intruder", "over")
    return [int(number) for number in re.search(r"intruder: (\d+) stores took (\d+) ticks", linux.machine.text).groups()]


def _loadings(linux):
    """{module: [ticks]}"""
    found = {module: [] for module in MODULES}
    for _ in range(LOADINGS):
        linux.do("; ".join(f"rmmod {module}" for module in reversed(MODULES)), "unloaded")
        for module in MODULES:
            found[module].append(linux.stretch(f"insmod /lib/modules/$(uname -r)/{module}.ko"))
    return found


def _changes(name, more):
    path = _system(name, watched=True, cpu=CPU, more=more, image="prevent", shared=False)
    with km.kumiki(name, path) as machine:
        linux = _Linux(machine, [WATCHED, *([SEALED] if more is PREVENTS else [])], 0)
        return _stores(linux), _loadings(linux)


def measure():
    yield _measure_work("watch.cost", "a round of forks and pipes in a watched Linux, less what its watcher takes of their core")
    yield _measure_work("watch.cost.prevents", "the same in a Linux whose watcher prevents", cpu=CPU, more=PREVENTS, image="prevent")


def measure_loads():
    yield _measure_loads("watch.cost.loads", "a watched Linux")
    # What changes code has figures of its own: watch.module, watch.site.
    yield _measure_loads("watch.cost.loads.prevents", "a Linux whose watcher prevents", ("modules", "tracer", "keys"), cpu=CPU,
                         more=PREVENTS, image="prevent")


def measure_changes():
    (stores, ticks), loadings = _changes("bench-watch-site", PREVENTS)
    (_, free), freely = _changes("bench-watch-site-free", ("kumiki,mends;",))
    yield {"name": "watch.site", "unit": "instructions", "value": round(16 * (ticks - free) / stores), "samples": stores,
           "what": "a store of the kernel's own at a jump label under prevention, more than without"}
    more = {module: 16 * (statistics.median_high(loadings[module]) - statistics.median_high(freely[module])) for module in MODULES}
    yield {"name": "watch.module", "unit": "instructions", "value": max(more.values()), "modules": more,
           "samples": LOADINGS * len(MODULES),
           "what": f"a module is loaded under prevention, more than without; the worst of {', '.join(MODULES)}"}
