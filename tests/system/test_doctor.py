"""The doctor on each of QEMU's boards, which have no defect; and on machines that aren't what their board file says."""

import re
import subprocess

import kumiki_machine as km
import pytest

VIRT = "virt,virtualization=on,gic-version=3,iommu=smmuv3"
V2 = VIRT.replace("=3", "=2", 1)
# Of each board: QEMU's machine, its cores, memory and CPU. QEMU can't start an Image on a ZCU102 with all its memory.
BOARDS = {"qemu-virt": (VIRT, 8, "4G", "cortex-a57"), "qemu-virt-gicv2": (V2, 8, "4G", "cortex-a57"),
          "xlnx-versal-virt": ("xlnx-versal-virt", 4, "2G", None),
          "xlnx-zcu102": ("xlnx-zcu102,virtualization=on", 4, "2G", None), "raspi4b": ("raspi4b", 4, "2G", None)}
LINES = {"xlnx-zcu102": "&memory { reg = <0x0 0x0 0x0 0x80000000>; };"}
HOLDS = ["partitions have cores, memory and interrupts of their own", "times are kept (docs/time.md)"]
SUM = r"^doctor: (\d+) checks, (\d+) defects$"


def image(name, board, lines=""):
    """Of a board file that says something else in these lines."""
    km.TESTS.mkdir(parents=True, exist_ok=True)
    source, made = (km.TESTS / f"doctor-{name}.{kind}" for kind in ("dts", "img"))
    source.write_text(f'/dts-v1/;\n/include/ "{board}.dtsi"\n{lines}\n')
    subprocess.run([km.KUMIKI, "doctor", source if lines else board, "-o", made], check=True, timeout=km.HANGS)
    return made


def examined(name, made, machine, cores, memory, cpu):
    """The whole report, and its checks and defects."""
    command = ["qemu-system-aarch64", "-M", machine, "-smp", cores, "-m", memory, *(["-cpu", cpu] if cpu else []), "-display", "none",
               "-serial", "stdio", "-nic", "none", "-no-reboot", *km.ICOUNT, "-kernel", made]
    with km.Machine(f"doctor-{name}", command) as running:
        match = running.expect(SUM, 60)
        return running.whole, int(match[1]), int(match[2])


def healthy(board, **other):
    machine, cores, memory, cpu = BOARDS[board]
    name = "-".join([board, *other.values()])
    text, checks, defects = examined(name, image(name, board, LINES.get(board, "")), other.get("machine", machine), cores, memory,
                                     other.get("cpu", cpu))
    assert checks > 20 and defects == 0 and "DEFECT" not in text, text
    for promise in HOLDS:
        assert f"\nholds   {promise}\n" in text
    return text


# Shows: boards.doctor.
@pytest.mark.parametrize("board", [board for board in BOARDS if board != "raspi4b"])
def test_a_board_is_healthy(board):
    text = healthy(board)
    assert re.search(r"^ok      list: a guest takes interrupt 27, and its end is the hardware's$", text, re.M)
    assert re.search(r"^note    speed: for the board file: kumiki,instruction-time = <1\d\d\d>;$", text, re.M)
    others = re.findall(r"^ok      core: core (\d) starts, at EL2", text, re.M)
    assert len(others) == {"xlnx-versal-virt": 2, "xlnx-zcu102": 4}.get(board, 8) - 1


# Shows: boards.doctor.
@pytest.mark.new_qemu
def test_a_raspberry_pi_is_healthy():
    text = healthy("raspi4b")
    assert len(re.findall(r"^ok      core: core \d starts, at EL2", text, re.M)) == 3
    assert "\nlacks   cores that rest go off, and the machine does (docs/power.md): there is no PSCI\n" in text


# Shows: boards.doctor.
@pytest.mark.long
@pytest.mark.parametrize("cpu, kind", [("cortex-a72", "Cortex-A72"), ("neoverse-n1", "Neoverse N1"),
                                       ("cortex-a53", "Cortex-A53"), ("max", "a core unknown to the doctor")])
def test_another_cpu_is_healthy(cpu, kind):
    assert f"\nok      cpu: {kind} r" in healthy("qemu-virt", cpu=cpu)


def test_a_secure_state_is_no_defect():
    assert "with a secure state" in healthy("qemu-virt", machine=VIRT + ",secure=on")


# What a machine isn't, or a board file says wrongly, and the doctor's words of it.
SOWN = {
    "memory": ("qemu-virt", "", {"memory": "1G"}, r"memory: nothing answers at 0x80000000 \(.* correct the size of the bank at 0x40000000"),
    "bank": ("xlnx-zcu102", "", {"memory": "3G"}, r"memory: 0x8[4-7]0000000 doesn't hold what is written;"),
    "core": ("qemu-virt", "", {"cores": 7}, r"core: core 7 \(affinity 0x7\): the firmware answers -2; are there fewer cores"),
    "affinity": ("qemu-virt-gicv2", "&cpu7 { reg = <0x100>; };", {}, r"core: core 7 \(affinity 0x100\): the firmware answers -2"),
    "frequency": ("qemu-virt", "&timer { clock-frequency = <24000000>; };", {},
                  r"counter: CNTFRQ_EL0 says 62500000 Hz, and the timer's clock-frequency in the board file 24000000 Hz;"),
    "distributor": ("qemu-virt", "&intc { reg = <0x0 0x4000000 0x0 0x10000 0x0 0x80a0000 0x0 0xf60000>; };", {},
                    r"gic: the frame's driver stops: a GICv3 .* correct the interrupt controller's reg in the board file"),
    "distributor2": ("qemu-virt-gicv2", "&intc { reg = <0 0x8040000 0 0x1000 0 0x8010000 0 0x10000 0 0x8030000 0 0x10000 0 0x8040000 0 0x10000>; };",
                     {}, r"gic: the frame's driver stops: a GICv2 is needed"),
    "redistributors": ("qemu-virt", "&intc { reg = <0x0 0x8000000 0x0 0x10000 0x0 0x9100000 0x0 0xf60000>; };", {},
                       r"gic: nothing answers at 0x9100008 \(.* correct the interrupt controller's reg"),
    "controller": ("qemu-virt", "", {"machine": V2}, r"gic: the frame's driver stops: a GICv3 is needed"),
    "virtual": ("qemu-virt-gicv2", "&intc { reg = <0 0x8000000 0 0x10000 0 0x8010000 0 0x10000 0 0x8030000 0 0x10000 0 0xb000000 0 0x10000>; };",
                {}, r"list: the code at EL1 meets an exception .* \(GICV\) in the board file"),
    "timer": ("qemu-virt", "&timer { interrupts = <1 13 4 1 14 4 1 11 4 1 12 4>; };", {},
              r"interrupt: interrupt 28 \(the frame's timer\) doesn't come to EL2 within"),
    "timers": ("qemu-virt", "&timer { interrupts = <1 13 4 1 11 4 1 14 4 1 10 4>; };", {},
               r"interrupt: instead of interrupt 30 \(a guest's virtual timer\) comes 27;"),
    "smmu": ("qemu-virt", "", {"machine": VIRT.removesuffix(",iommu=smmuv3")}, r"smmu: nothing answers at 0x9050000 \(.* start the machine with one"),
    "clock": ("qemu-virt", "&pl031 { reg = <0x0 0x4000000 0x0 0x1000>; };", {}, r"clock: the clock at 0x4000000 stands still;"),
    "speed": ("qemu-virt", "/ { kumiki,instruction-time = <500>; };", {}, r"speed: an instruction takes 1\d\d\d ps at the worst .* <500>; correct it"),
    "el1": ("qemu-virt", "", {"machine": VIRT.replace("virtualization=on", "virtualization=off")},
            r"level: started at EL1: below it no hypervisor can be\. Start the machine with EL2\n"),
}


# Shows: boards.doctor-defects.
@pytest.mark.parametrize("what", SOWN)
def test_a_defect_is_found(what):
    board, lines, changes, words = SOWN[what]
    given = dict(zip(("machine", "cores", "memory", "cpu"), BOARDS[board])) | changes
    text, _, defects = examined(what, image(what, board, lines), **given)
    told = re.findall(r"^DEFECT .*(?:\n {8}.*)*", text, re.M)
    assert defects == len(told) > 0
    assert re.search(rf"^DEFECT  {words}", text, re.M), "\n".join(told)
    assert len({line.split(":")[0] for line in told}) == 1, told


# Shows: boards.doctor.
def test_errata_are_those_of_the_page():
    page = (km.TOP / "docs/proof/limits.md").read_text().split("## Hardware errata")[1].split("\n## ")[0]
    table = [line for line in page.splitlines() if line.startswith("| ")][1:]
    known = re.findall(r'\{\s*"([\d, ]+)"', (km.TOP / "doctor/errata.c").read_text())
    assert sorted(n for row in table for n in re.findall(r"\d{6,}", row.split("|")[2])) == sorted(
        n for numbers in known for n in numbers.split(", "))


# A board without a GIC, where cores wait in a spin table: the doctor goes on behind what isn't there.
NO_GIC = km.TOP / "tests/system/raspi3b.dts"
NO_GIC_MACHINE = ("raspi3b", 4, "1G", None)


# Shows: boards.doctor-defects.
def test_cores_of_a_spin_table_start_without_a_gic():
    text, _, defects = examined("no-gic", image("no-gic", NO_GIC), *NO_GIC_MACHINE)
    assert defects == 1 and re.search(r"^DEFECT  gic: the frame's driver stops: a GICv2 is needed", text, re.M)
    assert len(re.findall(r"^ok      core: core [123] starts, at EL2", text, re.M)) == 3
    assert "\nlacks   cores that rest go off, and the machine does (docs/power.md): there is no PSCI\n" in text


# Shows: boards.doctor-defects.
def test_a_core_that_does_not_come_is_told():
    wrong = km.TESTS / "no-core.dts"
    wrong.parent.mkdir(parents=True, exist_ok=True)
    wrong.write_text(NO_GIC.read_text().replace("<0x0 0xf0>", "<0x0 0xf8>"))
    text, _, defects = examined("no-core", image("no-core", wrong), *NO_GIC_MACHINE)
    assert defects == 2 and re.search(r"^DEFECT  core: core 3 \(affinity 0x3\) doesn't come; correct its reg, its enable-method", text, re.M)


def refused(*words):
    done = subprocess.run([km.KUMIKI, "doctor", *words], capture_output=True, text=True, timeout=km.HANGS)
    assert done.returncode
    return done.stderr


def test_what_it_cannot_make_is_said(tmp_path):
    mute = tmp_path / "mute.dts"
    mute.write_text('/dts-v1/;\n/include/ "qemu-virt.dtsi"\n&pl011 { status = "disabled"; };\n')
    made = tmp_path / "doctor.img"
    assert "the board file has no UART that the doctor can speak through" in refused(mute, "-o", made)
    assert "'nowhere.dtsi'" in refused("nowhere", "-o", made)
    assert "where to? name the image's file: -o OUT" in refused("qemu-virt")
    assert not made.exists()
