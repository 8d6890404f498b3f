"""A watcher that prevents: in its Linux nothing is executed that nobody approved, and code and constants aren't written.
tests/modules/intruder is the attacker. It is an approved module, so that its attacks are what is refused."""

import re

import kumiki_machine as km
import pytest

import frame_probe
import frame_tables as ft
import gdbstub
import module_files
import sessions
from frame_crash import ELF, LAYOUT
from sessions import PROMPT, SHELL
from test_channel_store import packed
from test_frame_recovery import crash, said
from test_rules import at_prompt, rules
from test_watching import INITRD, INTRUDER, OLD, WATCHER, Linux, alarms

CPU = "neoverse-n1"  # its stage 2 tells EL0 from EL1
SEALED = "its kernel executes only approved code from now on"
BEGINS = "it begins the approved module '{}'"
LETS = ("what BPF's compiler makes is executed", "probes are set, and their slots executed")
ADDRESS = "0xffff[0-9a-f]+"
REFUSED = {"text": f"refused: to write code or a constant, at {ADDRESS}, by CPU [01] at {ADDRESS}",
           "show": f"refused: to write code or a constant, at {ADDRESS}, by CPU [01] at {ADDRESS}",
           "traced": f"refused: to write code or a constant, at {ADDRESS}, by CPU [01] at {ADDRESS}",
           # It begins with its own code, in a page where nothing was executed yet.
           "jump": f"refused: to write code or a constant, at {ADDRESS}, of module 'intruder', by CPU [01] at {ADDRESS}",
           "constant": f"refused: to write code or a constant, at {ADDRESS}, of module 'intruder', by CPU [01] at {ADDRESS}",
           "forge": f"refused: to write code or a constant, at {ADDRESS}, by CPU [01] at {ADDRESS}",
           "data": f"refused: to execute what isn't approved, at {ADDRESS}, by CPU [01] at {ADDRESS}",
           "swap": f"refused: to execute what isn't approved, at {ADDRESS}, of module 'intruder', by CPU [01] at {ADDRESS}"}
LIKE_TEXT = ("show", "traced")  # and as long
UNHARMED = ("forge",)  # the kernel itself writes, and hears that it failed
OTHERS = {"data": "cortex-a76"}
DIFFERS = "its contents aren't approved: module '{}', first at " + ADDRESS
KEXEC = "refused: to execute what isn't approved, at 0x[0-9a-f]+, by CPU 0 at 0x[0-9a-f]+"
HIDES = "module intruder has code in the kernel, and is not in the list of modules"
FOREIGN = f"refused: to execute what isn't approved, at {ADDRESS}, of module 'uio', by CPU [01] at {ADDRESS}"


def described(name, bootargs=SHELL, spared=True, more=(), initrd=INITRD, shared=False, lines=(), system="prevent"):
    """`shared`: on one core. `lines`: of the Linux. `system`: the watcher's."""
    own = ["kumiki,shared-cores;"] if shared else []
    first = [*own, "kumiki,priority = <101>;"] if shared else []
    linux = km.partition("linux", cores=0x1 if shared else 0x3, memory="256M at 0x60000000", image=km.IMAGE["linux"],
                         initrd=initrd, bootargs=bootargs, spared=spared, more=[*own, *lines])
    watcher = km.partition("watcher", cores=0x1 if shared else 0x4, memory="56M as 0x40000000",
                           image=km.BUILD / f"rtos/{system}.img",
                           more=[*first, 'kumiki,watches = "linux";', "kumiki,mends;", "kumiki,prevents;"])
    return km.description(name, [linux, watcher, *more])


def started(name, description, cpu=CPU, extra=()):
    """A system on a CPU that isn't the board's usual one."""
    command = km.command_of(description, km.TESTS / f"{name}.img")
    at = command.index("-cpu")
    return km.Machine(name, [*command[:at + 1], cpu, *command[at + 2:], *extra])


def on(name, cpu=CPU, extra=(), **options):
    return started(name, described(name, **options), cpu, extra)


def unexpected(machine):
    """What the watcher said beyond what a good life leads to."""
    good = (SEALED, "it begins the approved module", *LETS)
    return [line for line in alarms(machine) if not any(said in line for said in good)]


# Shows: prevent.life.
@pytest.mark.parametrize("spared", [pytest.param(True, id="plain", marks=pytest.mark.long), pytest.param(False, id="kpti")])
def test_good_life_goes_on(spared):
    """Approved modules, forks, jump labels, traced functions of the kernel and of a module, and CPUs that come and go."""
    name = f"prevent-life-{spared}"
    with on(name, spared=spared) as machine:
        linux = Linux(machine)
        linux.do("i=0; while [ $i -lt 100 ]; do /bin/busybox true & i=$((i+1)); done; wait; echo all of $i", "all of 100")
        for _ in range(2):
            linux.do(INTRUDER.format("nothing"), "intruder: nothing is done")
            linux.do("rmmod intruder", "intruder: nothing is undone")
        linux.do("mount -t tracefs none /sys/kernel/tracing; cd /sys/kernel/tracing; echo vfs_read virtblk_probe > "
                 "set_ftrace_filter; echo function > current_tracer; head -n 1 /proc/uptime; "
                 "echo 0 > tracing_on; grep -c vfs_read trace; "
                 "echo nop > current_tracer; cd /; echo it was \"traced\"", "it was traced")
        assert int(re.findall(r"^\[linux\] (\d+)$", machine.text, re.M)[-1]) > 0
        linux.do("echo 0 > /sys/devices/system/cpu/cpu1/online; echo 1 > /sys/devices/system/cpu/cpu1/online; "
                 "echo now $(cat /sys/devices/system/cpu/online)", "now 0-1")
        assert unexpected(machine) == []


# Shows: prevent.write, prevent.data.
@pytest.mark.parametrize("what", [pytest.param(what, marks=pytest.mark.long if what in LIKE_TEXT else ()) for what in REFUSED])
def test_attack_is_refused(what):
    """The attacker's own instruction aborts, and the Linux goes on without it."""
    name = f"prevent-{what}"
    # Without KASLR, modules are near enough to branch there.
    with on(name, OTHERS.get(what, CPU), bootargs=f"{SHELL} nokaslr") as machine:
        linux = Linux(machine)
        linux.do(f"({INTRUDER.format(what)}); echo it goes \"on\"", "it goes on")
        linux.told(REFUSED[what])
        if what not in UNHARMED:
            linux.since([r"^\[linux\] .*Internal error: (synchronous external abort|Oops).*$"])
        linux.do(f"{INTRUDER.format('nothing')}; /bin/busybox true; echo it \"works\"" if what in UNHARMED else
                 "/bin/busybox true; echo it \"works\"", "it works")
        assert ("Internal error" in machine.text) == (what not in UNHARMED)
        assert "intruder: " + what + " is done" not in machine.text
        assert not re.search("kernel (text|constant) at .* has changed", machine.text)


# Shows: prevent.write, prevent.life.
@pytest.mark.long
def test_watcher_on_the_same_core():
    """It comes first there: a vCPU that waits for its answer doesn't keep it from answering."""
    with on("prevent-shared", shared=True) as machine:
        linux = Linux(machine)
        linux.do(INTRUDER.format("nothing"), "intruder: nothing is done")
        linux.told(BEGINS.format("intruder"))
        linux.do("rmmod intruder; echo 1 > /proc/sys/kernel/sched_schedstats; echo it is \"switched\"", "it is switched")
        assert unexpected(machine) == []
        linux.do(f"({INTRUDER.format('text')}); echo it goes \"on\"", "it goes on")
        linux.told(REFUSED["text"])
        linux.do("/bin/busybox true; echo it \"works\"", "it works")
        machine.send("\x1d2alarms\r")
        machine.expect(rf"^\[watcher\] .*alarms: at \d+ us: {REFUSED['text']}$", 60)


# Shows: prevent.modules.
def test_module_that_is_not_approved_is_refused():
    """Its first instruction isn't executed. Another one is loaded after it. After a restart all is as before."""
    name = "prevent-module"
    load = "(insmod /lib/modules/$(uname -r)/uio.ko); echo it \"tried\""
    with on(name) as machine:
        begin = machine.position
        for restarts in True, False:
            linux = Linux(machine)
            linux.do(load, "it tried")
            linux.told(FOREIGN)
            linux.do(INTRUDER.format("nothing"), "intruder: nothing is done")
            linux.told(BEGINS.format("intruder"))
            machine.expect_since(begin, [rf"{WATCHER}linux: {SEALED}$"], 60)
            if restarts:
                machine.send("reboot -f\r")
                machine.expect(rf"{WATCHER}linux: it was started anew; another baseline is needed$", 60)
                begin = machine.position


# Shows: prevent.contents.
@pytest.mark.long
def test_other_contents_under_an_approved_name_are_refused():
    """One bit of an instruction, a call of another function, a constant that leads to another function, and another module;
    approved ones run before and after."""
    name = "prevent-contents"
    files = {file: module_files.unsigned((km.DEBIAN / f"linux/modules/{file}.ko").read_bytes())
             for file in ("virtio-rng", "virtio_console", "net_failover", "uio")}
    foreign = {"virtio_rng": module_files.other_instruction(files["virtio-rng"]),
               "virtio_console": module_files.other_target(files["virtio_console"]),
               "net_failover": module_files.other_pointer(files["net_failover"]),
               "intruder": module_files.other_name(files["uio"], "intruder")}
    initrd = km.TESTS / f"{name}.cpio"
    initrd.parent.mkdir(parents=True, exist_ok=True)
    initrd.write_bytes(INITRD.read_bytes() + module_files.archive(
        {f"lib/modules/foreign-{module}.ko": content for module, content in foreign.items()}))
    with on(name, initrd=initrd) as machine:
        linux = Linux(machine)
        linux.do("rmmod virtio_net net_failover; echo it is \"free\"", "it is free")
        for module in "virtio-rng", "virtio_console", "net_failover":
            linux.do(f"insmod /lib/modules/$(uname -r)/{module}.ko; rmmod {module}; echo it \"ran\"", "it ran")
            linux.told(BEGINS.format(module.replace("-", "_")))
        for module in foreign:
            linux.do(f"(insmod /lib/modules/foreign-{module}.ko); echo it \"tried\"", "it tried")
            if module != "intruder":
                linux.told(DIFFERS.format(module))
            linux.told(FOREIGN.replace("uio", module))
        linux.do("rmmod virtio_blk; insmod /lib/modules/$(uname -r)/virtio_blk.ko; echo it goes \"on\"", "it goes on")
        linux.told(BEGINS.format("virtio_blk"))


# Shows: prevent.data.
@pytest.mark.long
def test_foreign_vectors_are_refused():
    """By stage 2, whatever VBAR_EL1 is. A Linux without vectors is at its end; the next one is sealed again."""
    with on("prevent-vectors") as machine:
        Linux(machine)
        machine.send(INTRUDER.format("table") + "\r")
        machine.expect(rf"{WATCHER}linux: {REFUSED['data']}$", 60)
        begin = machine.position
        machine.expect(r"^\[kumiki\] linux: vCPU [01]: its exception vector can't be executed$", 60)
        Linux(machine)
        machine.expect_since(begin, [rf"{WATCHER}linux: {SEALED}$"], 60)


# Shows: prevent.data.
@pytest.mark.long
def test_without_stage_1_nothing_foreign_is_executed():
    """The attacker's own, approved code runs with stage 1 off and other vectors; the page that it has written doesn't."""
    with on("prevent-flat") as machine:
        linux = Linux(machine)
        linux.do(INTRUDER.format("flat"), "intruder: flat is done")
        linux.told(REFUSED["data"].replace(ADDRESS, "0x[0-9a-f]+"))
        linux.do("rmmod intruder; /bin/busybox true; echo it \"works\"", "it works")


# Shows: prevent.probes.
def test_probe_is_not_set():
    """The Linux goes on as if it were, and takes it out again; its own changes of text work behind that."""
    with on("prevent-probe") as machine:
        linux = Linux(machine)
        linux.do("mount -t tracefs none /sys/kernel/tracing; cd /sys/kernel/tracing; "
                 "echo 'p:one do_sys_openat2' > kprobe_events; echo 1 > events/kprobes/enable; cat /proc/version; "
                 "echo 0 > events/kprobes/enable; echo hits: $(grep -c one: trace); echo > kprobe_events", "hits: 0")
        linux.told(f"refused: to set a probe, at {ADDRESS}, by CPU [01] at {ADDRESS}")
        linux.do("cd /; echo 1 > /proc/sys/kernel/sched_schedstats; echo it \"works\"", "it works")
        assert len(unexpected(machine)) == 1
        assert "Internal error" not in machine.text


# Shows: prevent.jit.
def test_what_bpf_makes_is_refused():
    """Without its compiler the interpreter executes the program."""
    with on("prevent-bpf") as machine:
        linux = Linux(machine)
        linux.do("echo 0 > /proc/sys/net/core/bpf_jit_enable; " + INTRUDER.format("filter"), "intruder: the filter says 7")
        linux.do("rmmod intruder; echo 1 > /proc/sys/net/core/bpf_jit_enable", "intruder: filter is undone")
        assert unexpected(machine) == []
        linux.do(f"({INTRUDER.format('filter')}); echo it goes \"on\"", "it goes on")
        linux.told(REFUSED["data"])
        assert machine.text.count("intruder: the filter says 7") == 1


# Shows: prevent.lets.
@pytest.mark.long
def test_what_bpf_makes_is_executed_if_let():
    """Programs get the same memory one after the other, of one page or several, also from a new watcher. What else isn't
    approved is refused."""
    with on("prevent-let-bpf", system="prevent-let") as machine:
        linux = Linux(machine)
        linux.told(LETS[0])
        linux.do("cat /proc/sys/net/core/bpf_jit_enable > /tmp/jit; echo it is \"$(cat /tmp/jit)\"", "it is 1")
        for _ in range(3):
            linux.do(INTRUDER.format("filter"), "intruder: the filter says 7")
            linux.do("rmmod intruder; echo it is \"gone\"", "it is gone")
        linux.do("filters 100", "filters: rounds 100")
        machine.send("\x1d2kill watcher\r")
        machine.expect(rf"{WATCHER}supervisor: watcher was killed$", 30)
        machine.send("\x1d1\r")
        machine.expect(PROMPT, 30)
        linux.do("filters 50", "filters: rounds 50")
        assert unexpected(machine) == []
        linux.do(f"({INTRUDER.format('data')}); echo it goes \"on\"", "it goes on")
        linux.told(REFUSED["data"])
        linux.do("(insmod /lib/modules/$(uname -r)/uio.ko); echo it \"tried\"", "it tried")
        linux.told(FOREIGN)


# Shows: prevent.lets.
@pytest.mark.long
def test_probe_is_set_if_let():
    """It is hit, and taken out again. Other stores into text are refused."""
    with on("prevent-let-probe", system="prevent-let") as machine:
        linux = Linux(machine)
        linux.told(LETS[1])
        for _ in range(2):
            linux.do("mount -t tracefs none /sys/kernel/tracing; cd /sys/kernel/tracing; "
                     "echo 'p:one do_sys_openat2' > kprobe_events; echo 'p:two do_sys_openat2+0x10' >> kprobe_events; "
                     "echo 1 > events/kprobes/enable; cat /proc/version; echo 0 > events/kprobes/enable; "
                     "echo $(grep -c one: trace) $(grep -c two: trace) | sed 's/[1-9][0-9]*/some/g'; "
                     "echo > kprobe_events; echo > trace; cd /", "some some")
        linux.do("echo 1 > /proc/sys/kernel/sched_schedstats; echo it \"works\"", "it works")
        assert unexpected(machine) == []
        linux.do(f"({INTRUDER.format('text')}); echo it goes \"on\"", "it goes on")
        linux.told(REFUSED["text"])


# kexec asks for _text, as in guests/linux/kdump.sh.
KALLSYMS = ("stext=$(sed -n 's/^\\([0-9a-f]*\\) T _stext$/\\1/p' /proc/kallsyms); "
            "{ printf '%x T _text\\n' $((0x$stext - 0x10000)); cat /proc/kallsyms; } > /tmp/symbols; "
            "mount --bind /tmp/symbols /proc/kallsyms")


# Shows: prevent.kexec.
def test_kexec_is_refused():
    """By options of its own the Linux restarts then, and is sealed anew."""
    name = "prevent-kexec"
    tree = km.DEBIAN / "kexec"
    files = {str(file.relative_to(tree)): file.read_bytes() for file in sorted(tree.glob("*/*"))}
    initrd = km.TESTS / f"{name}.cpio"
    initrd.parent.mkdir(parents=True, exist_ok=True)
    initrd.write_bytes(INITRD.read_bytes() + module_files.archive({**files, "next": km.HEARTBEAT.read_bytes()}, mode=0o755))
    with on(name, initrd=initrd, bootargs=f"{SHELL} oops=panic panic=-1") as machine:
        linux = Linux(machine)
        linux.do(f"{KALLSYMS}; kexec -l -i /next; echo it is loaded: $(cat /sys/kernel/kexec_loaded)", "it is loaded: 1")
        assert unexpected(machine) == []
        begin = machine.position
        machine.send("kexec -e\r")
        machine.expect(rf"{WATCHER}linux: {KEXEC}$", 60)
        machine.expect(rf"{WATCHER}linux: it was started anew; another baseline is needed$", 60)
        Linux(machine)
        machine.expect_since(begin, [rf"{WATCHER}linux: {SEALED}$"], 60)
        assert "heartbeat" not in machine.text


# Shows: watch.disarms.
@pytest.mark.long
def test_module_that_hides_is_disarmed():
    """An approved one. What leads to it is taken out of the kernel's list, then it is listed again. Its own end isn't executed
    either, so its memory stays. The Linux goes on, also with what would have called it."""
    with on("prevent-disarm") as machine:
        linux = Linux(machine)
        linux.do(INTRUDER.format("modules hidden=1000"), "intruder: modules is done")
        linux.told(rf"hidden-module \(high\): {HIDES}")
        linux.told(r"notifiers \(high\): mended: a chain of notifiers leads to 0xffff.*")
        linux.told("module 'intruder' is disarmed: its code isn't executed until the next start, and its memory stays")
        linux.told(rf"hidden-module \(high\): mended: {HIDES}")
        linux.do("(rmmod intruder); echo it goes \"on\"", "it goes on")
        linux.told(FOREIGN.replace("uio", "intruder"))
        linux.do("insmod /lib/modules/$(uname -r)/virtio-rng.ko; rmmod virtio_rng; echo it \"works\"", "it works")
        linux.told(BEGINS.format("virtio_rng"))


# What leads to a module that hides, by the rule that undoes it.
HOOKS = {"programs": r"tracepoints \(high\): mended: a tracepoint calls 0xffff.*",
         "format": r"program-formats \(high\): mended: programs are begun by 0xffff.*",
         "terminal": r"terminals \(high\): mended: terminal ttyAMA0 has functions.*",
         "keys": r"notifiers \(high\): mended: a chain of notifiers leads to 0xffff.*"}


# Shows: watch.disarms.
@pytest.mark.long
@pytest.mark.parametrize("what", HOOKS)
def test_linux_is_of_use_after_a_disarm(what):
    """Its code was called for each program, or for each line of the console."""
    with on(f"prevent-disarm-{what}") as machine:
        linux = Linux(machine)
        linux.do(INTRUDER.format(f"{what} hidden=1000"), f"intruder: {what} is done")
        linux.told(HOOKS[what])
        linux.told("module 'intruder' is disarmed: its code isn't executed until the next start, and its memory stays")
        linux.do("/bin/busybox uname; echo it goes \"on\"", "it goes on")
        linux.do("/bin/busybox sh -c 'echo new programs \"begin\"' < /dev/console > /dev/console", "new programs begin")
        assert "Oops" not in machine.text


# Shows: watch.disarms.
@pytest.mark.long
def test_module_that_is_in_no_list_and_tree_is_disarmed():
    with on("prevent-lost") as machine:
        linux = Linux(machine)
        linux.do(INTRUDER.format("vanish hidden=1000"), "intruder: vanish is done")
        linux.told(r"lost-module \(high\): module intruder is in /sys/module, and in neither the list nor the tree of modules")
        linux.told("module 'intruder' is disarmed: its code isn't executed until the next start, and its memory stays")
        linux.do("insmod /lib/modules/$(uname -r)/virtio-rng.ko; rmmod virtio_rng; echo it \"works\"", "it works")


SLEEPERS = """variable init_task is a task_struct
rule sleepers
\ton refusal
\teach task_struct t in list init_task.tasks by tasks
\tmust t.comm != 'sleep'
\tsay 'task {t.pid} sleeps'
"""


# Shows: watch.rules-on.
@pytest.mark.long
def test_rule_looks_on_a_refusal(tmp_path):
    """The process begins when the rule has looked already."""
    name, link, file = "prevent-event", tmp_path / "link", tmp_path / "sleepers.rules"
    file.write_text(SLEEPERS, encoding="utf-8")
    system = described(name)
    system.write_text(system.read_text() + f'/ {{ kumiki,qemu-cpu = "{CPU}"; }};\n')
    with km.kumiki(name, system, links=[link]):
        sessions.reachable(link)
        with sessions.console(link, seconds=60) as session:
            at_prompt(session)
            rules("add", link, file, km.IMAGE["linux"])
            session.send(f"sleep 1000 & ({INTRUDER.format('text')})\r")
            sessions.expect_each(session, [REFUSED["text"], rf"linux: sleepers \(high\): task \d+ sleeps{OLD}\r"])


MANIFEST = (km.TOP / "systems/rtos/prevent.dts").read_text().replace("watch.dts", str(km.TOP / "systems/rtos/watch.dts"))


@pytest.mark.long
@pytest.mark.parametrize("lacks, given, instead, told", [
    ("room", '"42M"', '"28M"', "its kumiki,keep is too small: it takes 40M"),
    ("keep", 'kumiki,keep = "42M";', "/delete-property/ kumiki,keep;",
     "its manifest lacks 'kumiki,keep': give it that, as docs/watching.md says"),
    ("list", "modules {", "others {", "no module is approved: its manifest has no window 'modules' for it")])
def test_what_the_manifest_lacks_is_told(lacks, given, instead, told):
    """By the watcher, before its Linux runs."""
    name = f"prevent-lacks-{lacks}"
    assert given in MANIFEST
    image = packed(name, MANIFEST.replace(given, instead))
    description = described(name, lines=["kumiki,manual;"])
    description.write_text(description.read_text().replace(str(km.BUILD / "rtos/prevent.img"), str(image)))
    with started(name, description) as machine:
        machine.expect(rf"linux: {re.escape(told)}$", 60)


# Shows: prevent.watcher.
def test_killed_watcher_goes_on():
    """What it has sealed is sealed; a new one judges, and knows each page of code: none is compared anew."""
    name = "prevent-killed"
    with on(name) as machine:
        linux = Linux(machine)
        machine.send("\x1d2kill watcher\r")
        machine.expect(rf"{WATCHER}supervisor: watcher was killed$", 30)
        machine.send("\x1d1\r")
        machine.expect(PROMPT, 30)
        linux.do("mount -t tracefs none /sys/kernel/tracing; cd /sys/kernel/tracing; echo virtblk_probe > set_ftrace_filter; "
                 "echo function > current_tracer; echo nop > current_tracer; cd /; echo it was \"traced\"", "it was traced")
        assert unexpected(machine) == []
        assert machine.text.count(BEGINS.format("virtio_blk")) == 1
        linux.do(f"({INTRUDER.format('text')}); echo it goes \"on\"", "it goes on")
        linux.told(REFUSED["text"])


def questions(probe):
    """How many the Linux's CPUs have asked: two changes of a fault's number each."""
    at, = gdbstub.offsets(ELF, ["struct mend_box.fault[0].changes"]).values()
    after, = gdbstub.offsets(ELF, ["struct mend_box.fault[1].changes"]).values()
    page, = ft.el2_view(probe).at(LAYOUT["LAYOUT_MENDS"], 4096)
    return sum(int.from_bytes(probe.read(page.pa + place, 8), "little") // 2 for place in (at, after))


# Shows: prevent.sites.
def test_the_kernels_own_changes_ask_nobody(tmp_path):
    """All functions are traced and not traced any more: some 80,000 stores. Memory that modules gave back is asked about."""
    with on("prevent-sites", extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) as machine, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        probe.resume()
        linux = Linux(machine)
        probe.stop()
        before = questions(probe)
        probe.resume()
        linux.do("mount -t tracefs none /sys/kernel/tracing; cd /sys/kernel/tracing; echo function > current_tracer; "
                 "echo nop > current_tracer; echo $(cat enabled_functions | wc -l) \"left\"; cd /", "0 left")
        probe.stop()
        assert questions(probe) - before < 1000
        probe.resume()


# Shows: prevent.life.
@pytest.mark.long
def test_restart_without_a_watcher():
    """Its kernel begins, and its programs wait until the watcher goes on."""
    clock = km.partition("clock", cores=0x8, memory="1M as 0x40000000", image=km.HEARTBEAT)
    with on("prevent-alone", bootargs=SHELL.replace("quiet ", ""), more=[clock]) as machine:
        Linux(machine)
        machine.send("\x1dcsuspend watcher\rrestart linux\r")
        machine.expect(r"^\[linux\] .*Booting Linux on physical CPU", 60)
        machine.expect(r"^\[linux\] .*Run /init as init process$", 60)
        begun = machine.position
        for _ in range(3):
            machine.expect(r"^\[clock\] heartbeat: \d+ s, ", 60)
        assert "kumiki-init: up" not in machine.text[begun:]
        machine.send("resume watcher\r")
        machine.expect_all([PROMPT, rf"^\[watcher\] .*linux: {SEALED}$"], 60)


# Shows: prevent.write, frame.recovers.
@pytest.mark.long
def test_frame_recovers_beneath_it(tmp_path):
    """The frame fails at work for the Linux, and comes back: the pages have their rights still."""
    with on("prevent-recovers", extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) as machine, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        probe.resume()
        linux = Linux(machine)
        probe.stop()
        here = crash(probe, "vgic_arrived", core=0)
        said(machine, here)
        linux.do(f"({INTRUDER.format('text')}); echo it goes \"on\"", "it goes on")
        linux.told(REFUSED["text"])


# Shows: prevent.cpu.
def test_cpu_that_cannot_is_told():
    """There the Linux is watched."""
    name = "prevent-cannot"
    with on(name, cpu="cortex-a57") as machine:
        linux = Linux(machine)
        assert re.search(r"^\[watcher\] .*linux: nothing is prevented: this CPU can't tell programs' code from the kernel's$",
                         machine.text, re.M)
        assert SEALED not in machine.text
        linux.do(INTRUDER.format("text"), "intruder: text is done")
        linux.told("kernel text at 0xffff[0-9a-f]+ has changed")
