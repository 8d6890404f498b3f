"""A partition on a Cortex-R5F beside others on Cortex-A72s (docs/unlike-cores.md): its starts and stops, its talk, and its
ends. It polls all the time, so nothing here runs by icount."""

import re
import subprocess
import time

import kumiki_machine as km
import pytest

from sessions import reachable

pytestmark = pytest.mark.talk

BOARD = "xlnx-versal-virt"
GUESTS = km.BUILD / "guests" / BOARD
REMOTE = km.BUILD / "remote"
ACCEPTED = "kumiki,unconfined-dma = <&rpu>;"
LIVES = 40
OFTEN = ("kumiki,restart-limit = <100000 1>;", "kumiki,restart-delay = <0>;")
PIPE = """	windows {
		pipe {
			kumiki,size = "64K";
			kumiki,writers = "steady", "mortal";
			kumiki,doorbells;
		};
	};
"""


def remote(name, image, *, cores="&cpus 0x2 &cpus_r5 0x1", memory="1M at 0x0", more=(ACCEPTED,)):
    """A partition on an R5F, with its minder on the second A72."""
    lines = ['compatible = "openamp,domain-v1";', f"cpus = <{cores}>;", f'kumiki,memory = "{memory}";',
             f'kumiki,image = "{REMOTE / image}";', "kumiki,console;", *more]
    return f"\t\t{name} {{\n" + "".join(f"\t\t\t{line}\n" for line in lines) + "\t\t};\n"


def small(name, image, more=()):
    """A small partition on the first A72."""
    return km.partition(name, cores=0x1, memory="1M as 0x40000000", image=GUESTS / image, more=more)


def described(name, *partitions):
    return km.description(name, partitions, board=BOARD)


def told(link, command):
    done = subprocess.run([km.KUMIKI, "console", "--command", command, link], timeout=km.HANGS, text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused(link, command):
    done = subprocess.run([km.KUMIKI, "console", "--command", command, link], timeout=km.HANGS, text=True,
                          capture_output=True)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def says(link, name, pattern, count=1):
    """Waits until the partition's log has a line this often."""
    deadline = time.monotonic() + km.HANGS
    while time.monotonic() < deadline:
        if len(re.findall(pattern, told(link, f"log {name} 200"))) >= count:
            return
    raise km.MachineError(f"{name} never said {pattern!r} so often as {count} times")


# Shows: boards.unlike.
@pytest.mark.long
@pytest.mark.parametrize("core", [0, pytest.param(1, marks=pytest.mark.long)])
def test_started_stopped_and_restarted(core, tmp_path):
    """The usual commands work. A stopped partition runs no more, and each life begins like the first."""
    name, link = f"unlike-life-{core}", tmp_path / "link"
    system = described(name, small("heartbeat", "heartbeat.bin"),
                       remote("control", "control.bin", cores=f"&cpus 0x2 &cpus_r5 {1 << core:#x}"))
    with km.kumiki(name, system, links=[link]):
        reachable(link)
        says(link, "control", r"control: life 1\n")
        says(link, "control", r"control: 1 s, worst step \d+ cycles late, leaned \d+ microradians\n")
        told(link, "stop control")
        assert re.search(r"^ \d  control +stopped ", told(link, "list"), re.MULTILINE)
        before = told(link, "log control 200").count("control: ")
        beats = len(re.findall(r"heartbeat: \d+ s,", told(link, "log heartbeat 200")))
        says(link, "heartbeat", r"heartbeat: \d+ s,", beats + 3)
        assert told(link, "log control 200").count("control: ") == before
        told(link, "start control")
        says(link, "control", r"control: life 2\n")
        assert refused(link, "suspend control") == ("control can't be suspended: nothing holds its core of another "
                                                    "architecture where it is; stop it\n")
        says(link, "control", r"control: life 2\n(.*\n)*.*control: 1 s, ")
        debugged = subprocess.run([km.KUMIKI, "gdb", "control", link], timeout=km.HANGS, text=True, capture_output=True,
                                  stdin=subprocess.DEVNULL)
        assert debugged.returncode == 1
        assert debugged.stderr == ("kumiki gdb: control can't be debugged: nothing halts its core of another "
                                   "architecture where it is\n")
        told(link, "restart control")
        says(link, "control", r"control: life 3\n(.*\n)*.*control: 1 s, ")
        beats = re.findall(r"heartbeat: \d+ s, \d+ ticks, (\d+) lost", told(link, "log heartbeat 200"))
        assert set(beats) == {"0"}


# Shows: boards.unlike-talk.
def test_nothing_acknowledged_is_lost():
    """The talk of the other tests, over a window and doorbells. Here lives end by resets, and each fourth one by an
    exception."""
    system = km.beside_domains(described("unlike-talk", small("steady", "talk.bin"), remote(
        "mortal", "talk.bin", more=(ACCEPTED, 'kumiki,keep = "4K";', *OFTEN))), PIPE)
    with km.kumiki("unlike-talk", system, mode=km.TALK) as machine:
        line = r"\[steady\] talk: life (\d+) of the other side; taken (\d+), repeated 0, wrong 0\n"
        lives = []
        while len(lives) < LIVES or lives[-1][1] <= LIVES:  # the host decides how much of the talk is in a life
            lives.append(tuple(map(int, machine.expect(line, 60).groups())))
        numbers = [life for life, _ in lives]
        assert numbers == sorted(set(numbers)), "each life once, in order"
        taken = r"\[mortal\] talk: life \d+, taken (\d+)\n"
        while int(machine.expect(taken, 60)[1]) <= LIVES:
            pass
        of_mortal = [int(n) for n in re.findall(taken, machine.whole)]
        assert of_mortal == sorted(of_mortal)
        assert "WRONG" not in machine.text and "steady stopped" not in machine.text
        machine.expect_since(0, [r"\[kumiki\] mortal: its Cortex-R5F core met an undefined instruction\n"], 60)


# Shows: boards.unlike-ends.
@pytest.mark.long
def test_each_end_is_one_of_the_partition(tmp_path):
    """The ends are a reset, an exception, no sign of life, an overwritten mailbox, and off. They are read from the log, in
    which a line in two pieces is one line."""
    link = tmp_path / "link"
    system = described("unlike-ends", small("heartbeat", "heartbeat.bin"),
                       remote("ends", "ends.bin", more=(ACCEPTED, *OFTEN)))
    with km.kumiki("unlike-ends", system, links=[link]):
        reachable(link)
        says(link, "ends", r"stopped +start 5: it turned itself off\n")
        said = told(link, "log ends all")
        # No program began twice in a life: the core isn't reset when a program's count of beats passes 0.
        assert re.findall(r"ends: life (\d)\n", said) == list("12345"), said
        for end in (r"stopping +start 1: it asked for a reset\n", r"stopping +start 2: it crashed\n",
                    r"minder: no sign of life for 2000 us\n", r"stopping +start 4: it crashed\n",
                    r"\nends: its Cortex-R5F core overwrote its mailbox\nends stopped: "):
            assert re.search(end, said), said
        says(link, "heartbeat", r"heartbeat: \d+ s, \d+ ticks, 0 lost")


FAULTS = [  # (the core's fault, its registers), life by life (tests/guest/remote/faults.c)
    ("met an undefined instruction", "dfsr 0x0, dfar 0x0, ifsr 0x0, ifar 0x0"),
    ("took a data abort", r"dfsr 0x8 \(external abort\), dfar 0xe0000004, "),
    ("took a prefetch abort", r"ifsr 0xd \(permission\), ifar 0xe0000000"),
    ("took a data abort", r"dfsr 0x1 \(misaligned\), dfar 0xcd, "),
    ("made a supervisor call that nothing takes", "dfsr "),
]


# Shows: boards.unlike-crash.
@pytest.mark.long
def test_a_fault_is_reported_of_the_core_that_took_it():
    """The report and the operator's commands have that core's registers, and never the minder's."""
    system = described("unlike-faults", remote("faults", "faults.bin", more=(ACCEPTED, *OFTEN)))
    with km.kumiki("unlike-faults", system, mode=km.TALK) as machine:
        for did, registers in FAULTS:
            for line in (rf"faults: its Cortex-R5F core {did}", r"  pc 0x\w+, cpsr 0x\w+1df, lr 0x\w+, sp 0x\w+",
                         r"  r4 0x44  r5 0x55  .*", r"  r12 0xcc", rf"  .*{registers}.*",
                         rf"faults stopped: its Cortex-R5F core {did}"):
                machine.expect(rf"^\[kumiki\] {line}\n", 60)
        machine.expect(r"^\[faults\] faults: no more\n", 60)
        for command, line in (
                ("list", rf" *1  faults +running +6 +\d\+R5F +its Cortex-R5F core {did}"),
                ("show faults", rf"  last end: its Cortex-R5F core {did}"),
                ("show faults", r"  cores: \d for its minder, and a Cortex-R5F; vCPUs: 1; .*"),
                ("log faults", rf" +\S+ s +stopping +start 5: its Cortex-R5F core {did}"),
                ("log faults", rf"faults: its Cortex-R5F core {did}"),
                ("top", r"faults\.minder +\w+ +\d .*"),
                ("top", r"faults: its Cortex-R5F core isn't measured; faults\.minder is its minder's part")):
            machine.send(f"\x1dc{command}\r")
            machine.expect(rf"^\[kumiki\] {line}\n", 60)
        assert "esr_el1" not in machine.text and "vCPU 0" not in machine.text


# Shows: boards.unlike-ends.
def test_random_writes_to_the_mailbox_harm_nobody_else():
    """The partition writes randomly for a life, also to the minder's words. Its partition ends by it, and no other
    notices."""
    system = described("unlike-spoil", small("heartbeat", "heartbeat.bin"),
                       remote("spoil", "spoil.bin", more=(ACCEPTED, *OFTEN)))
    with km.kumiki("unlike-spoil", system, mode=km.TALK) as machine:
        for _ in range(12):
            machine.expect(r"^\[kumiki\] spoil stopped: ", 60)
        machine.expect(r"^\[heartbeat\] heartbeat: \d+ s, \d+ ticks, \d+ lost", 60)
        assert set(re.findall(r"^\[heartbeat\] heartbeat: \d+ s, \d+ ticks, (\d+) lost", machine.text,
                              re.MULTILINE)) == {"0"}
        assert "heartbeat stopped" not in machine.text and "kumiki: this is an error" not in machine.text
        # The frame has reported the further reach of this partition.
        assert "\nkumiki: spoil can read and write all memory: nothing confines the DMA of a device" in machine.text


# Shows: boards.unlike.
def test_a_manager_restarts_it():
    system = described("unlike-manager", small("manager", "manager.bin", ('kumiki,manages = "ends";',)),
                       remote("ends", "ends.bin", more=(ACCEPTED, 'kumiki,on-crash = "stop";')))
    with km.kumiki("unlike-manager", system, mode=km.TALK) as machine:
        machine.expect_all([r"\[ends\] ends: life 2$", r"\[manager\] manager: ends broke: starting it again",
                            r"\[ends\] ends: life 3$"], 60)


# Shows: boards.unlike.
@pytest.mark.long
def test_a_manager_restarts_it_at_any_moment():
    """The restarts come while the core goes into reset, while its memory is filled, and in its first instructions. The last
    life wor"""
    shared = "kumiki,shared-cores;"
    system = described(
        "unlike-hasty", small("heartbeat", "heartbeat.bin", (shared, "kumiki,priority = <200>;")),
        km.partition("hasty", cores=0x1, memory="1M as 0x40000000", image=GUESTS / "again-hasty.bin",
                     bootargs=f"hasty=1,200,60000000", more=(shared, 'kumiki,manages = "control";')),
        remote("control", "control.bin", more=(ACCEPTED, *OFTEN)))
    with km.kumiki("unlike-hasty", system, mode=km.TALK) as machine:
        machine.expect(r"^\[hasty\] hasty: 200 restarts asked for, 0 refused$", 60)
        machine.expect(r"^\[control\] control: 2 s, worst step ", 60)
        machine.expect(r"^\[heartbeat\] heartbeat: \d+ s, \d+ ticks, 0 lost", 60)
        assert len(re.findall(r"^\[control\] control: life \d+$", machine.text, re.MULTILINE)) > 1
        assert "minder: the" not in machine.text and "loader" not in machine.text


# Shows: boards.unlike-check.
@pytest.mark.parametrize("what, said", [
    (remote("elf", "control.elf"), r"is an ELF file, and its core runs what lies in memory, without a header; make that with: "
     r"arm-none-eabi-objcopy -O binary \S+/control\.elf \S+/control\.bin, and write kumiki,image = \"\S+/control\.bin\";$"),
    (remote("elf64", GUESTS.parent / "heartbeat.elf"), r"is an ELF file, and not for 32-bit Arm, which its core runs; "),
    (remote("image", GUESTS / "heartbeat.bin"), r"is an arm64 Image, for cores that the frame runs on, and its core runs 32-bit Arm; "),
    (remote("anywhere", "control.bin", memory="1M"), r"the core of 'anywhere' begins at 0x0: its memory has to begin there, where it "
     r"really is; write kumiki,memory = \"1M at 0x0\";$"),
    (remote("elsewhere", "control.bin", memory="2M at 0x200000"), r"write kumiki,memory = \"2M at 0x0\";$"),
    (remote("seen", "control.bin", memory="1M as 0x0"), r"write kumiki,memory = \"1M at 0x0\";$"),
    (remote("one", "control.bin") + remote("two", "talk.bin", cores="&cpus 0x1 &cpus_r5 0x2"),
     r"'two' asks for a core of &cpus_r5, and 'one' has one; .*: take '&cpus_r5' out of the 'cpus' of one of the two$"),
], ids=["elf", "elf64", "image", "anywhere", "elsewhere", "seen", "second"])
def test_check_says_what_such_a_core_needs(what, said, request):
    """There is one error, and it has the remedy."""
    description = described(request.node.callspec.id + "-unlike-check", what)
    done = subprocess.run([km.KUMIKI, "check", description], timeout=60, text=True, capture_output=True)
    assert done.returncode == 1 and done.stderr.count("error:") == 1, done.stderr
    assert re.search(said, done.stderr, re.MULTILINE), done.stderr


# Shows: boards.unlike-built.
def test_a_program_of_ones_own_is_built_as_the_page_says(tmp_path):
    """The commands of docs/unlike-cores.md build the page's program. It runs and crashes, and the crash is reported."""
    page = (km.TOP / "docs/unlike-cores.md").read_text(encoding="utf-8")
    program = re.search(r"```c\n(.*?)```", page, re.DOTALL)[1]
    commands = re.search(r"```sh\n(.*?)```", page, re.DOTALL)[1]
    for name in ("guests", "include"):
        (tmp_path / name).symlink_to(km.TOP / name)
    (tmp_path / "mine.c").write_text(program, encoding="utf-8")
    subprocess.run(["sh", "-e", "-c", commands], cwd=tmp_path, check=True, timeout=km.HANGS)
    system = described("unlike-mine", remote("mine", tmp_path / "mine.bin", more=(ACCEPTED, 'kumiki,on-crash = "stop";')))
    with km.kumiki("unlike-mine", system, mode=km.TALK) as machine:
        machine.expect(r"^\[mine\] mine: life 1\n", 60)
        machine.expect(r"^\[kumiki\] mine stopped: its Cortex-R5F core took a data abort\n", 60)


# Shows: dma.unconfined.
def test_an_unconfined_core_is_reported_and_accepted(tmp_path):
    def said(*words):
        return subprocess.run([km.KUMIKI, *words], timeout=60, text=True, capture_output=True)

    refused = said("check", described("unlike-refused", remote("control", "control.bin", more=())))
    assert refused.returncode == 1
    assert "nothing confines: it could read and write all memory" in refused.stderr
    assert "kumiki,unconfined-dma = <&rpu>;" in refused.stderr
    system = described("unlike-accepted", remote("control", "control.bin"))
    assert "rpu (DMA not confined!)" in said("check", system).stdout
    assert re.search(r">Nothing confines the DMA of rpu: the owner of such a device can read and write all memory, the frame's "
                     r"included\.<", said("draw", system).stdout)
    picture = said("draw", "--text", system).stdout
    assert re.search(r"^  0 +cortex-r5f +control$", picture, re.MULTILINE)
    assert "the DMA of rpu: the owner of such a device can read" in " ".join(picture.split())
