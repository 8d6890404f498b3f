"""A Linux with a crash kernel. It panics, and its crash kernel boots inside the partition. The crash kernel reads the memory
of the panic, writes it to a confined disk, and ends. A Linux from the pristine images finds the dump on the disk, and the
panic's text in ramoops and in kept memory. The programs are Debian's, and the kernels unmodified.

Shows: life.crash-kernel.
"""

import re
import struct
import tarfile

import kumiki_machine as km
import pytest

from witness import heartbeat, heartbeat_goes_on

INITRD = km.BUILD / "guests/initrd-kdump.cpio"
TOTAL = r"\[linux\] tests: (\d+) passed, (\d+) failed\n"
MEMORY_AT = 64 << 20  # KDUMP_MEMORY of guests/linux/kdump.sh
MEMORY = (0x50000000, 288 << 20)
BOOTARGS = ("console=ttyAMA0 quiet panic=-1 crashkernel=112M crash_kexec_post_notifiers "
            "nowatchdog kumiki.run=kdump")


@pytest.fixture
def disk(tmp_path):
    """A disk with a tar file and room behind it. The tar file has the crash kernel and its file system, for
    guests/linux/kdump.sh."""
    path = tmp_path / "disk.img"
    with tarfile.open(path, "w") as tar:
        tar.add(km.IMAGE["linux"], "vmlinuz")
        tar.add(INITRD, "initrd")
    with open(path, "r+b") as file:
        file.truncate(320 << 20)
    return path


def system(name, disk, bootargs):
    at, size = MEMORY
    linux = km.partition("linux", cores=0x3, memory=f"{size >> 20}M at {at:#x}",
                         image=km.IMAGE["linux"], initrd=INITRD, bootargs=f"{BOOTARGS} {bootargs}",
                         access=["disk"],
                         more=['kumiki,ramoops = "256K";', 'kumiki,keep = "4K";'])
    path = km.description(name, [linux, heartbeat(2)])
    km.on_bus(path, [km.function(
        "disk", "pci1af4,1042", 1, device="virtio-blk-pci,drive=disk",
        arguments=f"-drive if=none,id=disk,file={disk},format=raw,cache=unsafe")])
    return path


def dumped_memory(path):
    """(address, bytes) of each piece of memory in the core file on the disk, in the file's order."""
    data = path.read_bytes()[MEMORY_AT:]
    kind, machine = struct.unpack_from("<HH", data, 16)
    assert data[:4] == b"\x7fELF" and (kind, machine) == (4, 183)  # ET_CORE, EM_AARCH64
    at, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = [struct.unpack_from("<IIQQQQ", data, at + i * size) for i in range(count)]
    return [(address, data[offset:offset + length])
            for kind, _, offset, _, address, length in headers if kind == 1]


def is_whole_dump(path):
    """The dump has the partition's memory and nothing else, and the panic's text is in it."""
    stretches = dumped_memory(path)
    begin, size = MEMORY
    for address, data in stretches:
        assert begin <= address and address + len(data) <= begin + size
    assert sum(len(data) for _, data in stretches) > 128 << 20
    assert any(b"kdump: words of a former life" in data for _, data in stretches)


@pytest.mark.parametrize("mode, bootargs, ended", [
    # The first CPU panics. The crash kernel has one CPU, and resets at its end.
    ("threads", "", "it asked for a reset"),
    # The other CPU panics. The crash kernel takes both CPUs, and ends by a panic, which is a crash.
    ("icount", "kumiki.panic-cpu=1 kumiki.crash-cpus=2 kumiki.end=panic", "its kernel panicked"),
], ids=["reset", "panic"])
def test_a_crash_kernel_lives_on(mode, bootargs, ended, disk, request, record_guest):
    name = f"kdump-{request.node.callspec.id}"
    with km.kumiki(name, system(name, disk, bootargs), mode=km.MODES[mode]) as machine:
        machine.expect(r"\[linux\] .*Kernel panic - not syncing: sysrq", 120)
        machine.expect(r"\[linux\] kdump: second kernel$", 120)
        assert machine.expect(r"\[kumiki\] linux stopped: (.*)\n", 120).group(1) == ended
        machine.expect(r"\[kumiki\] linux restarts \(restart 1 of at most 5 in 60 s\)$", 60)
        passed, failed = map(int, machine.expect(TOTAL, 120).groups())
        record_guest(passed, failed)
        assert (passed, failed) == (4, 0), [
            line for line in machine.text.splitlines() if "FAILED" in line]
        assert "refused" not in machine.text
        if "panicked" in ended:
            assert "second kernel, which the first one had loaded" in machine.text
            assert re.search(r"^\[kumiki\]   by  0x[0-9a-f]+ panic\+0x", machine.text, re.MULTILINE)
        heartbeat_goes_on(machine)
    is_whole_dump(disk)
