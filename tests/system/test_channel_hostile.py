"""A guest that breaks every rule of its end of a network (tests/guest/spoil), beside two Linuxes that talk over it."""

import re

import kumiki_machine as km
import pytest
from test_channels import linux, network, operate, right_took

QUEUES_AT, SPOIL_AT = 0x78000000, 0x60000000
SANE = r"^\[spoil\] spoil: (\d+) operations; its device is (.*)$"


def system(name, seed, operations):
    """The spoiler's queues lie far from its program: what it has a broker write there doesn't end it."""
    return km.beside_domains(km.description(name, [
        linux("left", 1, 2, mib=1, rounds=10000), linux("right", 2),
        km.partition("spoil", cores=4, memory=[f"1M at {SPOIL_AT:#x}", f"1M at {QUEUES_AT:#x}"],
                     image=km.GUESTS / "spoil.bin", bootargs=f"spoil={seed},{operations}",
                     more=["kumiki,manual;", "kumiki,restart-limit = <1000 1>;", "kumiki,restart-delay = <0>;"])]),
        network("left", "right", "spoil"))


def streams_came(machine, begin):
    """What the left one has sent since then has come as it was. Returns how many streams these are."""
    sent = re.findall(r"^\[left\] channel: sent 10\.1\.0\.2 (\d+ \w+)$", machine.whole[begin:], re.MULTILINE)
    assert len(set(sent)) == len(sent)
    right_took(machine, sent)
    return len(sent)


# Shows: channel.hostile.
@pytest.mark.parametrize("mode, seed, operations", [
    ("threads", 1, 20_000),
    *(pytest.param(mode, seed, 196_000, marks=pytest.mark.soak)
      for mode, seed in (("threads", 2), ("threads", 3), ("icount", 4), ("icount", 5), ("icount", 6)))])
def test_an_end_that_breaks_every_rule(mode, seed, operations):
    """With those of `make soak` they are a million operations."""
    name = f"channel-hostile-{seed}"
    with km.kumiki(name, system(name, seed, operations), mode=km.MODES[mode]) as machine:
        machine.expect(r"^\[right\] channel: took ", 90)
        begin = machine.position
        operate(machine, "start spoil", "spoil ")
        done, how = machine.expect(SANE, 60 + operations // 100).groups()
        assert int(done) == operations and how == "sane", machine.log_path
        machine.expect(r"^\[left\] channel: sent ", 60)
        assert streams_came(machine, begin) > 0, "the neighbours talked meanwhile"
        shown = operate(machine, "channels", "lan +spoil ")
        assert re.findall(r"broker's failures (\d+)", shown) == ["0"] * 3
        broken, short = (int(re.search(rf"spoil .* (\d+) {why}", shown)[1]) for why in ("broken ring", "too short"))
        assert broken > operations // 100 and short > operations // 100
        assert not re.search(r"^\[(left|right)\] .*(WARNING|BUG|Oops|virtio|NETDEV)|^\[kumiki\] (left|right|broker) .*",
                             machine.text[begin:], re.MULTILINE), machine.log_path
