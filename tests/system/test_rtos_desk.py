"""The RTOS's servers as systems/rtos/desk.dts has them: each hangs with a call in its hands, which is noticed by what that
manifest says, and what they keep is damaged. Who types sees a delay; and of what is damaged nothing that isn't so. A
debugger does it to the machine. The desk's clock is a PL031."""

import re
import struct

import gdbstub
import kumiki_machine as km
import physical
import pytest
import server_campaign

DESK = km.BUILD / "rtos/desk.img"
# Of a second, some 60 million instructions: that long a server hangs.
COUNTED = [option.replace("shift=0", "shift=4") for option in km.ICOUNT]
MEMORY = 0x40000000
CLOCK = ["-rtc", "base=2030-01-02T03:04:05,clock=vm"]
X30, PC = 30, 32
TIMED_OUT = 2
END, RETURN = 64, 0xd65f03c0  # of sys_svc
KEPT, NUMBER, STATE = 0x5450454b, 16, 24  # what a copy begins with, and where: rtos/sys/keep.c
# Where init has the boot image, and what lies where in it: include/kumiki/rtos/image.h.
IMAGE, IMAGE_PROGRAMS, SEGMENT_PART, PART_SIZE = 0x7000000000, 32, 64, 56
# Who hangs; what is typed then, and answered in the end.
HANGS = (("ramfs", "cat /kept", "what is kept"), ("bootfs", "ls /boot", "bin/"), ("clock", "date", r"2030-.* UTC"),
         ("log", "log", r".* shell: a line"), ("loader", "run /boot/bin/banner I", " *### *"),
         ("console", "sum /kept", "0x[0-9a-f]+"))


class Desk:
    """The machine, on whose console one types, and its debugger: it stands still where the shell has the kernel trace."""

    def __init__(self, machine, path):
        self.machine = machine
        self.stub = gdbstub.Stub(path)
        self.kernel = server_campaign.Kernel(self.stub)
        self.stub.breakpoint(self.kernel.symbols["trace_call_trace"])
        self.stub.begin()
        machine.debugger = self.stub
        self.prompt()

    def see(self, text):
        return self.machine.expect(text, 60)

    def prompt(self):
        self.see(r"\$ ")

    def type(self, command, *answers):
        """Its answer is these lines, and others may stand before it."""
        self.machine.send(command + "\r")
        for answer in (re.escape(command), *answers):
            self.see(rf"{answer}$")
        self.prompt()

    def begin_to_do(self, name, change):
        """To a program that waits for a call, as all others do while the shell has its turn, which is told no."""
        self.machine.send("trace on\r")
        self.stub.stands_still()
        init = self.stub.word(self.kernel.symbols["process_first"])
        change(self.kernel, init if name == "init" else self.kernel.child(self.kernel.child(init, "supervisor"), name))
        self.stub.set_register(0, TIMED_OUT)
        self.stub.set_register(gdbstub.PC, self.stub.register(X30))
        self.stub.begin()

    def do_to(self, name, change):
        self.begin_to_do(name, change)
        self.prompt()

    def starts(self):
        """{program: how often it was started}, by ps."""
        self.machine.send("ps\r")
        begin = self.machine.position
        self.see("^shell ")
        self.prompt()
        return {name: int(count) for name, count in
                re.findall(r"^(\w+) +runs +(\d+) ", self.machine.text[begin:self.machine.position], re.MULTILINE)}


def hang(name):
    """What it goes on with when a call comes is a return to itself."""
    at = gdbstub.symbols(km.RTOS / f"{name}.elf")["sys_svc"] + END

    def change(kernel, process):
        assert kernel.stub.word(kernel.place(process, at)) & 0xffffffff == RETURN
        for register in (X30, PC):
            kernel.set_register(kernel.thread(process), register, at)
    return change


def kept(kernel, process, pages):
    """[(address as the kernel has it, bytes)] of the pages that a program keeps, which are so many and not its stack's;
    a device's registers aren't memory."""
    for address, count, rights in kernel.mappings(process):
        if address >= server_campaign.GIVEN and count == pages and rights & server_campaign.WRITE:
            places = [kernel.place(process, address + server_campaign.PAGE * page) for page in range(pages)]
            if places[0] - kernel.linear >= MEMORY:
                yield from ((place, kernel.stub.read(place, server_campaign.PAGE)) for place in places)


def spoil(kernel, place):
    kernel.stub.write(place, bytes([kernel.stub.read(place, 1)[0] ^ 0x10]))


@pytest.fixture
def desk(tmp_path):
    with km.bare("rtos-desk-hurt", DESK, memory="8M", mode=COUNTED, extra=[*CLOCK, "-S", *physical.options(tmp_path / "gdb")]) as machine:
        yield Desk(machine, tmp_path / "gdb")


# Shows: rtos.restart.
@pytest.mark.long
def test_each_hangs(desk):
    """Whom the shell waits for is started anew, and nobody else; then the call is answered."""
    desk.type("write /kept what is kept")
    desk.type("log a line")
    before = desk.starts()
    for name, command, answer in HANGS:
        begin = desk.machine.position
        desk.do_to(name, hang(name))
        desk.type(command, answer)
        # It loops. The wait for its answer and the period of its CPU time begin at moments of their own, and a person
        # types in between: the one that ends first tells.
        assert re.search(rf"supervisor: {name} (doesn't answer|hangs|runs away)\n", desk.machine.text[begin:])
    hung = {name for name, *_ in HANGS}
    assert desk.starts() == {name: count + (name in hung) for name, count in before.items()} and hung < set(before)
    assert "init: " not in desk.machine.text


def copies(kernel, process):
    """{number: place} of the clock's."""
    (place, page), = kept(kernel, process, 1)
    found = [at for at in range(0, 128, 8) if struct.unpack_from("<I", page, at)[0] == KEPT]
    assert len(found) == 2
    return {struct.unpack_from("<Q", page, at + NUMBER)[0]: place + at for at in found}


def check_clock(desk):
    """Of two copies of one time one is enough; with none, nothing is kept: the device is read."""
    for spoilt, year in ((max, 2040), (min, 2040), (set, 2030)):
        desk.type("date 2040-01-02 03:04:05")

        def change(kernel, process, spoilt=spoilt):
            found = copies(kernel, process)
            for number in spoilt(found) if spoilt is set else [spoilt(found)]:
                spoil(kernel, found[number] + STATE)

        desk.do_to("clock", change)
        desk.type("restart clock")
        desk.type("date", rf"{year}-.* UTC")


def check_log(desk):
    """A line that doesn't fit its sum is none; the others stay."""
    for line in ("one line", "another", "a third one"):
        desk.type(f"log {line}")

    def change(kernel, process):
        place, = (place + page.index(b"another") for place, page in kept(kernel, process, 4) if b"another" in page)
        spoil(kernel, place)

    desk.do_to("log", change)
    desk.type("restart log")
    begin = desk.machine.position
    desk.type("log", ".* shell: one line", ".* shell: a third one")
    assert "anothe" not in desk.machine.text[begin:]


def check_files(desk):
    """Nobody begins with a root that is none; when enough have said so, the next one begins anew."""
    desk.type("write /kept what is kept")

    def change(kernel, process):
        pages = list(kept(kernel, process, 256))
        spoil(kernel, pages[1][0])

    desk.do_to("ramfs", change)
    desk.type("restart ramfs")
    desk.type("cat /kept", "ramfs: what it kept is damaged: .*", ".*/kept: there is no such file")
    desk.type("write /kept once more")
    desk.type("restart ramfs")
    desk.type("cat /kept", "once more")


# Shows: rtos.kept.
@pytest.mark.long
def test_what_they_keep_is_damaged(desk):
    for check in (check_clock, check_log, check_files):
        check(desk)


# ---- init ----

ANEW = r"kumiki-rtos: program 0 {how}.*; it begins anew"


def nowhere(kernel, process):
    """What it goes on with is address 0, where nothing ever is."""
    kernel.set_register(kernel.thread(process), PC, 0)


# RTOS_WAIT for nothing but a time in some weeks, and again.
WAITS = struct.pack("<5I", 0xd2dfffea, 0xd2800009, 0xd28000c8, 0xd4000001, 0x17fffffc)


def wait_for_ever(kernel, process):
    """What it goes on with is a wait."""
    kernel.stub.write(kernel.place(process, kernel.registers(kernel.thread(process))[PC]), WAITS)


def spoil_image(kernel, process):
    """And it ends: what it would be made from is damaged."""
    image = kernel.place(process, IMAGE)
    programs, _, parts = struct.unpack_from("<III", kernel.stub.read(image + IMAGE_PROGRAMS, 12))
    part, = struct.unpack("<I", kernel.stub.read(image + programs + SEGMENT_PART, 4))
    offset, = struct.unpack("<Q", kernel.stub.read(image + parts + PART_SIZE * part, 8))
    spoil(kernel, kernel.place(process, IMAGE + offset) + 8)
    nowhere(kernel, process)


def compute(kernel, process):
    hang("init")(kernel, process)


def do_to_init(desk, change, *lines):
    """These lines come then."""
    begin = desk.machine.position
    desk.begin_to_do("init", change)
    desk.machine.expect_since(begin, lines, 60)


# Shows: rtos.init.
@pytest.mark.long
@pytest.mark.parametrize("change,lines", [
    (nowhere, [ANEW.format(how="faulted, 0x82000007, 0x0, 0x0")]), (compute, [ANEW.format(how="was killed")]),
    (wait_for_ever, ["supervisor: init doesn't ask any more; it begins anew", ANEW.format(how="was killed")]),
], ids=["faults", "computes", "waits"])
def test_init(desk, change, lines):
    """A fault is told at once. While it computes without a pause, nobody else runs, until its alarm ends it. That it waits
    is noticed by the supervisor. Nobody else is started for it, and the new init obeys."""
    desk.type("write /kept what is kept")
    before = desk.starts()
    do_to_init(desk, change, *lines)
    # While init computes, nobody can beat.
    late = {"clock", "console"} if change is compute else set()
    assert desk.starts().items() - before.items() <= {(name, before[name] + 1) for name in late}
    desk.type("cat /kept", "what is kept")
    desk.type("restart supervisor", r"init: the supervisor ended \(3: .*")
    assert desk.starts()["supervisor"] == 2


# Shows: rtos.init.
@pytest.mark.long
def test_init_is_damaged_in_the_image(desk):
    """Nothing is started that isn't as it was packed: the machine ends, and says why."""
    do_to_init(desk, spoil_image, ANEW.format(how="faulted"), "kumiki-rtos: program 0 is damaged in the boot image",
               "kumiki-rtos: the machine stops here")
