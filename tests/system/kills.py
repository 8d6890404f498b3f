"""A campaign of kills under a load that verifies its data. A Linux has two disks: one is provided by the RTOS (virtio or
NVMe), the other by a second Linux. The load (guests/linux/blocks.c) writes blocks with numbers, generations and sums, and
reads some of them back. The seed chooses the victims, and after how many requests each dies: the disk's driver, a program
that provides a disk, the system of such a program, a broker at some instruction of its work, or the frame. No request fails,
and the Linux's kernel reports nothing. In the end both media have the last data whose write was answered. Used by
test_kills.py and soak.py.
"""

import contextlib
import random
import re
import struct
from dataclasses import dataclass

import kumiki_machine as km

import physical
import test_channel_store as store
from brokers import kill_brokers
from frame_crash import crash_running
from gdbstub import symbols
from rtos_disk import FUNCTION
from test_channel_disk import PCI_INITRD, linux
from test_channels import operate

BROKER = km.BUILD / "service/broker.elf"
# Each request goes through these functions of a broker. A kill comes at most FURTHER instructions behind the entry.
PLACES = ("ring_take", "ring_copy", "ring_publish", "receive_deliver", "receive_give", "request_given", "dispatch_noted")
FURTHER = 60
# Each request goes through these functions of the frame, which works for vCPUs and brokers.
FRAME_PLACES = ("access_guest", "end_signal", "doorbell_heard", "mail_take", "broker_wake", "service_call", "broker_rest",
                "sched_switch", "vgic_deliver", "vgic_arrived")
# How many of 60 kills each victim has. A Linux is rare, as it takes seconds to start.
VICTIMS = {"block": 12, "provider": 12, "store": 7, "daemon": 9, "back": 1, "broker": 9, "frame": 10}
LOST = "damaged was what it kept of"  # the frame's words when its crash ends a partition
CHANNELS = """	channels {
		fast {
			compatible = "kumiki,disk";
			kumiki,provider = "store";
			kumiki,ends = "user";
		};
		slow {
			compatible = "kumiki,disk";
			kumiki,provider = "back";
			kumiki,ends = "user";
		};
	};
"""
# Of guests/linux/blocks.c.
PARTS, BLOCKS, SIZE = 2, 128, 4096
LOADS = [f"{disk}.{part}" for disk in ("fast", "slow") for part in range(PARTS)]
IMAGES = {"pci": km.RTOS / "store.img", "nvme": km.RTOS / "nvme.img"}


@dataclass(frozen=True)
class Campaign:
    """All options of a campaign. The host's speed decides how far the load is when a typed kill takes effect."""

    seed: int
    kills: int

    @property
    def name(self):
        return f"kills-{self.seed}"

    @property
    def bus(self):
        return sorted(IMAGES)[self.seed % 2]


def _system(campaign, fast, slow):
    compatible, device = FUNCTION[campaign.bus]
    described = km.beside_domains(km.description(campaign.name, [
        km.partition("store", cores=1, memory="16M as 0x40000000", image=IMAGES[campaign.bus], more=["access = <&disk>;"]),
        linux("back", 2, "serve kumiki.channel=slow kumiki.file=/dev/vda", "access = <&medium>;", initrd=PCI_INITRD),
        km.partition("user", cores=4, memory="192M", image=km.IMAGE["linux"], initrd=km.INITRD, more=["kumiki,manual;"],
                     bootargs=f"console=ttyAMA0 loglevel=7 panic=1 kumiki.run=disk kumiki.does=verify kumiki.seed={campaign.seed}")
        ]), CHANNELS)
    km.on_bus(described, [
        km.function("disk", compatible, 3, device=device,
                    arguments=f"-drive if=none,id=disk,file={fast},format=raw,cache=unsafe"),
        km.function("medium", "pci1af4,1042", 4, device="virtio-blk-pci,drive=medium",
                    arguments=f"-drive if=none,id=medium,file={slow},format=raw,cache=unsafe")])
    return described


def _kill(machine, gdb, chance):
    victim, = chance.choices(list(VICTIMS), VICTIMS.values())
    if victim == "broker":
        place = symbols(BROKER)[chance.choice(PLACES)]
        kill_brokers(machine, gdb, BROKER, place, 1, "(fast|slow)", further=chance.randrange(FURTHER))
    elif victim == "frame":
        crash_running(machine, gdb, chance.choice(FRAME_PLACES))
    elif victim == "daemon":
        machine.send("\x1d2\rkill\r")
        machine.expect(r"^\[back\] disk: killed$", 60)
    elif victim == "back":
        operate(machine, "restart back", "back ")
        machine.expect(r"^\[back\] disk: provides", 90)
    else:
        store.kill(machine, "all" if victim == "store" else victim)
    return victim


def get_on(machine, loads):
    """Waits until each of these loads has had some requests answered: then none waits any longer because of an earlier
    kill."""
    machine.expect_all([rf"^\[user\] {re.escape(load)} is at \d+$" for load in loads], 120)


def _block(number, generation):
    words = [number, generation] + [(number << 40 ^ generation << 16 ^ i) * 0x9e3779b97f4a7c15 % 2**64
                                    for i in range(2, SIZE // 8 - 1)]
    total = 0xcbf29ce484222325
    for word in words:
        total = (total ^ word) * 0x100000001b3 % 2**64
    return struct.pack(f"<{SIZE // 8}Q", *words, total)


def _compare(machine, disk, path):
    """Each block of the medium has the data of the last answered write."""
    content = path.read_bytes()
    for part in range(PARTS):
        answered = [int(number) for number in re.findall(rf"^\[user\] {disk}\.{part} has (\d+)$", machine.text, re.MULTILINE)]
        assert len(answered) == BLOCKS and max(answered) > 1, machine.log_path
        for number, generation in enumerate(answered, BLOCKS * part):
            wanted = _block(number, generation) if generation else bytes(SIZE)
            assert content[SIZE * number:SIZE * (number + 1)] == wanted, f"block {number} of {disk}: {machine.log_path}"


@contextlib.contextmanager
def load(campaign, folder):
    """The machine, once its load runs. At the end it is judged."""
    fast, slow = folder / "fast.img", folder / "slow.img"
    for path in (fast, slow):
        path.write_bytes(bytes(512 * store.SECTORS))
    with km.kumiki(campaign.name, _system(campaign, fast, slow), mode=km.LONG_RUN,
                   extra=physical.options(folder / "gdb")) as machine:
        machine.expect_all([rf"provider: {store.SECTORS} sectors from 0 on$", r"^\[back\] disk: provides"], 90)
        operate(machine, "start user", "user ")
        get_on(machine, LOADS)
        begin = machine.position
        yield machine
        machine.send("\x1d3\r")
        machine.expect(r"^\[user\] disk: done$", 120)
        said = machine.text[begin:]
        assert not re.search(r"^\[user\] (\[ *\d+\.\d+\]|.*(WRONG|FAILED))", said, re.MULTILINE), machine.log_path
        assert LOST not in said, machine.log_path
        for disk, path in (("fast", fast), ("slow", slow)):
            _compare(machine, disk, path)


def run(campaign, folder, _seconds):
    """Runs the campaign; returns counts for the report."""
    chance = random.Random(campaign.seed)
    with load(campaign, folder) as machine:
        for _ in range(campaign.kills):
            get_on(machine, [chance.choice(LOADS)])
            _kill(machine, folder / "gdb", chance)
            get_on(machine, LOADS)
    return {"kills under a disk's load": campaign.kills}
