"""`kumiki board` makes a board's file from the device tree of QEMU's machine, or of Linux for a real board."""

import subprocess

import kumiki_machine
import pytest

# {board: the options that make its file}; docs/inside/porting.md has those of the first.
BOARDS = {
    "qemu-virt": (["-M", "virt,virtualization=on,gic-version=3,iommu=smmuv3", "-cpu", "cortex-a57"],
                  ["-smp", "8", "-m", "4G"],
                  ["--qemu-machine", "virt,virtualization=on,gic-version=3,iommu=smmuv3",
                   "--qemu-cpu", "cortex-a57", "--core-power", "616 15 0"]),
    "qemu-virt-gicv2": (["-M", "virt,virtualization=on,gic-version=2,iommu=smmuv3", "-cpu", "cortex-a57"],
                        ["-smp", "8", "-m", "4G"],
                        ["--qemu-machine", "virt,virtualization=on,gic-version=2,iommu=smmuv3",
                         "--qemu-cpu", "cortex-a57", "--core-power", "616 15 0"]),
    "xlnx-versal-virt": (["-M", "xlnx-versal-virt"], ["-smp", "4", "-m", "2G"],
                         ["--qemu-machine", "xlnx-versal-virt", "--qemu-cpus", "4"]),
    "xlnx-zcu102": ("xilinx/zynqmp-zcu102-rev1.0", None, ["--qemu-machine", "xlnx-zcu102,virtualization=on"]),
    "imx8mp-evk": ("freescale/imx8mp-evk", None, ["--qemu-machine", "imx8mp-evk"]),
    "raspi4b": ("broadcom/bcm2711-rpi-4-b", None, ["--qemu-machine", "raspi4b", "--qemu-cpus", "4"]),
}
FIRST = "qemu-virt"
WITH_GICV3 = [FIRST, "xlnx-versal-virt"]


def file_of(board):
    """The file that is made for a board, or its beginning."""
    folder = kumiki_machine.TOP / "frame/board" / board
    machine = folder / f"{board}-machine.dtsi"
    return machine if machine.exists() else folder / f"{board}.dtsi"


def linux_tree(path, name, debian=kumiki_machine.DEBIAN):
    """The tree that Debian's kernel package has for a board."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", debian / "linux/package.deb"], stdout=subprocess.PIPE) as package:
        path.write_bytes(subprocess.run(["tar", "-xO", "--wildcards", f"*/{name}.dtb"], stdin=package.stdout, check=True,
                                        stdout=subprocess.PIPE, timeout=60).stdout)
    return path


def machine_tree(path, board=FIRST):
    if BOARDS[board][1] is None:
        return linux_tree(path, BOARDS[board][0])
    (option, machine, *cpu), size, _ = BOARDS[board]
    subprocess.run(["qemu-system-aarch64", option, f"{machine},dumpdtb={path}", *cpu, *size,
                    "-nic", "none", "-display", "none"], check=True, timeout=60,
                   capture_output=True)
    return path


def board_file(tree, *options, board=FIRST):
    return subprocess.run([kumiki_machine.KUMIKI, "board", "--name", board, *BOARDS[board][2],
                           "--instruction-time", "1000", *options, tree],
                          check=True, timeout=60, capture_output=True).stdout


# Shows: boards.file.
@pytest.mark.parametrize("board", BOARDS)
def test_board_file_is_the_machines_own(board, tmp_path):
    tree = machine_tree(tmp_path / "machine.dtb", board)
    assert board_file(tree, board=board) == file_of(board).read_bytes()


# Shows: boards.same-sources.
def test_every_boards_frame_is_the_same():
    """The frames of two boards with the same interrupt controller differ in the board's name and the UART's address, which are
    in the image's header."""
    images = [(kumiki_machine.BUILD / f"frame/{board}.img").read_bytes() for board in WITH_GICV3]
    assert len({len(image) for image in images}) == 1
    header = range(64 + 16, 64 + 64)  # board, uart_base and uart_registers
    apart = {at for image in images for at, (one, other) in enumerate(zip(images[0], image)) if one != other}
    assert apart and apart <= set(header)


def test_nothing_changes_from_start_to_start(tmp_path):
    first = board_file(machine_tree(tmp_path / "first.dtb"))
    assert first == board_file(machine_tree(tmp_path / "second.dtb"))
    assert b"seed" not in first


def test_written_to_a_file(tmp_path):
    out = tmp_path / "board.dtsi"
    said = board_file(machine_tree(tmp_path / "machine.dtb"), "-o", out)
    assert said.startswith(b'board: linux,dummy-virt ("linux,dummy-virt")\ncores: 8 Cortex-A57 (cpu0, cpu1, ')
    assert out.read_bytes() == file_of(FIRST).read_bytes()


def test_what_is_no_tree_is_refused(tmp_path):
    junk = tmp_path / "junk.dtb"
    junk.write_bytes(b"\xd0\x0d\xfe\xed" + bytes(60))
    result = subprocess.run([kumiki_machine.KUMIKI, "board", junk], timeout=60,
                            capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr == (f"kumiki board: error: '{junk}' isn't a flattened device tree (or is "
                             "damaged); a .dts is compiled by dtc\n")
    assert result.stdout == ""
