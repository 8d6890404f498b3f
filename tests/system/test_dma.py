"""Functions behind the SMMU: what their DMA reaches, what is said of the rest, and what becomes of one
that doesn't stop. The engine is QEMU's edu, driven by tests/guest/dma/edu.c."""

import re

import kumiki_machine as km
import physical
import pytest
import rush

MARK = bytes.fromhex("4d4b5955")
FOREIGN = (0x40000000, 0x40000ffc, 0x40200000, 0x40400000, 0x61000000, 0x610ffffc, 0x61100000)
EDU = """
&pcie {
	edu: edu@3,0 {
		compatible = "pci1234,11e8";
		reg = <0x1800 0 0 0 0>;
		kumiki,qemu-device = "edu,dma_mask=0xffffffffff";
	};
};
"""


def edu_system(name):
    path = km.description(name, [
        km.partition("engine", cores=0x1, memory="4M at 0x60000000",
                     image=km.BUILD / "guests/dma-edu.bin", access=["edu"],
                     more=["kumiki,no-restart;"]),
        km.partition("neighbour", cores=0x2, memory="1M at 0x61000000", image=km.HEARTBEAT)])
    path.write_text(path.read_text() + EDU)
    return path


@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_a_dma_engine_reaches_its_partition_alone(mode, tmp_path):
    """Own memory, others' around every border, devices, nowhere; a flood ends it, its neighbour goes on."""
    stub = tmp_path / "gdb"
    with km.kumiki(f"dma-{mode}", edu_system(f"dma-{mode}"),
                   mode=km.ICOUNT if mode == "icount" else km.THREADS,
                   extra=physical.options(stub)) as machine:
        machine.expect(r"edu: 10000ed at 1\w+\n", 30)
        machine.expect(r"edu: 3 of 3 in its own memory", 30)
        machine.expect(r"engine: its device edu was refused a write to 0x5ffffffc \(nobody's\)", 30)
        machine.expect(r"edu: floods", 90)
        assert len(re.findall(r"edu: 0x\w+ refused", machine.text)) == 17 and "READ" not in machine.text
        assert "refused a write to 0x61000000 (memory of neighbour)" in machine.text
        assert "refused a read of 0x61000000 (memory of neighbour)" in machine.text
        assert "refused a write to 0x40200000 (the frame's)" in machine.text
        machine.expect(r"engine stopped: its devices tried again and again what they may not", 30)
        machine.expect(r"\[neighbour\] heartbeat: \d+ s.*", 30)
        machine.expect(r"\[neighbour\] heartbeat: \d+ s.*", 30)
        with physical.Physical(stub) as memory:
            for address in FOREIGN:
                assert memory.read(address, 4) != MARK


RUSHES = [rush.Campaign(seed=1, restarts=100, threads=False), rush.Campaign(seed=2, restarts=100)]


@pytest.mark.parametrize("campaign", RUSHES, ids=lambda campaign: campaign.name)
def test_restarts_in_the_middle_of_heavy_dma(campaign, tmp_path):
    """Two hundred lives end while a virtio disk and an NVMe drive write into their memory: nothing comes
    late. tests/system/soak.py goes on from there (`make soak`)."""
    assert rush.run(campaign, tmp_path, 60) == {"restarts in the middle of DMA": campaign.restarts}


def refused_start(name, compatible, device):
    """What is said of a partition with this function, which isn't what it is described as."""
    path = km.description(name, [
        km.partition("owner", cores=0x1, memory="1M at 0x60000000", image=km.HEARTBEAT,
                     access=["card"], more=["kumiki,no-restart;"]),
        km.partition("neighbour", cores=0x2, memory="1M at 0x61000000", image=km.HEARTBEAT)])
    km.on_bus(path, [km.function("card", compatible, 3, device=device)])
    with km.kumiki(name, path) as machine:
        machine.expect(r"\[neighbour\] heartbeat: \d+ s.*", 30)
        machine.expect(r"\[neighbour\] heartbeat: \d+ s.*", 30)
        assert "[owner]" not in machine.text
        return re.findall(r"^\[kumiki\] owner.*$", machine.text, re.MULTILINE)


def test_another_function_than_the_one_described():
    said = refused_start("dma-other", "pci1b36,0010", "edu")
    assert any("a PCI function isn't the one described" in line for line in said), said


def test_a_virtio_function_that_goes_around_the_smmu():
    said = refused_start("dma-around", "pci1af4,1044", "virtio-rng-pci,iommu_platform=off")
    assert any("a device's DMA goes around the SMMU" in line for line in said), said
