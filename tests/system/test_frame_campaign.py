"""The frame crashes at instruction after instruction of a way through it, on one machine, and comes back each time; nobody
notices (frame_campaign.py). Here are some instructions of some ways; with `make soak` all of all."""

import pytest

import campaign
from frame_campaign import ALL_WAYS, Way, machine_with

# Instructions of a way between two that fail here, and at which of them it begins.
SAMPLE = {"hypercall": (8, 10), "uart-write": (14, 10), "interrupt": (12, 8), "wait": (20, 10),
          "psci": (13, 10), "sgi": (18, 10), "wakes": (16, 10), "doorbell": (12, 10), "spi": (20, 10), "pci-write": (28, 10), "channel": (70, 10)}
# In the middle of a vCPU's start, of a life's steps and its end, of a service's call, of a budget's end, of a move, of a change of
# DMA, of a watcher's mend; as a core goes off, or comes on.
PLACES = [("vcpu-asked", "vgic_cpu_reset"), ("life-step", "life_run"), ("life-step", "partition_run"), ("life-step", "life_decide"),
          ("life-end", "life_heed_end"), ("life-end", "partition_ask_all"), ("life-end", "vgic_give_up"), ("service", "service_call"),
          ("budget", "budget_end"), ("budget", "context_exchange_apart"), ("move-out", "resident_leave"), ("move-come", "move_take_over"),
          ("broker", "broker_answer"), ("dma-close", "function_command"), ("dma-close", "pci_bar_read"), ("dma-close", "life_enter"),
          ("dma-close", "life_publish"), ("dma-open", "dma_open"), ("mend", "mend_hold"), ("mend-over", "hw_invalidate_instructions"),
          ("mend-over", "mend_answer"), ("mend-follow", "watch_take_up"), ("core-off", "gic_rest_core"), ("core-on", "power_back")]


@pytest.fixture(scope="module")
def machines():
    with campaign.Shared(machine_with) as shared:
        yield shared.case


def judge(way, rows):
    """A partition is hurt by the first instructions of a vector alone: it begins anew."""
    print(campaign.show(way, rows))
    bad = [row for row in rows if row["class"] != "recovered"]
    assert all(row["place"].startswith("trap_vectors+") and row["class"] == "partition restarted" for row in bad), bad


# Shows: frame.every-instruction.
@pytest.mark.parametrize("name", SAMPLE)
def test_some_instructions(name, machines, tmp_path):
    step, first = SAMPLE[name]
    way = Way(name, machines).open(tmp_path)
    rows = way.go_on(way.traced(1)[first::step])
    judge(way, rows)
    assert len(rows) > 8 and {row["class"] for row in rows} == {"recovered"}


# Shows: frame.every-instruction.
@pytest.mark.parametrize("name, place", PLACES)
def test_at_a_place(name, place, machines):
    """The way is gone again."""
    with Way(name, machines).start() as machine:
        assert machine.reach(machine.symbols[place])
        machine.crash(machine.symbols[place])
        assert machine.judge() == ("recovered", "")


# Shows: frame.every-instruction.
@pytest.mark.long
@pytest.mark.parametrize("name", ALL_WAYS)
def test_every_instruction(name):
    way = Way(name).open()
    rows = way.go_on(way.cases())
    assert rows
    judge(way, rows)
