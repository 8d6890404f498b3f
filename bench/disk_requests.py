"""What confined DMA costs: a Linux's disk requests, behind the SMMU and bare without one (dma.overhead). Used by run.py."""

import contextlib
import re
import statistics
import subprocess

import boots
import kumiki_machine as km

# A disk that answers at once, by the CPU that asks it.
DISK = "virtio-blk-pci,drive=disk,ioeventfd=off"
DISK_ARGUMENTS = "-blockdev driver=null-co,node-name=disk,size=67108864,read-zeroes=on"

INITRD = km.BUILD / "guests/initrd-pci.cpio"
BATCH = 50  # guests/linux/requests.c
# Boots, and batches of one boot after the warm-up: so many that some meet a host that answers at once.
RUNS, BATCHES = 5, 300
BOOTARGS = ("console=ttyAMA0 nokaslr quiet norandmaps randomize_kstack_offset=off "
            f"kumiki.run=requests kumiki.rounds={BATCHES}")


def _linux(name, memory):
    system = km.description(name, [km.partition("linux", cores=1, memory=f"{memory} as 0x40000000", image=km.IMAGE["linux"],
                                                initrd=INITRD, bootargs=BOOTARGS, access=["disk"])])
    km.on_bus(system, [km.function("disk", "pci1af4,1042", 1, device=DISK, arguments=DISK_ARGUMENTS)])
    return system


def start(name, memory, under_kumiki):
    """A Linux with the disk; bare, with the same device tree, but that it places the disk's BARs."""
    system = _linux(name, memory)
    if under_kumiki:
        return km.kumiki(name, system)
    tree = boots.tree_of(name, system)
    subprocess.run(["fdtput", "-t", "i", tree, "/chosen", "linux,pci-probe-only", "0"], check=True)
    return km.bare(name, km.IMAGE["linux"], memory=memory, initrd=INITRD, append=BOOTARGS, extra=[
        "-dtb", tree, *DISK_ARGUMENTS.split(), "-device",
        f"{DISK},romfile=,disable-legacy=on,iommu_platform=on,bus=pcie.0,addr=0x1.0"])


def batches_of(machine):
    """Instructions of each batch of requests."""
    machine.expect(r"stamp requests-end \d+\n", 300)
    failed = re.search(r"kumiki-init: (?:requests ended|no module).*", machine.text)
    if failed:
        raise SystemExit(f"bench: {machine.log_path}: {failed[0]}; guests/linux/requests.c says why")
    return [int(count) for count in re.findall(r"requests batch (\d+)\n", machine.text)]


def measure():
    """Equal batches of requests. A busy host answers late, and then timer interrupts fall into the wait: so the least batch of
    each boot is taken."""
    pairs = []
    for run in range(RUNS):
        memory = f"{512 + 24 * run}M"
        with contextlib.ExitStack() as machines:
            started = [machines.enter_context(start(f"bench-dma-{side}", memory, under))
                       for side, under in (("bare", False), ("kumiki", True))]
            pairs.append([batches_of(machine) for machine in started])
    if any(len(batches) != BATCHES for pair in pairs for batches in pair):
        raise SystemExit(f"bench: dma.overhead: some batches are missing; see {km.LOGS}")
    ratios = [min(kumiki) / min(bare) for bare, kumiki in pairs]
    bare, kumiki = ([min(pair[side]) / BATCH for pair in pairs] for side in (0, 1))
    yield {"name": "dma.overhead", "unit": "instructions", "value": round(statistics.mean(kumiki)),
           "worst": round(max(kumiki)), "bare": round(statistics.mean(bare)),
           "bare_worst": round(max(bare)), "samples": RUNS * BATCHES,
           "ratio": round(statistics.mean(ratios), 5),
           "error": round(statistics.stdev(ratios) / len(ratios) ** 0.5, 5),
           "ratios": [round(each, 5) for each in ratios],
           "what": "a 4 KiB request of a Linux to its virtio-blk-pci disk, every second a write: of "
                   f"the least batch of {BATCH} of each boot"}
