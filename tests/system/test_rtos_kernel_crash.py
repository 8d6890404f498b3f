"""A debugger crashes the RTOS's kernel. The kernel reports it and begins anew by itself, with the programs' kept memory.

Shows: rtos.kernel-crash.
"""

import contextlib
import struct

import campaign
import gdbstub
import kernel_campaign
import kumiki_machine as km
import pytest

DESK, ELF = km.BUILD / "rtos/desk.img", km.BUILD / "rtos/kernel.elf"
SECONDS = 60
MOV_W0_0, RET = 0x52800000, 0xd65f03c0
SHORT = 6  # faults of the campaign: one of each kind


class Crashing:
    """A machine that stands still in a system call of the shell, before a crash."""

    def __init__(self, machine, stub):
        self.machine, self.stub = machine, stub
        self.symbols = gdbstub.symbols(ELF)
        stub.begin()
        machine.debugger = stub
        machine.expect(r"\$ ", SECONDS)

    def type(self, command, *answers):
        self.machine.send(command + "\r")
        for answer in answers:
            self.machine.expect(answer, SECONDS)
        self.machine.expect(r"\$ ", SECONDS)

    def stop(self):
        self.stub.stop()
        self.stub.breakpoint(self.symbols["trace_call_trace"])
        self.stub.begin()
        self.machine.send("trace on\r")
        self.stub.stands_still()
        self.stub.clear(self.symbols["trace_call_trace"])

    def crash(self):
        self.stop()
        self.stub.set_register(gdbstub.PC, 0)
        self.stub.begin()


@contextlib.contextmanager
def crashing(name, start):
    path = km.TESTS / f"{name}.gdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with start(["-S", "-gdb", f"unix:{path},server=on,wait=off"]) as machine:
        yield Crashing(machine, gdbstub.Stub(path))


def bare(name, image=DESK, cpus=1, mode=km.ICOUNT):
    return crashing(name, lambda extra: km.bare(name, image, cpus=cpus, mode=mode, extra=extra))


def partition(name, cpus):
    system = km.rtos_description(name, DESK, cpus=cpus, memory="8M")
    return crashing(name, lambda extra: km.kumiki(name, system, extra=extra))


def keeps(now):
    """A file, a line of the log, the time of day, and the kernel's report outlive the crash."""
    now.type("write kept what is kept")
    now.type("log a line")
    now.type("date 2040-01-02 03:04:05")
    now.crash()
    now.machine.expect(r"CPU 0: exception in the kernel at 0 \(from [0-9a-f]+\), syndrome 86000007", SECONDS)
    now.machine.expect("it worked for thread 0 of shell", SECONDS)
    now.machine.expect(r"begun anew after a crash of the kernel, with \d+ KiB that were kept", SECONDS)
    now.machine.expect(r"\$ ", SECONDS)
    now.type("cat kept", "what is kept")
    now.type("date", r"2040-01-02 \d\d:\d\d:\d\d UTC")
    now.type("top 1")  # the report is printed while no program runs
    now.type("log", "shell: a line", r"crash \d+: kernel, start 1", r"thread 0 at 0x0 working for shell")


@pytest.mark.long
@pytest.mark.parametrize("cpus", [1, 4])
def test_bare(cpus):
    with bare(f"rtos-kernel-crash-{cpus}", cpus=cpus) as now:
        keeps(now)


@pytest.mark.long
@pytest.mark.parametrize("cpus", [1, 3])
def test_partition(cpus):
    with partition(f"rtos-kernel-crash-partition-{cpus}", cpus) as now:
        keeps(now)


@pytest.mark.long
def test_endless_crashes_stop_the_machine():
    """The kernel begins anew three times in a minute, and not a fourth time."""
    with bare("rtos-kernel-crash-again") as now:
        for _ in range(3):
            now.crash()
            now.machine.expect("begun anew after a crash of the kernel", SECONDS)
            now.machine.expect(r"\$ ", SECONDS)
        now.crash()
        now.machine.expect("the kernel crashes again and again", SECONDS)
        now.machine.expect("the machine stops here", SECONDS)
        now.machine.wait_end(SECONDS)


@pytest.mark.long
@pytest.mark.parametrize("symbol", ["trace_call_name", "kernel_rodata"])
def test_damaged_text_is_found_and_mended(symbol):
    """The damage is in a function that nobody calls, and in a constant of the kernel's start."""
    with bare(f"rtos-kernel-text-{symbol}") as now:
        now.type("write kept what is kept")
        now.stop()
        place = now.symbols[symbol] & ~7
        now.stub.write(place, (now.stub.word(place) ^ 1).to_bytes(8, "little"))
        now.stub.begin()
        now.machine.expect("init: the kernel's text was damaged", SECONDS)
        now.machine.expect("begun anew after a crash of the kernel", SECONDS)
        now.machine.expect(r"\$ ", SECONDS)
        now.type("cat kept", "what is kept")
        assert now.machine.text.count("text was damaged") == 1


@pytest.mark.long
def test_text_that_keeps_the_supervisor_down_is_mended():
    """Damaged text loses signals, so that no supervisor answers. init checks all of the kernel's text before it gives up."""
    with bare("rtos-kernel-signals") as now:
        now.type("write kept what is kept")
        now.stop()
        now.stub.write(now.symbols["notification_call_signal"], struct.pack("<2I", MOV_W0_0, RET))
        now.stub.begin()
        now.machine.expect("init: the supervisor doesn't answer", SECONDS)
        now.machine.expect("init: the kernel's text was damaged", SECONDS)
        now.machine.expect("begun anew after a crash of the kernel", SECONDS)
        now.machine.expect(r"\$ ", SECONDS)
        now.type("cat kept", "what is kept")


def damaged(now, where, what, told):
    """Damages memory that the next kernel would use. The kernel doesn't use it then."""
    now.stop()
    place = where(now)
    now.stub.write(place, (now.stub.word(place) ^ what).to_bytes(8, "little"))
    now.stub.set_register(gdbstub.PC, 0)
    now.stub.begin()
    now.machine.expect(told, SECONDS)
    now.machine.expect("the machine is reset; nothing is kept", SECONDS)
    now.machine.wait_end(SECONDS)


# Shows: rtos.kernel-kept.
@pytest.mark.long
def test_damage_of_kept_memory_is_reported():
    """The damage is in the table of pieces, or in the kernel's copy: in a function that the start doesn't need."""
    with bare("rtos-kernel-table") as now:
        damaged(now, lambda now: now.stub.word(now.symbols["kept"]) + 4096, 1, "an entry of kept memory's table is damaged")
    with bare("rtos-kernel-copy") as now:
        damaged(now, lambda now: copy_of(now) + now.symbols["trace_call_name"] - now.symbols["kernel_text"] & ~7, 1,
                "the kernel's copy in the boot image is damaged")


def copy_of(now):
    """The address of the kernel's copy, by include/kumiki/rtos/image.h."""
    image = now.symbols["kernel_end"]
    parts, kernel = (int.from_bytes(now.stub.read(image + at, 4), "little") for at in (40, 52))
    return image + now.stub.word(image + parts + 56 * kernel)


# Shows: rtos.kernel-hang.
@pytest.mark.long
def test_a_hang_is_reported():
    """A CPU hangs in a call with the kernel's lock. Another CPU that waits for the lock reports it, and the machine is
    reset."""
    with bare("rtos-kernel-hang", cpus=2, mode=km.THREADS) as now:
        now.stop()
        now.stub.set_register(gdbstub.PC, now.symbols["boot_park"])
        now.stub.begin()
        now.machine.expect("CPU 1: another CPU has had the kernel's lock for seconds", SECONDS)
        now.machine.expect("a CPU doesn't come to rest", SECONDS)
        now.machine.wait_end(SECONDS)


# Shows: rtos.kernel-faults.
@pytest.mark.parametrize("target", [
    pytest.param(target, marks=[pytest.mark.long] * (target != "kernel")) for target in kernel_campaign.TARGETS])
def test_faults(target, tmp_path):
    """A few faults of each kind. Each outcome is one of the classes, and nothing is wrong without a report."""
    kernel = kernel_campaign.KernelCampaign(target).open(tmp_path)
    faults = kernel.go_on(kernel.cases(SHORT))
    counts = campaign.counted(faults)["all"]
    print(campaign.show(kernel, faults))
    assert counts["hang"] == counts["silent"] == 0, faults
    assert counts["restarted with report"] > 0, faults
