"""Text and constants of the RTOS's programs are copies of the boot image's. Their sums are checked at each start and while
they run."""

import contextlib
import itertools
import re
import struct
import subprocess

import gdbstub
import kumiki_machine as km
import pytest
import rtos_diskfiles as disks
import server_campaign

IMAGE = km.RTOS / "shell.img"
EXECUTABLE = 1  # of a program header's flags


def text_of(name):
    """The bytes of a program's executable segment."""
    elf = (km.RTOS / f"{name}.elf").read_bytes()
    at, count = struct.unpack_from("<Q", elf, 32)[0], struct.unpack_from("<H", elf, 56)[0]
    for header in range(at, at + 56 * count, 56):
        kind, flags, offset, _, _, size = struct.unpack_from("<IIQQQQ", elf, header)
        if kind == 1 and flags & EXECUTABLE:
            return elf[offset:offset + size]
    raise AssertionError(f"{name} has no text")


def damaged(name, path):
    """The image with one bit of the program's text changed."""
    image, text = bytearray(IMAGE.read_bytes()), text_of(name)
    assert image.count(text) == 1
    image[image.find(text) + 8] ^= 1
    path.write_bytes(image)
    return path


# Shows: rtos.text.
def test_damage_in_the_image_is_reported(tmp_path):
    """No program runs from a damaged part, neither init nor the supervisor."""
    for name, told in (("init", "program 0 is damaged in the boot image"),
                       ("supervisor", "init: the supervisor's process: status 3"),
                       ("console", "supervisor: console couldn't be started: status 3")):
        with km.bare(f"rtos-damaged-{name}", damaged(name, tmp_path / f"{name}.img")) as machine:
            machine.expect(told, 60)


# ---- while they run ----

WAIT = 6  # RTOS_WAIT
HZ = 62_500_000  # of the counter
SECONDS = 60
FOUND_MOST_MS = 10_000
SHARE_MOST = 0.005  # of a CPU
STRETCH_MOST_US = 30  # the wait of others for the check of a piece, or for the look at all programs' CPU times


class Running:
    """A machine at its prompt that stands still, and its kernel's objects."""

    def __init__(self, machine, stub):
        self.machine, self.stub = machine, stub
        stub.begin()
        machine.debugger = stub
        machine.expect(r"\$ $", SECONDS)
        stub.stop()
        self.calls = gdbstub.symbols(km.RTOS / "kernel.elf")["call_handle"]
        self.until_a_call()
        self.kernel = server_campaign.Kernel(stub)

    def until_a_call(self):
        self.stub.breakpoint(self.calls)
        self.stub.go()

    def process(self, name):
        init = self.init()
        if name == "init":
            return init
        supervisor = self.kernel.child(init, "supervisor")
        return supervisor if name == "supervisor" else self.kernel.child(supervisor, name)

    def init(self):
        return self.stub.word(self.kernel.symbols["process_first"])

    def until_init_waits(self):
        """Runs until init waits. Returns milliseconds of the machine's counter, or up to a second less."""
        while True:
            thread = self.stub.register(0)
            x = self.kernel.registers(thread)
            if x[8] == WAIT and self.kernel.field(thread, "thread.process") == self.init():
                return x[10] * 1000 // HZ - 1000
            self.again()

    def again(self):
        """Runs to the next call."""
        self.stub.step()
        self.stub.go()

    def hold(self):
        """Stops the running machine again."""
        self.stub.stop()
        self.until_a_call()

    def flip(self, name, symbol, process=None):
        """Flips one bit of a function that nobody calls, in the program's process or in another one."""
        elf = gdbstub.symbols(km.RTOS / f"{name}.elf")
        place = self.kernel.place(process or self.process(name), elf[symbol] & ~7)
        self.stub.write(place, struct.pack("<Q", self.stub.word(place) ^ 1 << 5))

    def go_on(self):
        self.stub.clear(self.calls)
        self.stub.begin()


@contextlib.contextmanager
def running(name, image=IMAGE, extra=()):
    path = km.TESTS / f"{name}.gdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with km.bare(name, image, extra=["-S", "-gdb", f"unix:{path},server=on,wait=off", *extra]) as machine:
        yield Running(machine, gdbstub.Stub(path))


# Shows: rtos.scrub.
@pytest.mark.long
@pytest.mark.parametrize("symbol", ["sys_exit", "rtos_note"])
def test_damage_in_running_text_is_mended(symbol):
    """Damage of text and of constants is found in time and once: the next process has fresh copies."""
    with running(f"rtos-scrub-{symbol}") as now:
        began = now.until_init_waits()
        now.flip("console", symbol)
        now.go_on()
        now.machine.expect("supervisor: console: its text was damaged", SECONDS)
        found = int(now.machine.expect(r"crash \d+: console, start 1, at (\d+) ms", SECONDS)[1])
        assert 0 <= found - began <= FOUND_MOST_MS, (began, found)
        assert now.machine.text.count("its text was damaged") == 1


# Shows: rtos.scrub.
@pytest.mark.long
def test_damage_of_the_watching_programs_is_mended():
    for name, symbol, told in (
            ("supervisor", "recover_fail", "init: the supervisor's text was damaged"),
            ("init", "init_fail", "init: its text was damaged")):
        with running(f"rtos-scrub-{name}") as now:
            now.flip(name, symbol)
            now.go_on()
            now.machine.expect(told, SECONDS)
            now.machine.send("\r")
            now.machine.expect(r"\$ ", SECONDS)
            assert now.machine.text.count("text was damaged") == 1


def replace_log(now):
    """Replaces the log, and waits for longer than the time of its restart limit."""
    now.machine.send("replace log /disk/log\r")
    now.machine.expect("supervisor: log is replaced by a new version", SECONDS)
    now.machine.send("top 11\r")
    now.machine.expect("PROGRAM", SECONDS)


def damage(now, name, lives=True):
    """Damages the process, or its version's store, which is an ended process."""
    now.hold()
    now.flip(name, "sys_exit", now.kernel.child(now.process("supervisor"), name, lives))
    now.go_on()
    now.machine.expect(f"supervisor: {name}: its text was damaged", SECONDS)


@contextlib.contextmanager
def running_with_a_file(name, folder, program):
    """A running machine with a disk that has the program's file."""
    folder.mkdir()
    subprocess.run(["aarch64-linux-gnu-objcopy", "-S", km.RTOS / f"{program}.elf", folder / program], check=True)
    drive = disks.drive(disks.new_disk(name, "2M", folder)).split()
    with running(name, km.RTOS / "desk-disk.img", [*drive, "-device", disks.DEVICE.format(3)]) as now:
        now.go_on()
        yield now


# Shows: rtos.scrub, rtos.replace.
@pytest.mark.long
def test_damage_in_a_later_version_is_mended(tmp_path):
    """After damage of its own text, the program restarts from its store. At the second time within seconds, the boot image's
    version comes back. After damage of the store's text, no program starts from the store any more."""
    back = "supervisor: log goes back to the boot image's version"
    with running_with_a_file("rtos-scrub-version", tmp_path / "disk", "log") as now:
        replace_log(now)
        damage(now, "log")
        now.machine.send("ps\r")
        now.machine.expect(r"log +runs +3 ", SECONDS)
        assert back not in now.machine.text
        damage(now, "log")
        now.machine.expect(back, SECONDS)
        replace_log(now)
        damage(now, "log", lives=False)
        now.machine.expect(back, SECONDS)
        assert now.machine.text.count("log: its text was damaged") == 3


# Shows: rtos.scrub.
@pytest.mark.long
def test_damage_in_a_slot_is_found(tmp_path):
    """A damaged program from a file ends. Its slot is free then for another program."""
    with running_with_a_file("rtos-scrub-slot", tmp_path / "disk", "job") as now:
        for times in (1, 2):
            now.machine.send("run /disk/job sleep &\r")
            now.machine.expect(r"\$ $", SECONDS)
            now.machine.send("top 11\r")
            now.machine.expect("PROGRAM", SECONDS)
            assert now.machine.text.count("its text was damaged") == times - 1
            damage(now, "job")


# Shows: rtos.scrub.
@pytest.mark.long
def test_scrubbing_costs_little():
    """A trace of five idle seconds shows the supervisor's work: its sum is small, and no piece takes long."""
    with km.bare("rtos-scrub-cost", km.RTOS / "desk.img") as machine:
        for command in ("trace on 40", "top 5", "trace 5000"):
            machine.expect(r"\$ $", SECONDS)
            machine.send(f"{command}\r")
        machine.expect(r"\$ $", SECONDS)
        events = re.findall(r"^(\d+) us  0  (\S+) switch", machine.text, re.MULTILINE)
    ran = [(who, int(until) - int(since)) for (since, who), (until, _) in itertools.pairwise(events)]
    its = [time for who, time in ran if who.startswith("supervisor.")]
    whole = sum(time for _, time in ran)
    assert whole >= 5_000_000, whole
    assert 0 < sum(its) <= SHARE_MOST * whole, (sum(its), whole)
    assert max(its) <= STRETCH_MOST_US, max(its)


# Shows: rtos.rights.
@pytest.mark.long
def test_shell_outlives_an_order_beyond_its_quota():
    """A person may type any number: the shell says so, and goes on."""
    with km.bare("rtos-wish", IMAGE) as machine:
        machine.expect(r"\$ $", SECONDS)
        machine.send("trace on 2048\r")
        machine.expect("the shell hasn't got so much memory", SECONDS)
        machine.expect(r"\$ $", SECONDS)
        assert "broke a rule" not in machine.text
