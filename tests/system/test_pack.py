"""`kumiki pack`: the same bytes each time, checks for damage, and device trees that Linux accepts."""

import re
import subprocess

import kumiki_machine as km
import pytest


def command(*words, folder=None):
    return subprocess.run([km.KUMIKI, *map(str, words)], cwd=folder, capture_output=True,
                          timeout=60, check=False)


def describe(folder, text):
    path = folder / "system.dts"
    path.write_text('/dts-v1/;\n/include/ "qemu-virt.dtsi"\n' + text)
    return path


@pytest.fixture(name="linux")
def linux_description(tmp_path):
    return describe(tmp_path, "/ { domains {\n" + km.partition(
        "linux", cores=0x3, memory="512M", image=km.IMAGE["linux"], bootargs="console=ttyAMA0",
        access=["virtio_mmio31"]) + "}; };\n")


# Shows: start.same-bytes.
def test_packing_twice_gives_the_same_bytes(linux, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert command("pack", linux, "-o", tmp_path / "one.img").returncode == 0
    assert command("pack", "../system.dts", "-o", "two.img", folder=elsewhere).returncode == 0
    assert (tmp_path / "one.img").read_bytes() == (elsewhere / "two.img").read_bytes()


def test_an_input_is_not_overwritten(tmp_path):
    guest, link = tmp_path / "guest.bin", tmp_path / "link"
    guest.write_bytes(km.HEARTBEAT.read_bytes())
    link.symlink_to(guest)
    source = describe(tmp_path, "/ { domains {\n" + km.partition(
        "guest", cores=0x1, memory="1M", image=guest) + "}; };\n")
    before = source.read_bytes(), guest.read_bytes()
    for words in [("pack", source, "-o", source), ("pack", source, "-o", guest),
                  ("pack", source, "-o", link), ("draw", source, "-o", source)]:
        result = command(*words)
        assert result.returncode == 1
        assert b"one of the files that this was made from" in result.stderr
    assert (source.read_bytes(), guest.read_bytes()) == before
    image = tmp_path / "system.img"
    assert command("pack", source, "-o", image).returncode == 0
    assert command("pack", source, "-o", image).returncode == 0  # an earlier image is replaced
    assert command("show", "--dtb", "guest", "-o", image, image).returncode == 1
    assert command("show", image).returncode == 0


def test_a_damaged_image_is_told(linux, tmp_path):
    image = tmp_path / "system.img"
    assert command("pack", linux, "-o", image).returncode == 0
    good = command("show", image)
    assert good.returncode == 0 and b"verdict     intact" in good.stdout
    with image.open("r+b") as file:
        file.seek(20_000_000)  # inside Linux, which is larger than that
        byte = file.read(1)
        file.seek(20_000_000)
        file.write(bytes([byte[0] ^ 1]))
    bad = command("show", image)
    assert bad.returncode == 1
    assert b"verdict     DAMAGED: part 0 (Image)" in bad.stdout
    with image.open("r+b") as file:
        file.seek(0x1000)  # the frame's code
        byte = file.read(1)
        file.seek(0x1000)
        file.write(bytes([byte[0] ^ 1]))
    worse = command("show", image)
    assert worse.returncode == 1
    assert b"verdict     DAMAGED: the frame, part 0 (Image); don't start it" in worse.stdout


def test_nothing_is_left_of_a_failure(tmp_path):
    broken = describe(tmp_path, "/ { domains {\n" + km.partition(
        "linux", cores=0x3, memory="512M", image="/no/such/Image") + "}; };\n")
    failed = command("pack", broken, "-o", tmp_path / "system.img")
    assert failed.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["system.dts"]


# Shows: start.tree.
def test_linux_accepts_its_tree_without_a_word(linux, tmp_path):
    """A partition's tree also describes the bare machine, which has PSCI by HVC, too. QEMU puts its own memory and initrd
    into it."""
    assert command("pack", linux, "-o", tmp_path / "system.img").returncode == 0
    tree = tmp_path / "linux.dtb"
    assert command("show", "--dtb", "linux", tmp_path / "system.img", "-o", tree).returncode == 0
    with km.bare("bare-guest-tree", km.IMAGE["linux"], cpus=2, memory="512M", initrd=km.INITRD,
                 append="console=ttyAMA0 kumiki.run=tests kumiki.cpus=2 kumiki.hotplug=2",
                 extra=["-dtb", tree, "-global", "virtio-mmio.force-legacy=false"]) as machine:
        machine.expect(r"^tests: \d+ passed, 0 failed$", 60)
        machine.wait_end(20)
        text = machine.text
    for word in (r"GICv3: CPU1: found redistributor 1", r"9000000\.pl011: ttyAMA0 at MMIO 0x9000000",
                 r"pl031.*registered as rtc0", r"hw perfevents: enabled with armv8_pmuv3",
                 r"arch_timer: cp15 timer"):
        assert re.search(word, text), word
    assert not re.search(r"OF: (?!reserved mem|fdt)|deferred probe|error -\d+", text)
