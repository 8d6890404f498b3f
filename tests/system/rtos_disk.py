"""The disk of tests/rtos/block: its content before and after a test, and machines with it. Used by test_rtos_block.py and
bench/rtos.py."""

import array
import sys

import kumiki_machine as km

# {bus: (compatible, QEMU's device)}, of the disks that are PCI functions.
FUNCTION = {"pci": ("pci1af4,1042", "virtio-blk-pci,drive=disk"),
            "nvme": ("pci1b36,0010", "nvme,drive=disk,serial=1"),
            "nvme-4k": ("pci1b36,0010", "nvme,drive=disk,serial=1,logical_block_size=4096,physical_block_size=4096")}
IMAGE = {"mmio": km.RTOS / "block.img", **{bus: km.RTOS / f"block-{bus}.img" for bus in FUNCTION}}
SLOT = km.SLOTS - 1
UNCACHED, TROUBLE = km.RTOS / "block-uncached.img", km.RTOS / "block-trouble.img"
# Failures, as in tests/rtos/block/trouble.c: a sector that can't be read, one that can't be written, and the first flush.
FAILS = ({"event": "read_aio", "sector": 4100}, {"event": "write_aio", "sector": 4200},
         {"event": "flush_to_disk", "once": "on"})
SECTORS, WRITTEN, WORDS = 8192, 18 * 256, 64
DEVICE = {"mmio": f"virtio-blk-device,drive=disk,bus=virtio-mmio-bus.{SLOT}",
          **{bus: f"{device},addr=1" for bus, (_, device) in FUNCTION.items()}}
DEVICE["pci"] += ",disable-legacy=on"


def sector(number, version):
    """A sector's content, as word_of() in judge.c computes it."""
    first = number * 0x9e3779b97f4a7c15 + version * 0xbf58476d1ce4e5b9
    words = array.array("Q", ((first + i * 0x94d049bb133111eb) % 2**64 for i in range(WORDS)))
    if sys.byteorder == "big":
        words.byteswap()
    return words.tobytes()


def new_disk(name):
    path = km.TESTS / f"{name}.img"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(sector(i, 0) for i in range(SECTORS)))
    return path


def check_disk(path):
    """Flushed data is on the disk, even after a sudden end of the machine."""
    data = path.read_bytes()
    assert len(data) == SECTORS * 512
    wrong = [i for i in range(SECTORS)
             if data[i * 512:(i + 1) * 512] != sector(i, 1 if i < WRITTEN else 0)]
    assert not wrong, f"{len(wrong)} sectors, first {wrong[0]}"


def drive(path):
    # unsafe: a flush doesn't wait for the host's disk, which would have to take gigabytes. All data that was written before
    # a flush is in the file.
    return f"-drive if=none,id=disk,file={path},format=raw,cache=unsafe"


def bare_disk(bus, path):
    return ("-global", "virtio-mmio.force-legacy=false", *drive(path).split(), "-device", DEVICE[bus])


def bare(name, bus, path, cpus=1, mode=km.ICOUNT, image=None):
    return km.bare(name, image or IMAGE[bus], cpus=cpus, mode=mode, extra=bare_disk(bus, path))


def bare_trouble(name, how, path):
    """A virtio-mmio disk that fails some requests, is read-only, is a legacy device, or is missing."""
    failing = "".join(f",file.inject-error.{i}.{key}={value}" for i, fail in enumerate(FAILS)
                      for key, value in fail.items())
    disk = {"failing": "if=none,id=disk,format=raw,rerror=report,werror=report,file.driver=blkdebug,"
                       f"file.image.driver=file,file.image.filename={path}{failing}",
            "read-only": f"if=none,id=disk,format=raw,file={path},readonly=on",
            "legacy": f"if=none,id=disk,format=raw,file={path}"}
    extra = [] if how == "legacy" else ["-global", "virtio-mmio.force-legacy=false"]
    if how in disk:
        extra += ["-drive", disk[how], "-device", DEVICE["mmio"]]
    return km.bare(name, TROUBLE, extra=extra)


def partition(bus, path, image=None, cpus=1):
    """A virtio-mmio device uses the machine's addresses; a PCI device uses the partition's own."""
    memory = "16M" if bus == "mmio" else "16M as 0x40000000"
    more = ["access = <&disk>;"] if bus in FUNCTION else []
    access = [f"virtio_mmio{SLOT}"] if bus == "mmio" else []
    devices = [(f"virtio_mmio{SLOT}", "virtio-blk-device,drive=disk", drive(path))] if bus == "mmio" else []
    name = f"rtos-block-{bus}" if image is None else image.stem
    system = km.description(name, [km.partition(
        "rtos", cores=(1 << cpus) - 1, memory=memory, image=image or IMAGE[bus], access=access, more=more)], devices=devices)
    if bus in FUNCTION:
        compatible, device = FUNCTION[bus]
        km.on_bus(system, [km.function("disk", compatible, 1, device=device, arguments=drive(path))])
    return system
