"""The network of tests/rtos/net: machines with it, and the host's side of the talk with peer.c. Used by test_rtos_net.py and
bench/rtos.py."""

import array
import socket
import sys

import kumiki_machine as km

IMAGE = {"mmio": km.RTOS / "net-mmio.img", "pci": km.RTOS / "net-pci.img"}
SLOT = km.SLOTS - 1
DEVICE = {"mmio": f"virtio-net-device,netdev=net,bus=virtio-mmio-bus.{SLOT}",
          "pci": "virtio-net-pci,netdev=net,addr=1,disable-legacy=on,romfile="}
ORDERS, DATAGRAMS = 4000, 4001  # ports of peer.c
HERE = "127.0.0.1"


def words(count):
    """The data that peer_word() in peer.c computes."""
    made = array.array("Q", ((i * 0x9e3779b97f4a7c15 + 0xbf58476d1ce4e5b9) % 2**64 for i in range(count // 8)))
    if sys.byteorder == "big":
        made.byteswap()
    return made.tobytes()


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as any_port:
        any_port.bind((HERE, 0))
        return any_port.getsockname()[1]


class Ways:
    """Ports on the host's loopback that QEMU forwards to ports of the guest."""

    def __init__(self, **guest):
        """`orders=4000` gives a name to a port of the guest. A name with `datagrams` in it is for UDP."""
        self.port = {name: free_port(socket.SOCK_DGRAM if "datagrams" in name else socket.SOCK_STREAM) for name in guest}
        self.netdev = "user,id=net" + "".join(
            f",hostfwd={'udp' if 'datagrams' in name else 'tcp'}:{HERE}:{self.port[name]}-:{port}"
            for name, port in guest.items())

    def stream(self, name):
        made = socket.create_connection((HERE, self.port[name]), timeout=km.HANGS)
        made.settimeout(km.HANGS)
        return made

    def datagrams(self, name):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.settimeout(km.HANGS)
        made.connect((HERE, self.port[name]))
        return made


def peer_ways():
    return Ways(orders=ORDERS, datagrams=DATAGRAMS)


def bare(name, bus, ways, *, cpus=1, mode=km.ICOUNT, image=None):
    extra = ["-global", "virtio-mmio.force-legacy=false", "-netdev", ways.netdev, "-device", DEVICE[bus]]
    return km.bare(name, image or IMAGE[bus], cpus=cpus, mode=mode, extra=extra)


def partition(name, ways, cpus=1):
    """A partition with the card on PCI, behind the SMMU."""
    system = km.description(name, [km.partition("rtos", cores=(1 << cpus) - 1, memory="16M as 0x40000000",
                                                image=IMAGE["pci"], more=["access = <&card>;"])])
    km.on_bus(system, [km.function("card", "pci1af4,1041", 1, device="virtio-net-pci,netdev=net",
                                   arguments=f"-netdev {ways.netdev}")])
    return system


class Orders:
    """A stream that carries orders to peer.c."""

    def __init__(self, ways):
        self.stream = ways.stream("orders")
        self.answers = self.stream.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answers.close()
        self.stream.close()

    def order(self, text):
        self.stream.sendall(text.encode() + b"\n")

    def numbers(self):
        return [int(number) for number in self.answers.readline().split()]

    def ticks(self):
        """The ticks of the driver and of the server."""
        self.order("ticks")
        return self.numbers()

    def sink(self, data, between=lambda: None, piece=1 << 18):
        """Sends data; returns how many bytes arrived right. `between` is called after each piece."""
        self.order(f"sink {len(data)}")
        for at in range(0, len(data), piece):
            self.stream.sendall(data[at:at + piece])
            between()
        return self.numbers()[0]

    def source(self, count):
        self.order(f"source {count}")
        return self.answers.read(count)

    def connect(self, port, count):
        """Lets peer.c connect to a port of the host and take `count` bytes; returns how many were right."""
        self.order(f"connect {port} {count}")
