"""What a core may do ahead of time in the frame's text, read from its code: no machine shows it."""

import re
import subprocess

import pytest

import kumiki_machine as km

FRAME = km.BUILD / f"frame/{km.BOARD}.elf"
KERNEL = km.BUILD / "rtos/kernel.elf"
BROKER = km.BUILD / "service/broker.elf"
FUNCTION = re.compile(r"^[0-9a-f]+ <(\S+)>:$")


def code(elf):
    """[(function, instruction)], in the order of memory."""
    text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", elf], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    name, found = None, []
    for line in text.splitlines():
        if match := FUNCTION.match(line):
            name = match[1]
        elif match := re.match(r"\s*[0-9a-f]+:\s+(.*)", line):
            found.append((name, match[1].split("//")[0].strip()))
    return found


# Shows: memory.translations.
@pytest.mark.parametrize("elf", [FRAME, KERNEL], ids=["frame", "rtos"])
def test_barriers_are_behind_an_eret(elf):
    lines = [instruction for _, instruction in code(elf)]
    behind = [lines[i + 1:i + 3] for i, instruction in enumerate(lines) if instruction == "eret"]
    assert behind
    assert all(re.fullmatch(r"dsb\s+nsh", first) and second == "isb" for first, second in behind), behind


# Shows: memory.translations.
@pytest.mark.parametrize("elf, names", [
    (FRAME, ["doorbell_ring", "hold_record", "manager_command", "manager_status", "move_ask", "vgic_dist_read"]),
    (BROKER, ["ring_view"])], ids=["frame", "broker"])
def test_a_guests_index_is_masked(elf, names):
    found = code(elf)
    assert "csdb" in [instruction for name, instruction in found if name == "index_within"]
    masks = {name.split(".")[0] for name, instruction in found if re.fullmatch(r"bl?\s+\w+ <index_within>", instruction)}
    assert not [name for name in names if name not in masks], masks
