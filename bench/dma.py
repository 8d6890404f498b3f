"""What confined DMA costs: configuration space (pci.config), streams closed and opened again
(smmu.update), and a Linux's disk requests beside the bare machine (dma.overhead, with run.py). Used
by run.py."""

import re
import subprocess

import kumiki_machine as km
import masked

GUESTS = km.BUILD / "guests"
ELF = km.BUILD / "frame/qemu-virt.elf"
SOURCES = ("frame/core/dma/dma.c", "frame/dev/smmuv3.c")  # what decides over the SMMU, and its driver
RESTARTS = 50
KEPT = 'kumiki,keep = "4K at 0x400ff000";'
# The last restart is one too many: the machine ends with it.
LIMITED = (f"kumiki,restart-limit = <{RESTARTS} 100000>; kumiki,restart-delay = <0>; "
           'kumiki,at-limit = "off";')
# A disk that answers at once, by the CPU that asks it.
DISK = "virtio-blk-pci,drive=disk,ioeventfd=off"
DISK_ARGUMENTS = "-blockdev driver=null-co,node-name=disk,size=67108864,read-zeroes=on"


def on_bus(system, label, compatible, device, arguments=None):
    km.on_bus(system, [km.function(label, compatible, 1, device=device, arguments=arguments)])
    return system


def config():
    """What a guest with a panel and one real function says."""
    name = "bench-config"
    system = on_bus(km.description(name, [km.partition(
        "bench", cores=1, memory="1M as 0x40000000", image=GUESTS / "bench-config.bin",
        access=["rng"], more=["kumiki,panel;"])]), "rng", "pci1af4,1044", "virtio-rng-pci")
    with km.kumiki(name, system) as machine:
        machine.expect(r"bench: done", 60)
        return machine.text


def update():
    """Instructions in the SMMU's driver and in what decides over it, for each restart of a partition of
    1 MiB with one function: its stream closed and opened again."""
    name = "bench-update"
    system = on_bus(km.description(name, [km.partition(
        "bench", cores=1, memory="1M as 0x40000000", image=GUESTS / "bench-restart.bin",
        access=["rng"], more=[KEPT, LIMITED])]), "rng", "pci1af4,1044", "virtio-rng-pci")
    command = km.command_of(system, km.BUILD / f"tests/{name}.img") + masked.QEMU_LOG
    log = km.LOGS / f"{name}.log"
    with log.open("wb") as output:
        stretches = masked.measure(command, ELF, 300, output=output,
                                   symbols=masked.Sources(ELF, *SOURCES))
    text = log.read_text(errors="replace")
    assert "its limit" in text or "switched off" in text, text[-2000:]
    found = sum(int(count) * times for (_, way), times in stretches.ways.items()
                for source, count in re.findall(r"(\S+):(\d+)", way) if source in SOURCES)
    assert found > 0, "QEMU logged nothing of the SMMU's driver"
    return found / RESTARTS


# ---- a Linux's requests ----

INITRD = GUESTS / "initrd-pci.cpio"
BATCH = 50  # guests/linux/requests.c
# Boots, and batches of one boot after the warm-up: so many that some meet a host that answers at once.
RUNS, BATCHES = 5, 300
BOOTARGS = ("console=ttyAMA0 nokaslr quiet norandmaps randomize_kstack_offset=off "
            f"kumiki.run=requests kumiki.rounds={BATCHES}")


def _linux(name, memory):
    return on_bus(km.description(name, [km.partition(
        "linux", cores=1, memory=f"{memory} as 0x40000000", image=km.IMAGE["linux"], initrd=INITRD,
        bootargs=BOOTARGS, access=["disk"])]), "disk", "pci1af4,1042", DISK, DISK_ARGUMENTS)


def start(name, memory, under_kumiki):
    """A Linux with the disk; bare, with the same device tree, but that it places the disk's BARs."""
    system = _linux(name, memory)
    if under_kumiki:
        return km.kumiki(name, system)
    image, tree = km.BUILD / f"tests/{name}.img", km.BUILD / f"tests/{name}.dtb"
    subprocess.run([km.KUMIKI, "pack", system, "-o", image], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([km.KUMIKI, "show", "--dtb", "linux", "-o", tree, image], check=True,
                   stdout=subprocess.DEVNULL)
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
