"""What files on a disk take, told by the judges of tests/rtos/diskfiles: what kernel and programs compute, and not how long
the host's disk does. Used by run.py."""

import shutil

import kumiki_machine as km
import rtos
import rtos_diskfiles as disks

# Image, and its figures; that of "many" is diskfiles-plain, on a disk of its own.
FIGURES = {
    "diskfiles": {
        "disk.read.4k": "a program reads 4 KiB of a file on a disk that are in the server's cache, and checks their sum: the whole "
                        "call in C, mean of 64",
        "disk.write.sync": "4 KiB are written over and synced: above the two device writes and two flushes that it makes, which "
                           "are timed alone; mean of 64",
    },
    "mapped": {
        "file.map": "a program maps 256 pages of a file on a disk that are in the server's cache, by one call: the whole of it, "
                    "for each page",
    },
    "many": {
        "fs.mount": "a manager restarts the server of a disk of 1 GiB with ten thousand files, whose power was cut before: from "
                    "that call to the first path that the new one has found",
    },
}


def _many_disk():
    folder = disks.many_files("bench-many")
    path = disks.new_disk("bench-many", "1G", folder, behind=disks.BEHIND)
    shutil.rmtree(folder)
    with disks.bare("bench-rtos-disk-many-cut", km.RTOS / "cutter.img", path, mode=km.THREADS) as machine:
        machine.expect("SYNCED 3", 60)
    return path


def _disk(kind, name):
    """A new one for each run: the judge leaves files there."""
    return _many_disk() if kind == "many" else disks.new_disk(name, behind=disks.BEHIND)


def measure():
    for kind, figures in FIGURES.items():
        image = km.RTOS / f"{'diskfiles-plain' if kind == 'many' else kind}.img"
        name = f"bench-rtos-disk-{kind}"
        path = _disk(kind, name)
        bare = rtos.judged(disks.bare(f"{name}-bare", image, path))
        path = _disk(kind, name)
        kumiki = rtos.judged(km.kumiki(f"{name}-kumiki", disks.partition(name, image, path)))
        path.unlink()
        for figure, what in figures.items():
            yield {"name": figure, "unit": "instructions", "what": what, "bare": bare[figure], "value": kumiki[figure]}
