"""The way out of a network between partitions: a Linux with a card routes for another one (docs/channels.md)."""

import re

import gateway
import kumiki_machine as km

from test_channels import network

INITRD = km.BUILD / "guests/initrd-pci.cpio"


def linux(name, core, *more):
    return km.partition(name, cores=core, memory="192M", image=km.IMAGE["linux"], initrd=INITRD, more=more,
                        bootargs="console=ttyAMA0 quiet panic=1")


def system(name):
    described = km.beside_domains(km.description(name, [linux("router", 1, "access = <&card>;"), linux("user", 2)]),
                                  network("router", "user"))
    km.on_bus(described, [km.function("card", "pci1af4,1041", 1, device="virtio-net-pci,netdev=out,mac=52:54:00:12:34:56",
                                      arguments="-netdev user,id=out")])
    return described


def types(machine, number, side, command, answer="done 0"):
    """Types a command, and waits for its success."""
    machine.send(f"\x1d{number}\r{command}; echo do''ne $?\r")
    machine.expect(rf"^\[{side}\] {re.escape(answer)}\n", 60)


def card(machine, number, side, mac, address):
    """A command: gives an address to the card with this MAC address."""
    types(machine, number, side, f"c=$(grep -l {mac} /sys/class/net/*/address | cut -d/ -f5)")
    types(machine, number, side, f"ip link set $c up; ip addr add {address}/24 dev $c")


# Shows: channel.route.
def test_a_linux_routes_for_another():
    with gateway.pages() as port, km.kumiki("channel-route", system("channel-route")) as machine:
        machine.expect_all([rf"^\[{side}\] kumiki-init: up" for side in ("router", "user")], 120)
        card(machine, 1, "router", "52:54:00", "10.0.2.15")
        card(machine, 1, "router", "^02:", "10.1.0.1")
        types(machine, 1, "router", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        types(machine, 1, "router", "echo 1 >/proc/sys/net/ipv4/conf/all/proxy_arp")
        card(machine, 2, "user", "^02:", "10.1.0.2")
        types(machine, 2, "user", "ip route add default via 10.1.0.1")
        types(machine, 2, "user", f"wget -q -O - http://10.0.2.2:{port}/200 | wc -c", "1000")
