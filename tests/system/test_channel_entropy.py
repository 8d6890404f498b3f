"""Random bytes for partitions: unmodified Debian Linuxes read them from /dev/hwrng, by virtio-rng."""

import kumiki_machine as km
import physical
import pytest

from brokers import kill_brokers
from gdbstub import symbols
from test_channels import operate

DICE = "\tchannels {\n" + "".join(f"""		{name}-dice {{
			compatible = "kumiki,entropy";
			kumiki,ends = "{name}";
		}};
""" for name in ("left", "right")) + "\t};\n"


def system(name):
    return km.beside_domains(km.description(name, [
        km.partition(side, cores=core, memory="192M", image=km.IMAGE["linux"], initrd=km.INITRD,
                     bootargs="console=ttyAMA0 quiet panic=1")
        for side, core in (("left", 1), ("right", 2))]), DICE)


def type_at(machine, number, line):
    machine.send(f"\x1d{number}\r{line}\r")


def load(machine, number, side):
    type_at(machine, number, "insmod /lib/modules/$(uname -r)/virtio-rng.ko; echo lo''aded")
    machine.expect(rf"^\[{side}\] loaded$", 60)


def draw(machine, number, side, count=1):
    """The sum of `count` times 64 random bytes."""
    type_at(machine, number, f"echo dre''w $(head -c {64 * count} /dev/hwrng | sha256sum)")
    return machine.expect(rf"^\[{side}\] drew (\w{{64}}) .*\n", 60)[1]


# Shows: channel.entropy.
@pytest.mark.long
@pytest.mark.parametrize("mode", km.MODES)
def test_linuxes_draw_bytes(mode):
    """No two draws are equal, be they of one Linux, of two, or of two lives of one."""
    name = f"channel-entropy-{mode}"
    with km.kumiki(name, system(name), mode=km.TALKS[mode]) as machine:
        drawn = []
        machine.expect_all([rf"^\[{side}\] kumiki-init: up" for side in ("left", "right")], 120)
        for number, side in ((1, "left"), (2, "right")):
            load(machine, number, side)
            drawn += [draw(machine, number, side) for _ in range(3)]
        operate(machine, "restart left", "left ")
        machine.expect(r"^\[left\] .*kumiki-init: up", 120)  # after the former life's prompt
        load(machine, 1, "left")
        drawn.append(draw(machine, 1, "left", 1000))
        assert len(set(drawn)) == len(drawn) == 7
        assert "entropy up, sent 0, received " in operate(machine, "channels", "right-dice +right ")


# Shows: channel.broker-restart.
@pytest.mark.long
def test_a_broker_is_killed(tmp_path):
    name = "channel-entropy-killed"
    elf = km.BUILD / "service/broker.elf"
    with km.kumiki(name, system(name), extra=physical.options(tmp_path / "gdb"), mode=km.TALK) as machine:
        machine.expect(r"^\[left\] kumiki-init: up", 120)
        load(machine, 1, "left")
        type_at(machine, 1, "while head -c 64 /dev/hwrng >/dev/null; do :; done &")
        assert kill_brokers(machine, tmp_path / "gdb", elf, symbols(elf)["receive_deliver"], 8, "left-dice") == 8
        assert draw(machine, 1, "left") != draw(machine, 1, "left")
        assert "broker's failures 8" in operate(machine, "channels", "left-dice +left ")


# Shows: channel.entropy-seed.
@pytest.mark.talk
def test_without_a_seed_there_is_none():
    name = "channel-entropy-no-seed"
    with km.kumiki(name, system(name), extra=["-machine", "dtb-randomness=off"], mode=km.TALK) as machine:
        machine.expect(r"^\[left\] kumiki-init: up", 120)
        load(machine, 1, "left")
        type_at(machine, 1, "echo se''es $(ls /sys/bus/virtio/devices | wc -l)")
        assert machine.expect(r"^\[left\] sees (\d+)", 60)[1] == "0"
        assert "entropy no seed" in operate(machine, "channels", "right-dice +right ")
