"""The frame crashes at instruction after instruction of a way through it, on one machine, and comes back each time; nobody
notices (frame_campaign.py). Here are some instructions of some ways; with `make soak` all of all."""

import pytest

import kumiki_machine as km
from frame_campaign import ALL_WAYS, Way, machine_of, show

# Instructions of a way between two that fail here, and at which of them it begins.
SAMPLE = {"hypercall": (8, 10), "uart-write": (14, 10), "interrupt": (12, 8), "wait": (20, 10),
          "psci": (13, 10), "sgi": (18, 10), "wakes": (16, 10), "doorbell": (12, 10), "spi": (20, 10), "pci-write": (28, 10), "channel": (70, 10)}


def judge(way):
    """Who is hurt is so in the first instructions of a vector: that partition begins anew."""
    print(show([way]))
    bad = {pc: row for pc, row in way.rows.items() if row["class"] != "recovered"}
    assert all(row["at"].startswith("trap_vectors+") and row["class"] == "partition restarted" for row in bad.values()), bad


# Shows: frame.every-instruction.
@pytest.mark.parametrize("name", SAMPLE)
def test_some_instructions(name, tmp_path):
    step, first = SAMPLE[name]
    way = Way(name, tmp_path)
    way.go_on(step, first)
    judge(way)
    assert len(way.rows) > 9 and {row["class"] for row in way.rows.values()} == {"recovered"}


# Shows: frame.every-instruction.
@pytest.mark.parametrize("name, place", [("vcpu-asked", "vgic_cpu_reset"), ("life-step", "life_run"),
                                         ("life-step", "partition_run"), ("life-step", "life_decide"),
                                         ("life-end", "life_heed_end"), ("life-end", "partition_ask_all"),
                                         ("life-end", "vgic_give_up"), ("budget", "budget_end"),
                                         ("budget", "context_exchange_apart"), ("move-out", "resident_leave"),
                                         ("move-come", "move_take_over"), ("service", "service_call"),
                                         ("broker", "broker_answer"), ("dma-close", "function_command"),
                                         ("dma-close", "pci_bar_read"), ("dma-close", "life_enter"),
                                         ("dma-close", "life_publish"), ("dma-open", "become"),
                                         ("mend", "mend_hold"), ("mend-over", "hw_invalidate_instructions"),
                                         ("mend-over", "mend_answer"), ("mend-follow", "watch_take_up"),
                                         ("core-off", "gic_rest_core"), ("core-on", "power_back")])
def test_at_a_place(name, place, tmp_path):
    """In the middle of a vCPU's start, of a life's steps and its end, of a budget's end, of a move, of a service's call, of a
    change of DMA, of a watcher's mend; as a core goes off, or comes on. The way is gone again."""
    with machine_of(name, tmp_path, f"-{place}") as machine:
        assert machine.reach(machine.symbols[place])
        machine.crash(machine.symbols[place])
        assert machine.judge() == ("recovered", "")


# Shows: frame.every-instruction.
@pytest.mark.long
@pytest.mark.parametrize("name", ALL_WAYS)
def test_every_instruction(name):
    folder = km.BUILD / "campaign/frame"
    folder.mkdir(parents=True, exist_ok=True)
    way = Way(name, folder)
    way.go_on()
    assert way.rows
    judge(way)
