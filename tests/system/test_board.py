"""The board's file is what `kumiki board` makes of the tree that QEMU gives of its machine."""

import subprocess

import kumiki_machine

BOARD = kumiki_machine.TOP / "frame/board/qemu-virt/qemu-virt.dtsi"
MACHINE = "virt,virtualization=on,gic-version=3,iommu=smmuv3"
CPU = "cortex-a57"
# As the board's file is made; docs/description.md says so.
SIZE = ["-smp", "8", "-m", "4G"]


def machine_tree(path):
    subprocess.run(["qemu-system-aarch64", "-M", f"{MACHINE},dumpdtb={path}", "-cpu", CPU, *SIZE,
                    "-nic", "none", "-display", "none"], check=True, timeout=60,
                   capture_output=True)
    return path


def board_file(tree, *options):
    return subprocess.run([kumiki_machine.KUMIKI, "board", "--name", "qemu-virt",
                           "--qemu-machine", MACHINE, "--qemu-cpu", CPU,
                           "--instruction-time", "1000", *options, tree],
                          check=True, timeout=60, capture_output=True).stdout


def test_board_file_is_the_machines_own(tmp_path):
    assert board_file(machine_tree(tmp_path / "machine.dtb")) == BOARD.read_bytes()


def test_nothing_changes_from_start_to_start(tmp_path):
    first = board_file(machine_tree(tmp_path / "first.dtb"))
    assert first == board_file(machine_tree(tmp_path / "second.dtb"))
    assert b"seed" not in first


def test_written_to_a_file(tmp_path):
    out = tmp_path / "board.dtsi"
    assert board_file(machine_tree(tmp_path / "machine.dtb"), "-o", out) == b""
    assert out.read_bytes() == BOARD.read_bytes()


def test_what_is_no_tree_is_refused(tmp_path):
    junk = tmp_path / "junk.dtb"
    junk.write_bytes(b"\xd0\x0d\xfe\xed" + bytes(60))
    result = subprocess.run([kumiki_machine.KUMIKI, "board", junk], timeout=60,
                            capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr == (f"kumiki board: error: '{junk}' isn't a flattened device tree (or is "
                             "damaged); a .dts is compiled by dtc\n")
    assert result.stdout == ""
