"""What a stream that comes in takes of the RTOS's network driver and server, told by the program of tests/rtos/net: what they
computed, and not how long the host's network does. Used by run.py."""

import kumiki_machine as km
import rtos_net

MIB = 4
TICK = 16  # nanoseconds of the counter's tick; as many instructions
FIGURE = {"name": "net.rtos.stream", "unit": "instructions",
          "what": "a program receives a MiB by TCP, in frames of 1,514 bytes: what driver and server compute, kernel's work "
                  "for them included"}


def _stream(machine, ways):
    data = rtos_net.words(MIB << 20)
    with machine:
        machine.expect("peer: ready", 60)
        with rtos_net.Orders(ways) as orders:
            before = orders.ticks()
            assert orders.sink(data) == len(data)
            return sum(orders.ticks()) * TICK // MIB - sum(before) * TICK // MIB


def measure():
    ways = rtos_net.peer_ways()
    bare = _stream(rtos_net.bare("bench-rtos-net-bare", "pci", ways), ways)
    ways = rtos_net.peer_ways()
    kumiki = _stream(km.kumiki("bench-rtos-net-kumiki", rtos_net.partition("bench-rtos-net-kumiki", ways)), ways)
    yield {**FIGURE, "bare": bare, "value": kumiki}
