"""The RTOS's servers in systems/rtos/desk.dts. Each hangs in a call, which is found by the limits of the manifest; and their
kept memory is damaged. A person at the shell sees a delay, and never wrong data. A debugger does the damage. The desk's
clock is a PL031."""

import re
import struct

import gdbstub
import kumiki_machine as km
import physical
import pytest
import server_campaign

DESK = km.BUILD / "rtos/desk.img"
# A server hangs for most of a second; a second is some 60 million instructions.
COUNTED = [option.replace("shift=0", "shift=4") for option in km.ICOUNT]
MEMORY = 0x40000000
CLOCK = ["-rtc", "base=2030-01-02T03:04:05,clock=vm"]
X30, PC = 30, 32
TIMED_OUT = 2
END, RETURN = 64, 0xd65f03c0  # of sys_svc
KEPT, NUMBER, STATE = 0x5450454b, 16, 24  # a copy's first word, and its offset: rtos/sys/keep.c
# The address of init's boot image, and offsets in it: include/kumiki/rtos/image.h.
IMAGE, IMAGE_PROGRAMS, SEGMENT_PART, PART_SIZE = 0x7000000000, 32, 64, 56
# (program that hangs, typed command, its answer)
HANGS = (("ramfs", "cat /kept", "what is kept"), ("bootfs", "ls /boot", "bin/"), ("clock", "date", r"2030-.* UTC"),
         ("log", "log", r".* shell: a line"), ("loader", "run /boot/bin/banner I", " *### *"),
         ("console", "sum /kept", "0x[0-9a-f]+"))


class Desk:
    """The machine with its console and its debugger. It stands still where the shell calls the kernel to trace."""

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
        """Types a command. Its answer is these lines; others may stand before them."""
        self.machine.send(command + "\r")
        for answer in (re.escape(command), *answers):
            self.see(rf"{answer}$")
        self.prompt()

    def begin_to_do(self, name, change):
        """Begins to change a program that waits for a call, as all others do during the shell's turn. The shell's own call
        is refused."""
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
        """{program: number of its starts}, by ps."""
        self.machine.send("ps\r")
        begin = self.machine.position
        self.see("^shell ")
        self.prompt()
        return {name: int(count) for name, count in
                re.findall(r"^(\w+) +runs +(\d+) ", self.machine.text[begin:self.machine.position], re.MULTILINE)}


def hang(name):
    """The program will loop at a return to itself when a call comes."""
    at = gdbstub.symbols(km.RTOS / f"{name}.elf")["sys_svc"] + END

    def change(kernel, process):
        assert kernel.stub.word(kernel.place(process, at)) & 0xffffffff == RETURN
        for register in (X30, PC):
            kernel.set_register(kernel.thread(process), register, at)
    return change


def kept(kernel, process, pages):
    """[(the kernel's address, bytes)] of a program's kept pages: found by their number, without its stack and without
    devices' registers."""
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
    """The server that the shell waits for is restarted, and no other program. Then the call is answered."""
    desk.type("write /kept what is kept")
    desk.type("log a line")
    before = desk.starts()
    for name, command, answer in HANGS:
        begin = desk.machine.position
        desk.do_to(name, hang(name))
        desk.type(command, answer)
        # It loops. The limit for its answer or the limit for its CPU time may end first.
        assert re.search(rf"supervisor: {name} (doesn't answer|hangs|runs away)\n", desk.machine.text[begin:])
    hung = {name for name, *_ in HANGS}
    assert desk.starts() == {name: count + (name in hung) for name, count in before.items()} and hung < set(before)
    assert "init: " not in desk.machine.text


def copies(kernel, process):
    """{number: place} of the clock's copies."""
    (place, page), = kept(kernel, process, 1)
    found = [at for at in range(0, 128, 8) if struct.unpack_from("<I", page, at)[0] == KEPT]
    assert len(found) == 2
    return {struct.unpack_from("<Q", page, at + NUMBER)[0]: place + at for at in found}


def check_clock(desk):
    """One copy of the time is enough. Without any, the device is read."""
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
    """A line with a wrong sum is dropped; the others stay."""
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
    """No server starts with a damaged root. After enough such failures, the next one begins with an empty file system."""
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
    """init will go on at address 0, where nothing is mapped."""
    kernel.set_register(kernel.thread(process), PC, 0)


# RTOS_WAIT for nothing, with a deadline in some weeks; and again.
WAITS = struct.pack("<5I", 0xd2dfffea, 0xd2800009, 0xd28000c8, 0xd4000001, 0x17fffffc)


def wait_for_ever(kernel, process):
    """init will go on with an endless wait."""
    kernel.stub.write(kernel.place(process, kernel.registers(kernel.thread(process))[PC]), WAITS)


def spoil_image(kernel, process):
    """init ends, and its image is damaged."""
    image = kernel.place(process, IMAGE)
    programs, _, parts = struct.unpack_from("<III", kernel.stub.read(image + IMAGE_PROGRAMS, 12))
    part, = struct.unpack("<I", kernel.stub.read(image + programs + SEGMENT_PART, 4))
    offset, = struct.unpack("<Q", kernel.stub.read(image + parts + PART_SIZE * part, 8))
    spoil(kernel, kernel.place(process, IMAGE + offset) + 8)
    nowhere(kernel, process)


def compute(kernel, process):
    hang("init")(kernel, process)


def do_to_init(desk, change, *lines):
    """Does this to init, and waits for these lines."""
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
    """A fault of init is reported at once. While init computes, no other program runs, until its alarm ends it. The
    supervisor notices an init that waits. No other program is restarted, and the new init obeys."""
    desk.type("write /kept what is kept")
    before = desk.starts()
    do_to_init(desk, change, *lines)
    # While init computes, no program can beat.
    late = {"clock", "console"} if change is compute else set()
    assert desk.starts().items() - before.items() <= {(name, before[name] + 1) for name in late}
    desk.type("cat /kept", "what is kept")
    desk.type("restart supervisor", r"init: the supervisor ended \(3: .*")
    assert desk.starts()["supervisor"] == 2


# Shows: rtos.init.
@pytest.mark.long
def test_init_is_damaged_in_the_image(desk):
    """No program is started from a damaged image: the machine ends, and says why."""
    do_to_init(desk, spoil_image, ANEW.format(how="faulted"), "kumiki-rtos: program 0 is damaged in the boot image",
               "kumiki-rtos: the machine stops here")
