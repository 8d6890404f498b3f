"""docs/systems.md: `kumiki check` accepts each of its descriptions, and puts each image at the page's address. Stand-ins
have the shape of the real files. (U-Boot and Debian's Linux run in tests of their own.)

Shows: start.pages.
"""

import re
import struct
import subprocess

import kumiki_machine as km
import pytest

PAGE = (km.TOP / "docs/systems.md").read_text(encoding="utf-8")
LINUX, *NODES = re.findall(r"^```dts\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NAMES = [re.search(r"^(\w+) \{", node, re.MULTILINE)[1] for node in NODES]


def image(text_offset, size):
    """An arm64 Image with this header, and with as many bytes as the header says."""
    header = struct.pack("<IIQQQ", 0x14000010, 0, text_offset, size, 0xa).ljust(56, b"\0") + b"ARM\x64"
    return header.ljust(size, b"\0")


# Like NuttX: the text_offset isn't that of the link address.
FILES = {"output/images/Image": image(0, 1 << 20), "nuttx.bin": image(0x480000, 1 << 19), "zephyr.bin": bytes(1 << 17),
         "freertos.bin": bytes(1 << 16)}
PLACES = {"uboot": "0x40080000", "zephyr": "0x40000000", "nuttx": "0x40280000", "freertos": "0x40080000"}


def checked(folder, text):
    """The output of `check` for a good description."""
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "output/images/rootfs.ext4").touch()
    (folder / "system.dts").write_text(text, encoding="utf-8")
    said = subprocess.run([km.KUMIKI, "check", "system.dts"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    return said.stdout


def whole(*nodes):
    return '/dts-v1/;\n/include/ "qemu-virt.dtsi"\n/ {\n\tdomains {\n' + "".join(nodes) + "\t};\n};\n"


def test_a_linux(tmp_path):
    said = checked(tmp_path, LINUX)
    assert "PCI 1.0  disk" in said
    assert 'root=/dev/vda"' in LINUX


@pytest.mark.parametrize("name", NAMES)
def test_another_system(name, tmp_path):
    said = checked(tmp_path, whole(NODES[NAMES.index(name)]))
    assert re.search(rf"^    image .* at {PLACES[name]}", said, re.MULTILINE), said


def test_all_of_them_beside_one_another(tmp_path):
    """Each system has cores of its own, so all fit on one machine."""
    assert set(NAMES) == set(PLACES)
    assert f"{len(NODES)} partitions" in checked(tmp_path, whole(*NODES))


def test_programs_that_the_page_calls(tmp_path):
    """Their output for a real ELF file is that on the page."""
    elf = km.GUESTS / "heartbeat.elf"
    called = re.findall(r"^    (aarch64-linux-gnu-\S+ .*)$", PAGE, re.MULTILINE)
    said = [subprocess.run(line.replace("system.elf", str(elf)).split(), cwd=tmp_path, capture_output=True, text=True,
                           check=True, timeout=60).stdout for line in called]
    assert len(called) == 2 and (tmp_path / "system.bin").stat().st_size
    assert "Entry point address:" in said[1] and re.search(r"PhysAddr.*?\n.*?\n  LOAD", said[1], re.DOTALL)
