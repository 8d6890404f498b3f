"""Functions behind the SMMU: the reach of their DMA, the reports of refused DMA, and the end of a function that doesn't
stop. The engine is QEMU's edu, driven by tests/guest/dma/engine.c."""

import re

import kumiki_machine as km
import pytest

import dump
import physical
import rush
import witness

from frame_bundle import WINDOW_READ, Bundle

MARK = bytes.fromhex("4d4b5955")
FOREIGN = (0x40000000, 0x40000ffc, 0x40200000, 0x40400000, 0x61000000, 0x610ffffc, 0x61100000)
TRANSFER_US = 100_000  # of the engine
# QEMU's trace: the engine becomes a bus master, and ceases to be one; its stream ends; the late write.
LAST_TRANSFER = (r"edu 00:03.0 @0x4 <- 0x6\n.*edu 00:03.0 @0x4 <- 0x400\n.*cfgi_ste streamid= 0x18\n.*"
                 r"Invalid write at addr 0x60301004, size 4, ")
BELL = """	doorbells {
		last {
			kumiki,from = "engine";
			kumiki,to = "stopper";
		};
	};
"""
SHOWN = """	windows {
		shown {
			kumiki,size = "4K";
			kumiki,writers = "still";
			kumiki,readers = "queues";
		};
	};
"""
IDENTITY = bytes.fromhex("361bf41a")  # the first fields of QEMU's NVMe identify data
EDU = """
&pcie {
	edu: edu@3,0 {
		compatible = "pci1234,11e8";
		reg = <0x1800 0 0 0 0>;
		kumiki,qemu-device = "edu,dma_mask=0xffffffffff";
	};
};
"""


def edu_system(name, engine, *others):
    path = km.description(name, [
        km.partition("engine", cores=0x1, memory="4M at 0x60000000",
                     image=km.GUESTS / f"dma-{engine}.bin", access=["edu"],
                     more=["kumiki,no-restart;"]), *others])
    path.write_text(path.read_text() + EDU)
    return path


# Shows: dma.confined.
@pytest.mark.long
@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_a_dma_engine_reaches_its_partition_alone(mode, tmp_path):
    """The engine tries its own memory, others' around every border, devices, and unmapped addresses. A flood ends its
    partition, and the neighbour goes"""
    stub = tmp_path / "gdb"
    neighbour = km.partition("neighbour", cores=0x2, memory="1M at 0x61000000", image=km.HEARTBEAT)
    with km.kumiki(f"dma-{mode}", edu_system(f"dma-{mode}", "edu", neighbour),
                   mode=km.TALKS[mode],
                   extra=physical.options(stub)) as machine:
        machine.expect(r"edu: 10000ed at 1\w+\n", 30)
        machine.expect(r"edu: 3 of 3 in its own memory", 30)
        machine.expect(r"engine: its device edu was refused a write to 0x5ffffffc \(nobody's\)", 30)
        machine.expect(r"edu: floods", 90)
        assert len(re.findall(r"edu: 0x\w+ refused\n", machine.whole)) == 17 and "READ" not in machine.text
        # These faults come by another way.
        machine.expect_since(0, [r"refused a write to 0x61000000 \(memory of neighbour\)\n",
                                 r"refused a read of 0x61000000 \(memory of neighbour\)\n",
                                 r"refused a write to 0x40200000 \(the frame's\)\n"], 30)
        machine.expect(r"engine stopped: its devices tried again and again what they may not", 30)
        machine.expect(r"\[neighbour\] heartbeat: \d+ s.*", 30)
        machine.expect(r"\[neighbour\] heartbeat: \d+ s.*", 30)
        with physical.Physical(stub) as memory:
            for address in FOREIGN:
                assert memory.read(address, 4) != MARK


STILL_AT, RUSH_AT = 0x5fc00000, 0x60400000  # right below the engine's memory, and right above


# Shows: dma.confined.
@pytest.mark.long
def test_a_dma_engine_between_partitions_that_end_and_begin(tmp_path):
    """The engine tries everybody's memory while streams of disks are closed and opened beside it. Refused memory stays
    refused. The partitions of the disks look for damage in each life."""
    image = tmp_path / "system.img"
    path = edu_system("dma-among", "edu_among", witness.heartbeat(2),
                      rush.partition(0x2, RUSH_AT, lives=1_000_000),
                      rush.still(0x8, STILL_AT))
    km.on_bus(path, rush.disks(tmp_path))
    with km.kumiki("dma-among", path, mode=km.TALK, image=image, extra=dump.arguments(tmp_path / "monitor")) as machine:
        machine.expect(r"edu: 3 of 3 in its own memory", 30)
        begin = machine.position
        while True:  # the host decides the speed of the lives
            begun = machine.position
            machine.expect(r"edu: has tried everything\n", 60)
            said = machine.text[begun:machine.position]
            assert len(re.findall(r"edu: 0x\w+ refused\n", said)) == 16 and "READ" not in said
            if machine.text[begin:machine.position].count("[kumiki] rush runs again") >= 20:
                break
        machine.expect_since(begin, [re.escape(f"engine: its device edu was refused {what} {address:#x} ({owner})\n")
                                     for address, owner in ((RUSH_AT, "memory of rush"), (STILL_AT, "memory of still"),
                                                            (0x40200000, "the frame's"))
                                     for what in ("a write to", "a read of")], 60)
        assert not re.search(r"(disk|drive) was refused", machine.text)
        witness.heartbeat_goes_on(machine)
        with dump.Dump(tmp_path / "monitor", tmp_path) as memory:
            witness.images_untouched(image, memory)
            rush.still_untouched(memory, STILL_AT)
            damaged, lives = rush.kept(memory, RUSH_AT)
            assert damaged == 0 and lives >= 20
            assert MARK not in memory.read(STILL_AT, 4 << 20) + memory.read(RUSH_AT, 8 << 20)
            for at in FOREIGN[:4]:  # elsewhere it is in the engine's own saved registers
                assert memory.read(at, 4) != MARK


# Shows: dma.confined.
@pytest.mark.long
def test_a_drive_with_queues_that_are_others(tmp_path):
    """A drive is told to put commands, answers and data into others' memory, into devices, into a read-only window, and into
    its own memory by an alias. None of that works (queues.c)."""
    image = tmp_path / "system.img"
    path = km.beside_domains(km.description("dma-queues", [
        km.partition("queues", cores=0x1, memory="4M at 0x60000000", access=["drive"],
                     image=km.GUESTS / "dma-queues.bin"),
        rush.still(0x2, rush.STILL_AT), witness.heartbeat(2)]), SHOWN)
    km.on_bus(path, [km.function("drive", "pci1b36,0010", 1, device="nvme,serial=kumiki")])
    with km.kumiki("dma-queues", path, image=image, extra=dump.arguments(tmp_path / "monitor")) as machine:
        machine.expect_all([r"queues: its own work\n", r"\[still\] still\n"], 30)
        machine.expect(r"queues: its own work again, and its memory is as it was", 30)
        assert len(re.findall(r"queues: 0x\w+ refused\n", machine.text)) == 19
        assert "queues: its device drive was refused a read of 0x60800000 (memory of still)" in machine.text
        witness.heartbeat_goes_on(machine)
        shown = [region for partition in Bundle(image.read_bytes()).partitions
                 for region in partition.regions if region.size == 4096 and region.kind == WINDOW_READ]
        with dump.Dump(tmp_path / "monitor", tmp_path) as memory:
            witness.images_untouched(image, memory)
            rush.still_untouched(memory, rush.STILL_AT)
            assert IDENTITY not in memory.read(rush.STILL_AT, 4 << 20)
            assert len(shown) == 1 and not any(memory.read(shown[0].pa, 4096))


# Shows: dma.late.
@pytest.mark.long
def test_a_stop_in_the_middle_of_a_transfer(tmp_path):
    """A transfer of the engine would end after its partition's end. It isn't carried out, not even into that partition's own
    memory. Instructions are counted, so the partition always ends in the middle of it."""
    stopper = km.partition("stopper", cores=0x4, memory="1M as 0x40000000",
                           image=km.GUESTS / "dma-stopper.bin",
                           more=['kumiki,manages = "engine";'])
    path = km.beside_domains(edu_system("dma-stopped", "edu_stopped", witness.heartbeat(1), stopper),
                             BELL)
    log = tmp_path / "qemu.log"
    watched = ["-D", log, "-d", "guest_errors", "-trace", "pci_cfg_write", "-trace", "smmuv3_cmdq_cfgi_ste"]
    with km.kumiki("dma-stopped", path,
                   extra=dump.arguments(tmp_path / "monitor") + watched, mode=km.TALK) as machine:
        machine.expect(r"edu: 3 of 3 in its own memory", 30)
        machine.expect(r"edu: its last transfer", 30)
        took = machine.expect(r"stopper: stopped after (\d+) us\n", 30)
        assert int(took[1]) < TRANSFER_US // 2
        witness.heartbeat_goes_on(machine)  # seconds, so the transfer has ended
        with dump.Dump(tmp_path / "monitor", tmp_path) as memory:
            assert memory.read(0x60301000, 16) == MARK + bytes(12)
    assert re.search(LAST_TRANSFER, log.read_text(), re.DOTALL)


# Shows: dma.interrupt.
def test_a_function_given_without_its_interrupt():
    """The line of the function's pin, which devices 3 and 7 share, is another partition's. That partition hears nothing of
    it."""
    victim = km.partition("victim", cores=0x2, memory="1M at 0x61000000",
                          image=km.GUESTS / "dma-line.bin", access=["rng"])
    path = edu_system("dma-line", "edu_line", victim)
    path.write_text(path.read_text().replace("<0x1800 0 0 0 0>;", "<0x1800 0 0 0 0>;\n\t\tinterrupts = <0>;"))
    km.on_bus(path, [km.function("rng", "pci1af4,1044", 7, device="virtio-rng-pci")])
    with km.kumiki("dma-line", path) as machine:
        machine.expect_all([r"edu: pin 0, it asks, and may not\n",
                            r"line: 1 s, 0 interrupts, quiet\n"], 30)
        machine.expect(r"line: 3 s, 0 interrupts, quiet\n", 30)


CARD, IDLE = 0x4010018000, 0x4010020000  # configuration space of devices 3 and 4
COMMAND, ROM_AT, MSIX_AT, MSI_AT = 0x4, 0x30, 0xa0, 0xd0  # offsets in an e1000e
LEFT = {COMMAND: 0x6, ROM_AT: 0x10000001, MSIX_AT: 1 << 31, MSI_AT: 1 << 16}


# Shows: dma.boot-loader.
@pytest.mark.talk
def test_what_a_boot_loader_left_in_functions(tmp_path):
    """A boot loader left on: bus mastering, an option ROM over somebody's BARs, and message interrupts. All of them are
    off."""
    card = "e1000e,romfile=efi-e1000e.rom"
    before = physical.Waiting(tmp_path / "gdb")
    with km.kumiki("dma-left", card_system("dma-left", "pci8086,10d3", card), extra=[
            "-device", f"{card},bus=pcie.0,addr=4", *before.options,
            *dump.arguments(tmp_path / "monitor")], mode=km.TALK) as machine:
        with before.attach() as memory:
            for space in CARD, IDLE:
                for at, bits in LEFT.items():
                    memory.write(space + at, (memory.word(space + at) | bits).to_bytes(4, "little"))
                    assert memory.word(space + at) & bits == bits, f"{at:#x}"
        machine.expect_all([r"\[neighbour\] heartbeat: 1 s", r"\[owner\] heartbeat: 1 s"], 30)
        with dump.Dump(tmp_path / "monitor", tmp_path) as memory:
            for space in CARD, IDLE:
                for at, bits in LEFT.items():
                    now = int.from_bytes(memory.read(space + at, 4), "little")
                    assert now & bits == 0, f"{space + at:#x} is {now:#x}"


# Shows: dma.bars.
@pytest.mark.long
def test_a_reset_in_the_middle_of_configuration():
    """CPUs of a partition write to command registers and BARs while another CPU resets the functions."""
    path = km.description("dma-racer", [
        km.partition("racer", cores=0x7, memory="2M at 0x60000000", access=["rng", "drive"],
                     image=km.GUESTS / "dma-racer.bin", bootargs="racer=30",
                     more=['kumiki,keep = "4K at 0x601ff000";', "kumiki,restart-delay = <0>;",
                           "kumiki,restart-limit = <4000000000 1>;"]),
        witness.heartbeat(3)])
    km.on_bus(path, [km.function("rng", "pci1af4,1044", 1, device="virtio-rng-pci"),
                     km.function("drive", "pci1b36,0010", 2, device="nvme,serial=kumiki")])
    with km.kumiki("dma-racer", path, mode=km.TALK) as machine:
        machine.expect(r"racer: 31 lives, 0 late\n", 120)
        witness.heartbeat_goes_on(machine)


# `make soak ONLY=rush` goes on from there.
RUSHES = [rush.Campaign(seed=1, restarts=30, threads=False),
          pytest.param(rush.Campaign(seed=2, restarts=30), marks=pytest.mark.long)]


# Shows: dma.late.
@pytest.mark.long
@pytest.mark.parametrize("campaign", RUSHES, ids=lambda campaign: campaign.name)
def test_restarts_in_the_middle_of_heavy_dma(campaign, tmp_path):
    """Two hundred lives end while a virtio disk and an NVMe drive write into their memory. No write comes late. `make soak`
    does more of them (tests/system/soak.py)."""
    assert rush.run(campaign, tmp_path, 60) == {"restarts in the middle of DMA": campaign.restarts}


@pytest.mark.long
def test_a_function_of_which_only_its_place_and_bars_are_known():
    path = km.description("dma-unknown", [
        km.partition("owner", cores=0x1, memory="1M at 0x60000000", image=km.HEARTBEAT,
                     access=["card"], more=["kumiki,no-restart;"])])
    card = km.function("card", "pci1b36,0005", 3, device="pci-testdev",
                       bars="0x2001810 0 0 0 0x1000")
    km.on_bus(path, [card])
    with km.kumiki("dma-unknown", path) as machine:
        machine.expect(r"\[owner\] heartbeat: \d+ s.*", 30)
        assert "described as" not in machine.text


# Shows: dma.unconfined.
@pytest.mark.long
@pytest.mark.every_board
def test_an_unconfined_function_is_reported():
    path = km.description("dma-loose", [
        km.partition("loose", cores=0x1, memory="1M at 0x60000000", image=km.HEARTBEAT,
                     access=[f"virtio_mmio{km.SLOTS - 1}"]),
        km.partition("neighbour", cores=0x2, memory="1M at 0x61000000", image=km.HEARTBEAT)])
    with km.kumiki("dma-loose", path) as machine:
        machine.expect(r"\[neighbour\] heartbeat: \d+ s.*", 30)
        said = re.findall(r"^.*all memory.*$", machine.text, re.MULTILINE)
    assert said == ["kumiki: loose can read and write all memory: nothing confines the DMA of a device "
                    "that it was given"]


SILENCED = [("virtio-rng-pci", "pci1af4,1044"), ("nvme,serial=kumiki", "pci1b36,0010"),
            ("qemu-xhci", "pci1b36,000d"), ("e1000e", "pci8086,10d3"), ("ich9-ahci", "pci8086,2922")]


# Shows: dma.late.
@pytest.mark.long
@pytest.mark.parametrize("device, compatible", SILENCED, ids=[device for device, _ in SILENCED])
def test_each_kind_falls_silent(device, compatible):
    """Each kind falls silent before the first and before the second life. Otherwise there would be no such life."""
    name = f"dma-silent-{compatible[3:]}"
    path = km.description(name, [km.partition("owner", cores=0x1, memory="1M at 0x60000000",
                                              image=km.HEARTBEAT, access=["card"])])
    km.on_bus(path, [km.function("card", compatible, 3, device=device)])
    with km.kumiki(name, path, mode=km.TALK) as machine:
        machine.expect(r"^\[owner\] heartbeat: \d+ s.*", 30)
        machine.send("\x1dcrestart owner\r")
        machine.expect(r"^\[kumiki\] owner runs again: start 2", 30)
        machine.expect(r"^\[owner\] heartbeat: \d+ s.*", 30)
        assert "fall silent" not in machine.text


def card_system(name, compatible, device, **described):
    """A partition with this function, and a neighbour."""
    path = km.description(name, [
        km.partition("owner", cores=0x1, memory="1M at 0x60000000", image=km.HEARTBEAT,
                     access=["card"], more=["kumiki,no-restart;"]),
        km.partition("neighbour", cores=0x2, memory="1M at 0x61000000", image=km.HEARTBEAT)])
    km.on_bus(path, [km.function("card", compatible, 3, device=device, **described)])
    return path


def refused_start(name, compatible, device, **described):
    """The report on a partition whose function isn't the described one."""
    with km.kumiki(name, card_system(name, compatible, device, **described)) as machine:
        machine.expect(r"\[neighbour\] heartbeat: \d+ s.*", 30)
        machine.expect(r"\[neighbour\] heartbeat: \d+ s.*", 30)
        assert "[owner]" not in machine.text
        return re.findall(r"^\[kumiki\] owner.*$", machine.text, re.MULTILINE)


# Shows: dma.as-described.
@pytest.mark.long
def test_another_function_than_the_one_described():
    said = refused_start("dma-other", "pci1b36,0010", "edu")
    assert any("a PCI function isn't the one described" in line for line in said), said


# Shows: dma.as-described.
@pytest.mark.long
def test_a_bridge_is_nobodys():
    """The owner of a bridge could give windows of memory and buses to the devices behind it."""
    said = refused_start("dma-bridge", "pci1b36,000c", "pcie-root-port", bars="0x2001810 0 0 0 0x1000")
    assert any("a PCI function isn't the one described" in line for line in said), said


# Shows: dma.as-described.
def test_another_interrupt_pin_than_the_one_described():
    said = refused_start("dma-pin", "pci1234,11e8", "edu", more=["interrupts = <2>;"])
    assert any("a PCI function isn't the one described" in line for line in said), said


# Shows: dma.as-described.
@pytest.mark.long
def test_a_virtio_function_that_goes_around_the_smmu():
    said = refused_start("dma-around", "pci1af4,1044", "virtio-rng-pci,iommu_platform=off")
    assert any("a device's DMA goes around the SMMU" in line for line in said), said
