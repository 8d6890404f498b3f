"""What files on a disk take, told by the judges of tests/rtos/diskfiles: what kernel and programs compute, and not how long
the host's disk does. Used by run.py."""

import re
import shutil

import kumiki_machine as km
import rtos_diskfiles as disks

FIGURES = {
    # Figure: in which image, by which name the judge tells it, what it is.
    "disk.read.4k": ("diskfiles", "disk.read.4k", "a program reads 4 KiB of a file on a disk that are in the server's cache, and "
                     "checks their sum: the whole call in C, mean of 64"),
    "disk.read.4k.no-sums": ("diskfiles-plain", "disk.read.4k.no-sums", "the same without sums (kumiki,no-sums)"),
    "disk.write.4k": ("diskfiles", "disk.write.4k", "4 KiB are written over, with their sum, into the cache and what is kept; a "
                      "commit in 64 of them included"),
    "disk.write.sync": ("diskfiles", "disk.write.sync", "4 KiB are written over and synced: above the two device writes and two "
                        "flushes that it makes, which are timed alone; mean of 64"),
    "file.map": ("mapped", "file.map", "a program maps 256 pages of a file on a disk that are in the server's cache, by one call: "
                 "the whole of it, for each page"),
    "file.map.fault": ("mapped", "file.map.fault", "the first access to a mapped page that is in the server's cache, and wasn't "
                       "shown yet; 15 pages behind it come with it"),
    "file.unmap": ("mapped", "file.unmap.whole", "a mapping of 256 pages is ended, and the TLB forgets them"),
    "fs.mount": ("many", "fs.mount", "a manager restarts the server of a disk of 1 GiB with ten thousand files, whose power was cut "
                 "before: from that call to the first path that the new one has found"),
}


def _said(machine):
    with machine:
        machine.expect(r"tests: \d+ passed, 0 failed$", 300)
        return {name: int(value) for name, value in re.findall(r"FIGURE (\S+) (\d+)", machine.text)}


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


def _measure(kind, options):
    image = km.RTOS / f"{'diskfiles-plain' if kind == 'many' else kind}.img"
    name = f"bench-rtos-disk-{kind}"
    path = _disk(kind, name)
    bare = _said(disks.bare(f"{name}-bare", image, path))
    told = {}
    if not options.bare_only:
        path = _disk(kind, name)
        told = _said(km.kumiki(f"{name}-kumiki", disks.partition(name, image, path)))
    path.unlink()
    return bare, told


def measure(options):
    told = {kind: _measure(kind, options) for kind in ("diskfiles", "diskfiles-plain", "mapped", "many")}
    for name, (kind, said, what) in FIGURES.items():
        bare, kumiki = told[kind]
        figure = {"name": name, "unit": "instructions", "command": "make bench ONLY=rtos-disk-files", "what": what,
                  "bare": bare[said]}
        if kumiki:
            figure["value"] = kumiki[said]
        yield figure
