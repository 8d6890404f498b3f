"""The disk's file server under two programs that use it all the time (tests/rtos/campaign/user.c). It is replaced ten times,
and memory of the server or of a client is damaged. No program sees an error. Beside that, a file system of 64 GiB.

Shows: rtos.replace, rtos.diskfs.
"""

import random
import re
import shutil
import subprocess

import gdbstub
import kumiki_machine as km
import pytest
import rtos_diskfiles as disks
import server_campaign
from link_frames import crc32c
from test_rtos_files import obey

IMAGE = km.BUILD / "rtos/shipped.img"
ELF = km.BUILD / "rtos/diskfs.elf"
USERS = ("first", "second")
SECONDS = 60
TIMES = 10
NAME = 16  # in the start page
PIECE = 4096


def disk_with(name, **files):
    folder = km.TESTS / f"{name}-files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return disks.new_disk(name, "4M", folder)


def machine_with(name, path, **options):
    return disks.bare(name, IMAGE, path, slot=3, **options)


def go_on(machine):
    """Both users go on, and had no bad result until now."""
    for user in USERS:
        machine.expect(rf"{user} \d+: \d+ bad\n", SECONDS)
    assert not re.search(r": [1-9]\d* bad", machine.text), machine.log_path


@pytest.mark.long
def test_replaced_under_load():
    """In real time. With counted instructions, a wait for the host's disk may take longer than the second in which the new
    version has to report that it is well."""
    stripped = km.TESTS / "diskfs-stripped"
    stripped.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-S", ELF, stripped], check=True)
    name = "rtos-diskfs-replaced"
    path = disk_with(name, diskfs=stripped.read_bytes())
    with machine_with(name, path, mode=km.TALK) as machine:
        machine.expect(r"\$ ", SECONDS)
        for _ in range(TIMES):
            go_on(machine)
            machine.send("replace diskfs /disk/diskfs\r")
            machine.expect("supervisor: diskfs is replaced by a new version", SECONDS)
        go_on(machine)
        machine.send("sync\r")
        go_on(machine)
    assert b"all is well" in disks.tool("check", path)


class Stopped:
    """A machine in real time whose programs a debugger stops."""

    def __init__(self, name, path):
        self.path = km.TESTS / f"{name}.gdb"
        self.path.unlink(missing_ok=True)
        self.machine = machine_with(name, path, mode=km.TALK, extra=["-gdb", f"unix:{self.path},server=on,wait=off"])

    def arrive(self, stub, address, program, called_from=None):
        """Runs until this program executes the instruction, called from a function of this range."""
        stub.breakpoint(address)
        while True:
            stub.go()
            if stub.read(server_campaign.START_PAGE + NAME, 16).rstrip(b"\0").decode() == program and \
                    (not called_from or stub.register(server_campaign.LR) in called_from):
                break
            stub.step()
        stub.clear(address)


@pytest.mark.long
def test_answer_damaged_on_its_way():
    """An answer is damaged in the client's memory. The client asks again, and gets the right one."""
    name = "rtos-diskfs-answer-damaged"
    path = disk_with(name, hello=b"hello\n")
    symbols = gdbstub.symbols(km.BUILD / "rtos/campaign-user.elf")
    stopped = Stopped(name, path)
    with stopped.machine as machine:
        go_on(machine)
        stub = gdbstub.Stub(stopped.path)
        reads = range(symbols["fs_read"], min(address for address in symbols.values() if address > symbols["fs_read"]))
        for seed in range(3):
            stopped.arrive(stub, symbols["crc32c"], "first", reads)
            buffer, count = stub.register(1), stub.register(2)
            place = buffer + random.Random(seed).randrange(count)
            stub.write(place, bytes([stub.read(place, 1)[0] ^ 0x10]))
            stopped.arrive(stub, symbols["fs_read_again"], "first")
        stub.let_go()
        begin = machine.position = len(machine.text)
        go_on(machine)
        go_on(machine)
        assert "diskfs" not in machine.text[begin:]


@pytest.mark.long
def test_cache_damaged(tmp_path):
    """The server's cache differs from the disk. The server reports it and restarts, and the client gets the disk's data."""
    name = "rtos-diskfs-cache-damaged"
    data = random.Random(7).randbytes(4 * PIECE)
    path = disk_with(name, big=data)
    stopped = Stopped(name, path)
    with stopped.machine as machine:
        go_on(machine)
        obey(machine, "sum /disk/big", f"0x{crc32c(data):x}")
        stub = gdbstub.Stub(stopped.path)
        assert stub.ask("Qqemu.PhyMemMode:1") == "OK"
        found = 0
        for page in range(0x40000000, 0x41000000, PIECE):
            if stub.read(page, 32) == data[:32]:
                stub.write(page + 8, bytes(8))
                found += 1
        assert found
        assert stub.ask("Qqemu.PhyMemMode:0") == "OK"
        stub.let_go()
        machine.send("sum /disk/big\r")
        machine.expect(f"0x{crc32c(data):x}", SECONDS)
        go_on(machine)
        assert "diskfs: what it has in memory is damaged; it begins again" in machine.text


@pytest.mark.long
def test_largest():
    """A sparse file of 64 GiB on the host is made, checked, mounted, written to, and checked again."""
    path = km.TESTS / "rtos-diskfs-largest.img"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    try:
        disks.tool("make", "--size", "64G", path)
        assert path.stat().st_size == 64 << 30 and path.stat().st_blocks * 512 < 64 << 20
        with disks.bare("rtos-diskfs-largest", km.BUILD / "rtos/desk-disk.img", path, slot=3) as machine:
            machine.expect(r"\$ ", SECONDS)
            obey(machine, "write /disk/notes one two")
            obey(machine, "df /disk", r"\d+ KiB of 67108864 KiB are free, and \d+ of \d+ inodes")
            obey(machine, "sync")
            assert "diskfs hangs" not in machine.text
        assert disks.tool("read", path, "notes") == b"one two\n"
        assert b"all is well" in disks.tool("check", path)
    finally:
        path.unlink(missing_ok=True)
