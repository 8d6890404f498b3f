"""Disks between partitions: the RTOS has a disk, and provides it, or a part of it, to an unmodified Debian Linux."""

import hashlib
import random
import re
import struct
import subprocess
import tarfile
import zlib

import kumiki_machine as km
import pytest
import server_campaign

from brokers import arrive
from gdbstub import PC, Stub, offsets, symbols
from test_channel_disk import DISK, WRONG, linux
from rtos_disk import FUNCTION
from test_channels import operate
from test_rtos_waits import wait_for_ever

pytestmark = pytest.mark.talk

SECTORS = 8192
MANIFEST = (km.TOP / "systems/rtos/store.dts").read_text()
PROGRAM = 'kumiki,image = "provider.elf";'


def new_disk(name):
    path = km.TESTS / f"{name}-disk.img"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(512 * SECTORS))
    return path


def packed(name, text):
    """Packs a manifest into an image."""
    manifest, image = km.TESTS / f"{name}-rtos.dts", km.TESTS / f"{name}-rtos.img"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(text)
    subprocess.run([km.KUMIKI, "rtos", "pack", "-I", km.TOP / "frame/board/qemu-virt", "-I", km.TOP / "systems/rtos", "-I", km.RTOS, "-I", km.TESTS,
                    "--kernel", km.RTOS / "kernel.img", "-o", image, manifest], check=True, timeout=km.HANGS)
    return image


def image_with(name, *arguments):
    """build/rtos/store.img, with other arguments for the provider."""
    assert PROGRAM in MANIFEST
    words = ", ".join(f'"{word}"' for word in arguments)
    return packed(name, MANIFEST.replace(PROGRAM, f"{PROGRAM} kumiki,arguments = {words};"))


def system(name, disk, does, image=km.RTOS / "store.img", channel=DISK, function=FUNCTION["pci"], drive=""):
    """`does`: the user's work, or rounds of its load. `drive`: further options of QEMU's drive."""
    does = f"use kumiki.rounds={does}" if isinstance(does, int) else does
    described = km.beside_domains(km.description(name, [
        km.partition("store", cores=1, memory="16M as 0x40000000", image=image, more=["access = <&disk>;"]),
        linux("user", 2, does, "kumiki,manual;")]), channel)
    km.on_bus(described, [km.function("disk", function[0], 3, device=function[1],
                                      arguments=f"-drive if=none,id=disk,file={disk},format=raw,cache=unsafe{drive}")])
    return described


def start_behind(machine, sectors=SECTORS, first=0, read_only=0):
    """Starts the user once its disk is there. Earlier, its driver would keep its core busy."""
    machine.expect(rf"provider: {sectors} sectors from {first} on$", 60)
    operate(machine, "start user", "user ")
    machine.expect(rf"^\[user\] disk: {sectors} sectors, read-only {read_only}, disk$", 90)


def round_ends(machine, number):
    machine.expect(rf"^\[user\] disk: round {number} good$", 120)


def some_round_ends(machine):
    machine.expect(r"^\[user\] disk: round \d+ good$", 120)


def saw(machine):
    return machine.expect(r"^\[user\] disk: saw (\w+)$", 120)[1]


def sum_of(disk, first=0, sectors=SECTORS):
    return hashlib.sha256(disk.read_bytes()[512 * first:512 * (first + sectors)]).hexdigest()


# Shows: channel.store.
@pytest.mark.long
@pytest.mark.parametrize("mode", km.MODES)
def test_a_linux_uses_a_disk_of_the_rtos(mode):
    name = f"channel-store-{mode}"
    disk = new_disk(name)
    with km.kumiki(name, system(name, disk, 3), mode=km.TALKS[mode]) as machine:
        start_behind(machine)
        round_ends(machine, 3)
        found = saw(machine)
        assert not re.search(WRONG, machine.whole)
    assert sum_of(disk) == found


def kill(machine, victim):
    """A program of the RTOS, or all of it."""
    if victim == "all":
        operate(machine, "restart store", "store ")
        machine.expect(r"provider: \d+ sectors", 60)
    else:
        machine.send(f"\x1d1\rkill {victim}\r")
        machine.expect(f"{victim} was killed", 60)


def killed(name, victims, **how):
    """Each victim dies after another round of the user's load, in the middle of the next one."""
    disk = new_disk(name)
    with km.kumiki(name, system(name, disk, len(victims) + 2, **how), mode=km.TALK) as machine:
        start_behind(machine)
        for number, victim in enumerate(victims, 1):
            round_ends(machine, number)
            kill(machine, victim)
        round_ends(machine, len(victims) + 2)
        found = saw(machine)
        assert not re.search(WRONG, machine.whole)
    assert sum_of(disk) == found


VICTIMS = ("block", "provider", "all")


# Shows: channel.store.
@pytest.mark.long
def test_what_provides_is_killed():
    killed("channel-store-killed", VICTIMS * 2)


# ---- programs that are alive and not well ----

PROVIDER = km.RTOS / "provider.elf"
# A place where each program works on a user's request; and the supervisor's words about it.
PLACES = {"provider": "serve_answer", "block": "medium_give"}
# Two limits end a loop; either may come first.
LOOPED = "(runs away|computes too long on a call)"
ILL = [("provider", "forgets", "finds its own state damaged"), ("provider", "waits", "hangs"), ("provider", "loops", LOOPED),
       ("block", "waits", "hangs"), ("block", "loops", LOOPED)]
WITHOUT_END = 1000000  # rounds


def fall_ill(gdb, program, how):
    """Makes a program ill in the middle of a user's request. The provider forgets the session, and so accepts no request any
    more; a program waits for nothing; or it computes without an end."""
    elf = km.RTOS / f"{program}.elf"
    known = symbols(elf)
    stub = Stub(gdb)
    arrive(stub, elf, known[PLACES[program]])
    if how == "forgets":
        place = stub.register(0) + offsets(elf, ["struct serve.session"])["serve.session"]
        stub.write(place, bytes(byte ^ 1 for byte in stub.read(place, 4)))
    elif how == "waits":
        wait_for_ever(stub, known)
    else:
        for register in (server_campaign.LR, server_campaign.PC):
            stub.set_register(register, known["sys_svc"] + server_campaign.RET)
    stub.ask("D")
    stub.socket.close()


# Shows: channel.provider-well.
@pytest.mark.long
def test_a_program_that_is_ill_is_found(tmp_path):
    """The program's next life carries out the open request. The user makes requests until it is told to stop, so that the
    debugger always meets one."""
    name, gdb = "channel-store-ill", tmp_path / "gdb"
    disk = new_disk(name)
    # In real time: with counted instructions, the seconds without work would take the host minutes.
    with km.kumiki(name, system(name, disk, WITHOUT_END), mode=km.TALK,
                   extra=["-gdb", f"unix:{gdb},server=on,wait=off"]) as machine:
        start_behind(machine)
        for program, how, told in ILL:
            some_round_ends(machine)
            fall_ill(gdb, program, how)
            machine.expect(f"supervisor: {program} {told}", 60)
        some_round_ends(machine)
        some_round_ends(machine)
        machine.send("\x1d2\r")
        found = saw(machine)
        assert not re.search(WRONG, machine.whole)
    assert sum_of(disk) == found


# ---- a kernel that hangs ----

# Shows: rtos.watchdog.
@pytest.mark.race
def test_a_kernel_that_hangs(tmp_path):
    """The RTOS's kernel hangs in a call. Nobody feeds its partition's watchdog any more, so the watchdog ends it."""
    name, gdb = "channel-store-hang", tmp_path / "gdb"
    disk = new_disk(name)
    with km.kumiki(name, system(name, disk, 3), mode=km.THREADS, extra=["-gdb", f"unix:{gdb},server=on,wait=off"]) as machine:
        start_behind(machine)
        round_ends(machine, 1)
        stub, kernel = Stub(gdb), km.RTOS / "kernel.elf"
        arrive(stub, kernel, symbols(kernel)["call_handle"])
        stub.set_register(PC, symbols(kernel)["boot_park"])
        stub.ask("D")
        stub.socket.close()
        machine.expect(r"\[kumiki\] store stopped: its watchdog wasn't served", 120)
        machine.expect(r"provider: \d+ sectors", 60)
        round_ends(machine, 3)
        found = saw(machine)
        assert not re.search(WRONG, machine.whole)
    assert sum_of(disk) == found


# ---- a provider that is replaced ----

REPLACING = """
/ {
	windows {
		boot-loader { kumiki,size = "16K"; kumiki,writers = "bootfs", "loader"; };
		files { kumiki,file = "channel-store-replaced.tar"; kumiki,readers = "bootfs"; };
	};
	programs {
		bootfs {
			kumiki,image = "bootfs.elf";
			kumiki,memory = "96K";
			kumiki,priority = <120>;
			kumiki,offers = "boot";
			kumiki,uses = "console";
		};
		loader {
			kumiki,image = "loader.elf";
			kumiki,lenient;
			kumiki,memory = "128K";
			kumiki,priority = <100>;
			kumiki,offers = "loader";
			kumiki,uses = "boot";
		};
		job { kumiki,loaded-by = "loader"; kumiki,memory = "48K"; };
		shell { kumiki,uses = "console", "clock", "loader"; };
	};
};
"""


# Shows: channel.store, rtos.replace.
def test_a_provider_is_replaced():
    """The provider is replaced again and again, in the middle of its user's rounds."""
    name, times = "channel-store-replaced", 3
    disk = new_disk(name)
    stripped, archive = km.TESTS / f"{name}-provider", km.TESTS / f"{name}.tar"
    subprocess.run(["aarch64-linux-gnu-objcopy", "-S", PROVIDER, stripped], check=True)
    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(stripped, "provider")
    image = packed(name, MANIFEST + REPLACING)
    with km.kumiki(name, system(name, disk, times + 2, image), mode=km.TALK) as machine:
        start_behind(machine)
        for number in range(1, times + 1):
            round_ends(machine, number)
            machine.send("\x1d1\rreplace provider /boot/provider\r")
            machine.expect("supervisor: provider is replaced by a new version", 60)
        round_ends(machine, times + 2)
        found = saw(machine)
        assert not re.search(WRONG, machine.whole)
        assert "goes back to the boot image's" not in machine.whole
    assert sum_of(disk) == found


# ---- parts ----


def with_table(disk, label, first, last):
    """A GPT with one partition, after UEFI 2.10, chapter 5."""
    entries = bytes([1]) * 32 + struct.pack("<QQQ", first, last, 0) + label.encode("utf-16-le")
    entries += bytes(128 * 128 - len(entries))

    def header(own, other, table):
        def with_sum(crc):
            return struct.pack("<8s4I4Q16sQ3I", b"EFI PART", 0x10000, 92, crc, 0, own, other, 34, SECTORS - 34, bytes(16),
                               table, 128, 128, zlib.crc32(entries))
        return with_sum(zlib.crc32(with_sum(0)))

    with open(disk, "r+b") as file:
        for sector, content in ((1, header(1, SECTORS - 1, 2)), (2, entries), (SECTORS - 33, entries),
                                (SECTORS - 1, header(SECTORS - 1, 1, SECTORS - 33))):
            file.seek(512 * sector)
            file.write(content)


# Shows: channel.store.
@pytest.mark.parametrize("argument", ["part=the root", "sectors=2048+5000"])
def test_a_part_is_provided(argument):
    name = f"channel-store-{argument[:4]}"
    disk = new_disk(name)
    with_table(disk, "the root", 2048, 7047)
    before = disk.read_bytes()
    with km.kumiki(name, system(name, disk, 2, image_with(name, argument)), mode=km.TALK) as machine:
        start_behind(machine, 5000, 2048)
        round_ends(machine, 2)
        found = saw(machine)
        assert not re.search(WRONG, machine.whole)
    after = disk.read_bytes()
    assert sum_of(disk, 2048, 5000) == found
    assert after[:512 * 2048] == before[:512 * 2048] and after[512 * 7048:] == before[512 * 7048:]


# Shows: channel.store.
def test_a_disk_is_only_read():
    name = "channel-store-read"
    disk = new_disk(name)
    read_only = DISK.replace('"user";', '"user";\n\t\t\tkumiki,read-only;')
    with km.kumiki(name, system(name, disk, 1, image_with(name, "read-only"), read_only), mode=km.TALK) as machine:
        start_behind(machine, read_only=1)
        machine.expect(r"^\[user\] disk: round 1 FAILED$", 60)
    assert not any(disk.read_bytes())


# Shows: channel.store.
def test_two_read_one_part():
    name = "channel-store-readers"
    disk = new_disk(name)
    disk.write_bytes(random.Random(1).randbytes(512 * SECTORS))
    readers = [km.partition(each, cores=core, memory="128M", image=km.IMAGE["linux"], initrd=km.INITRD, more=["kumiki,manual;"],
                            bootargs="console=ttyAMA0 quiet panic=1") for each, core in (("user", 2), ("other", 4))]
    described = km.beside_domains(km.description(name, [
        km.partition("store", cores=1, memory="16M as 0x40000000", image=image_with(name, "sectors=2048+5000", "read-only"),
                     more=["access = <&disk>;"]), *readers]),
        DISK.replace('"user";', '"user", "other";\n\t\t\tkumiki,read-only;'))
    km.on_bus(described, [km.function("disk", FUNCTION["pci"][0], 3, device=FUNCTION["pci"][1],
                                      arguments=f"-drive if=none,id=disk,file={disk},format=raw,cache=unsafe")])
    with km.kumiki(name, described, mode=km.TALK) as machine:
        machine.expect(r"provider: 5000 sectors from 2048 on$", 60)
        for number, each in enumerate(("user", "other"), 2):
            operate(machine, f"start {each}", f"{each} ")
            machine.expect(rf"^\[{each}\] kumiki-init: up, .*, vda", 120)
            machine.send(f"\x1d{number}\rwhile :; do echo re''ad $(sha256sum </dev/vda); echo 3 >/proc/sys/vm/drop_caches; done\r")
        for each in ("user", "other") * 2:
            assert machine.expect(rf"^\[{each}\] read (\w+) ", 120)[1] == sum_of(disk, 2048, 5000)


@pytest.mark.parametrize("argument, says", [
    ("part=none", r"provider: part=none can't be found: no partition of the disk has that label"),
    ("sectors=8192+1", r"provider: sectors=8192\+1 lies outside of the disk"),
    ("whole", r"provider: whole is none of disk=PORT, part=LABEL, sectors=FIRST\+COUNT and read-only"),
    ("read-only", r"provider: its disk is refused: .* the partitions that use it want to write to it")])
def test_a_wrong_disk_is_reported(argument, says):
    name = f"channel-store-wrong-{argument[:5]}"
    disk = new_disk(name)
    with_table(disk, "the root", 2048, 7047)
    with km.kumiki(name, system(name, disk, 1, image_with(name, argument)), mode=km.TALK) as machine:
        machine.expect(says, 60)
