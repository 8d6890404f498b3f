"""A guest that breaks every rule of its end of a network (tests/guest/spoil), beside two Linuxes that talk over it."""

import re

import kumiki_machine as km
import pytest
import test_channel_disk as disk
from test_channels import linux, network, operate, right_took

QUEUES_AT, SPOIL_AT = 0x78000000, 0x60000000
SANE = r"^\[spoil\] spoil: (\d+) operations; its device is (.*)$"


# The spoiler's channel: its own, or one with a Linux that reads its console or provides its disk.
ALONE = {"entropy": """		odd {
			compatible = "kumiki,entropy";
			kumiki,ends = "spoil";
		};
""", "console": """		odd {
			compatible = "kumiki,console";
			kumiki,ends = "spoil", "peer";
		};
""", "disk": """		odd {
			compatible = "kumiki,disk";
			kumiki,provider = "peer";
			kumiki,ends = "spoil";
		};
"""}


def spoiler(seed, operations):
    """The spoiler's queues are far from its program, so that a broker's write there doesn't end it."""
    return km.partition("spoil", cores=4, memory=[f"1M at {SPOIL_AT:#x}", f"1M at {QUEUES_AT:#x}"],
                        image=km.GUESTS / "spoil.bin", bootargs=f"spoil={seed},{operations}",
                        more=["kumiki,manual;", "kumiki,restart-limit = <1000 1>;", "kumiki,restart-delay = <0>;"])


def system(name, kind, seed, operations):
    """Two Linuxes talk over a network. The spoiler has an end of the same network, or of a channel of another kind."""
    partitions = [linux("left", 1, 2, mib=1, rounds=10000), linux("right", 2), spoiler(seed, operations)]
    if kind == "network":
        return km.beside_domains(km.description(name, partitions), network("left", "right", "spoil"))
    if kind == "console":
        partitions.append(km.partition("peer", cores=8, memory="128M", image=km.IMAGE["linux"], initrd=km.INITRD,
                                       bootargs="console=ttyAMA0 quiet panic=1"))
    if kind == "disk":
        partitions.append(disk.linux("peer", 8, "serve kumiki.mib=4 kumiki.channel=odd"))
    return km.beside_domains(km.description(name, partitions),
                             network("left", "right").replace("\tchannels {\n", "\tchannels {\n" + ALONE[kind]))


def streams_came(machine, begin):
    """All streams that the left Linux has sent since then arrived unchanged. Returns their number."""
    sent = re.findall(r"^\[left\] channel: sent 10\.1\.0\.2 (\d+ \w+)$", machine.whole[begin:], re.MULTILINE)
    assert len(set(sent)) == len(sent)
    right_took(machine, sent)
    return len(sent)


def start(machine, kind):
    machine.expect(r"^\[right\] channel: took ", 90)
    if kind == "console":
        machine.send("\x1d4\rinsmod /lib/modules/$(uname -r)/virtio_console.ko; exec 3<>/dev/hvc0; stty raw -echo <&3; "
                     "cat <&3 >/dev/null & echo rea''ds\r")
        machine.expect(r"^\[peer\] reads$", 60)
    if kind == "disk":
        machine.expect_since(0, [r"^\[peer\] disk: provides"], 60)
    operate(machine, "start spoil", "spoil ")


# The spoiler's errors that are counted. Each is at least a hundredth of the operations.
COUNTED = dict.fromkeys(ALONE, ["broken ring"]) | {"network": ["broken ring", "too short"]}
# `make test` does so many operations on each kind of channel; `make soak` does the rest of a million.
MILLION = 1_000_000
OFTEN = dict.fromkeys(ALONE, 5_000) | {"network": 20_000}
SOAK = [("threads", 2), ("threads", 3), ("icount", 4), ("icount", 5), ("icount", 6)]


# Shows: channel.hostile, channel.console-hostile, channel.disk-hostile.
@pytest.mark.parametrize("kind, mode, seed, operations", [
    *((kind, "threads", 1, often) for kind, often in OFTEN.items()),
    *(pytest.param(kind, mode, seed, (MILLION - often) // len(SOAK), marks=pytest.mark.long)
      for kind, often in OFTEN.items() for mode, seed in SOAK)])
def test_an_end_that_breaks_every_rule(kind, mode, seed, operations):
    name = f"channel-hostile-{kind}-{seed}"
    with km.kumiki(name, system(name, kind, seed, operations), mode=km.TALKS[mode]) as machine:
        start(machine, kind)
        begin = machine.position
        done, how = machine.expect(SANE, 60 + operations // 100).groups()
        assert int(done) == operations and how == "sane", machine.log_path
        machine.expect(r"^\[left\] channel: sent ", 60)
        assert streams_came(machine, begin) > 0, "the neighbours talked meanwhile"
        shown = operate(machine, "channels", "lan +spoil " if kind == "network" else "lan +right ")
        assert set(re.findall(r"broker's failures (\d+)", shown)) == {"0"}
        for why in COUNTED[kind]:
            assert int(re.search(rf"spoil .* (\d+) {why}", shown)[1]) > operations // 100
        assert not re.search(r"^\[(left|right|peer)\] .*(WARNING|BUG|Oops|virtio_|NETDEV)|^\[kumiki\] (left|right|peer|broker) .*",
                             machine.text[begin:], re.MULTILINE), machine.log_path
