"""The cost of the RTOS's start up to the first block of its disk: instructions, accesses to devices, and bytes copied.
Beside it, the cost of a driver's crash. Used by test_rtos_start.py and bench/rtos_start.py."""

import collections
import re
import struct
import subprocess
import tempfile
from pathlib import Path

import gdbstub
import kumiki_machine as km
import rtos_disk
import witness
from sessions import console, leave, reachable

FIRST, DRIVERS = km.RTOS / "block-first.img", km.RTOS / "drivers.img"
PROMPT = km.RTOS / "again.img"
SLOT = f"virtio_mmio{rtos_disk.SLOT}"
TICK = 16  # ns of the counter
FIGURE = r"FIGURE (\S+) (\d+)\s"  # up to the line's end
# Of include/kumiki/trace.h and life.h.
VCPU_ON, LIFE, STOPPING = 6, 12, 8
LIVES = 3  # more don't fit into the ring of a trace


# ---- instructions ----

def bare():
    """Nanoseconds from the machine's first instruction to the first block's answer."""
    path = rtos_disk.new_disk("rtos-start-bare")
    with rtos_disk.bare("rtos-start-bare", "mmio", path, image=FIRST) as machine:
        return int(machine.expect(FIGURE, 60)[2])


def _events(path):
    """(ns, type, data) of the events in a file of `kumiki trace --raw`, core after core."""
    data = path.read_bytes()
    at = 16 + struct.unpack_from("<Q", data, 8)[0]
    while at < len(data):
        _, _, count = struct.unpack_from("<QQQ", data, at)
        for head, value in struct.iter_unpack("<QQ", data[at + 24:at + 24 + 16 * count]):
            yield (head & (1 << 48) - 1) * TICK, head >> 56, value
        at += 24 + 16 * count


def _asked(link, *words):
    return subprocess.run([km.KUMIKI, *words, link], check=True, timeout=km.HANGS, text=True, capture_output=True).stdout


def _told(name, system):
    """The figures of the RTOS's lives, and the frame's trace of them. They are asked for after the last life, because the
    console's answer takes time on the RTOS's core. Until then only the heartbeat is listened to."""
    with tempfile.TemporaryDirectory() as scratch:
        link, raw = Path(scratch) / "uart", Path(scratch) / "raw"
        with km.kumiki(name, system, links=[link]):
            reachable(link)
            with console(link) as session:
                session.expect(r"heartbeat: [1-9]\d* s", timeout=km.HANGS)
                leave(session)
            said = _asked(link, "console", "--command", "log rtos all")
            _asked(link, "trace", "--raw", raw, "-o", scratch)
        return [int(value) for _, value in re.findall(FIGURE, said)], list(_events(raw))


def lives(image, memory):
    """The times from the resets, and from the partition's first instructions, to the figure that the image reports, sorted.
    The partition restarts again and again. One of the times may contain the moment when the listener attached."""
    name = f"rtos-start-{image.stem}-{memory}"
    path = rtos_disk.new_disk(name)
    system = km.description(name, [
        km.partition("rtos", cores=1, memory=memory, image=image, access=[SLOT],
                     more=(f"kumiki,restart-limit = <{LIVES - 1} 60>;", "kumiki,restart-delay = <0>;",
                           'kumiki,after = "heartbeat";')),
        witness.heartbeat(1)], devices=[(SLOT, "virtio-blk-device,drive=disk", rtos_disk.drive(path))])
    told, events = _told(name, system)
    on = [time for time, kind, _ in events if kind == VCPU_ON][:LIVES]
    ends = [time for time, kind, data in events if kind == LIFE and data == STOPPING << 32]
    assert len(told) == len(ends) == LIVES and len(on) >= LIVES - 1, (told, on, ends)
    return (sorted(first - end for first, end in zip(told[1:], ends)),
            sorted(first - begin for first, begin in zip(told[-len(on):], on)))


# ---- a driver's own crash ----

def _falls(machine):
    with machine:
        assert machine.expect(r"drivers: failed: (\d+)\s", 60)[1] == "0"
        return {name: int(value) for name, value in re.findall(FIGURE, machine.text)}, machine.text


def falls(how):
    """Figures and text: "bare", a partition that has the UART ("uart"), one whose console is the frame's ("console")."""
    name = f"rtos-drivers-{how}"
    path = rtos_disk.new_disk(name)
    if how == "bare":
        return _falls(rtos_disk.bare(name, "mmio", path, image=DRIVERS))
    own = how == "uart"
    system = km.description(name, [km.partition(
        "rtos", cores=1, memory="16M", image=DRIVERS, access=[SLOT, *([km.UART] if own else [])], console=not own)],
        devices=[(SLOT, "virtio-blk-device,drive=disk", rtos_disk.drive(path))])
    return _falls(km.kumiki(name, system))


# ---- accesses to devices ----

ACCESS = re.compile(r"memory_region_ops_(read|write) cpu \S+ mr \S+ addr (\S+) value (\S+) size \d name '([^'[]*)")
UART_DATA = 0x9000000


def _logged(options):
    """QEMU's log of a start on the bare machine."""
    path = rtos_disk.new_disk("rtos-start-log")
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "log"
        subprocess.run(["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a57", "-m", "16M", "-display", "none",
                        "-serial", "null", "-nic", "none", "-no-reboot", *km.ICOUNT, *options, "-D", log, "-kernel", FIRST,
                        *rtos_disk.bare_disk("mmio", path)], check=True, timeout=km.HANGS)
        return log.read_text()


def accesses():
    """[(device, "read" or "write", address)] of all accesses to device registers, until the first block's answer is
    reported."""
    found, said = [], ""
    for kind, address, value, device in ACCESS.findall(_logged(["-trace", "memory_region_ops_*"])):
        if kind == "write" and int(address, 16) == UART_DATA:
            said += chr(int(value, 16) & 0xFF)
        if said.endswith("FIGURE"):
            return found
        found.append((device, kind, int(address, 16)))
    raise AssertionError(f"no block was read: {said!r}")


# ---- bytes copied ----

# {number: program} of the address spaces. Processes get them in the order in which they are made, which is the manifest's.
SPACES = {0: "kernel", 1: "init", 2: "supervisor", 3: "console", 4: "block", 5: "block-first"}
BLOCK = 512
WINDOW = 0x6000000000  # SPAWN_WINDOW of rtos/sys/spawn.c: content of a new program is written here
DUMP = re.compile(r" PC=(\w+)(.*?)PSTATE", re.DOTALL)
REGISTER = re.compile(r"X(\d\d)=(\w+)")


def _switches():
    """{address: register} of the kernel's writes to TTBR0_EL1. The upper bits have the address space's number."""
    text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", km.RTOS / "kernel.elf"], check=True,
                          text=True, stdout=subprocess.PIPE).stdout
    return {int(at, 16): int(number) for at, number in
            re.findall(r"^\s*([0-9a-f]+):\s+msr\s+ttbr0_el1, x(\d+)", text, re.MULTILINE)}


def segments():
    """Bytes of all programs' segments in the image."""
    loads = [subprocess.run(["readelf", "-lW", km.RTOS / f"{name}.elf"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout for name in SPACES.values() if name != "kernel"]
    return sum(int(size, 16) for text in loads for size in re.findall(r"LOAD +\S+ \S+ \S+ (\S+)", text))


def copied():
    """Bytes that memcpy() copied until the disk's driver hands out the first block: {program: bytes for itself}, and the
    bytes of new programs' content."""
    switches = _switches()
    copies = {name: gdbstub.symbols(km.RTOS / f"{name}.elf").get("memcpy") for name in SPACES.values()}
    places = ",".join(f"{at:#x}+4" for at in {*switches, *copies.values()} if at)
    running, own, into = "kernel", collections.Counter(), 0
    for at, dump in DUMP.findall(_logged(["-singlestep", "-d", "exec,cpu,nochain", "-dfilter", places])):
        at, registers = int(at, 16), {int(number): int(value, 16) for number, value in REGISTER.findall(dump)}
        who = "kernel" if at == copies["kernel"] else running
        if at in switches:
            running = SPACES.get(registers[switches[at]] >> 48, "another")
        elif copies.get(who) == at:
            if (who, registers[2]) == ("block", BLOCK):
                return own, into
            if who == "kernel" or registers[0] == WINDOW:
                into += registers[2]
            else:
                own[who] += registers[2]
    raise AssertionError(f"no block was read: {own}, {into}")
