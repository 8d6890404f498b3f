"""Disks with files for the RTOS, made and checked with `kumiki fs`, and machines with such disks. Used by
test_rtos_diskfs.py and bench/rtos_disk_files.py."""

import subprocess

import kumiki_machine as km

DEVICE = "virtio-blk-pci,drive=disk,addr={},disable-legacy=on"
BEHIND = 65536  # bytes behind the file system, for the judge (tests/rtos/diskfiles/judge.c)
MANY = 10_000


def tool(*words, data=None):
    """What `kumiki fs` prints."""
    done = subprocess.run([km.KUMIKI, "fs", *map(str, words)], input=data, capture_output=True, timeout=km.HANGS)
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    assert not done.stderr, done.stderr.decode()
    return done.stdout


def new_disk(name, size="16M", folder=None, behind=0):
    path = km.TESTS / f"{name}.img"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    tool("make", "--size", size, path, *([folder] if folder else []))
    if behind:
        with open(path, "r+b") as file:
            file.truncate(path.stat().st_size + behind)
    return path


def many_files(name):
    """A folder of MANY files, in a hundred folders."""
    folder = km.TESTS / name
    for i in range(MANY):
        path = folder / f"d{i % 100}" / f"file {i}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%08d\n" % i * (i % 997))
    return folder


def drive(path, iops=0):
    # unsafe: a flush doesn't wait for the host's disk. The writes of a killed QEMU are in the file all the same.
    slow = f",throttling.iops-total={iops}" if iops else ""
    return f"-drive if=none,id=disk,file={path},format=raw,cache=unsafe{slow}"


def bare(name, image, path, *, cpus=1, mode=km.ICOUNT, slot=1, iops=0, device=DEVICE, extra=()):
    return km.bare(name, image, cpus=cpus, mode=mode,
                   extra=[*drive(path, iops).split(), "-device", device.format(slot), *extra])


def partition(name, image, path, cpus=1, slot=1, function=("pci1af4,1042", "virtio-blk-pci,drive=disk")):
    system = km.description(name, [km.partition("rtos", cores=(1 << cpus) - 1, memory="16M as 0x40000000", image=image,
                                                more=["access = <&disk>;"])])
    km.on_bus(system, [km.function("disk", function[0], slot, device=function[1], arguments=drive(path))])
    return system
