"""The RTOS's network: its driver, by virtio-mmio and on PCI, and its server with lwIP. The host talks to it through QEMU's
network for users: echoes, datagrams, streams both ways, and many at once. Each byte is checked. On the bare machine and as a
partition, whose card is behind the SMMU.

Shows: rtos.network.
"""

import concurrent.futures
import http.server
import re
import socket
import threading

import kumiki_machine as km
import pytest
import rtos_net

pytestmark = pytest.mark.talk

DATA = rtos_net.words(4 << 20)
WAYS = [("mmio", "icount", 1), ("pci", "threads", 4)]
MANY, EACH = 20, 128 << 10


def echoes(ways, count=100):
    """Datagrams come back unchanged."""
    with ways.datagrams("datagrams") as there:
        for number in range(count):
            sent = bytes([number]) * (1 + 14 * number)
            there.send(sent)
            assert there.recv(2048) == sent


def back(orders, data):
    """peer.c connects to the host."""
    with socket.create_server((rtos_net.HERE, 0)) as server:
        server.settimeout(km.HANGS)
        orders.connect(server.getsockname()[1], len(data))
        with server.accept()[0] as stream:
            stream.settimeout(km.HANGS)
            stream.sendall(data)
            return orders.numbers()[0]


def many(ways):
    """Several streams at once, each in one direction. They connect one after the other, because QEMU lets only one wait."""
    everyone = []
    for _ in range(MANY):
        everyone.append(rtos_net.Orders(ways))
        assert len(everyone[-1].ticks()) == 2

    def work(number):
        orders, data = everyone[number], DATA[:EACH]
        return orders.sink(data) == EACH if number % 2 else orders.source(EACH) == data

    with concurrent.futures.ThreadPoolExecutor(MANY) as pool:
        done = list(pool.map(work, range(MANY)))
    for orders in everyone:
        with orders:
            pass
    assert all(done)


def ping(machine, address):
    begin = len(machine.text)
    machine.send(f"ping {address}\n")
    machine.expect_since(begin, [rf"(.*echo of {re.escape(address)}: \d+\.\d+ ms\n){{4}}"], 60)


def judge(machine, ways):
    machine.expect("peer: ready", 60)
    ping(machine, "10.0.2.2")
    ping(machine, "127.0.0.1")
    echoes(ways)
    with rtos_net.Orders(ways) as orders:
        assert orders.sink(DATA) == len(DATA)
        assert orders.source(len(DATA)) == DATA
        assert back(orders, DATA) == len(DATA)
    many(ways)
    assert not re.search(r"crash \d|hangs|fault", machine.text)


@pytest.mark.long
@pytest.mark.parametrize(("bus", "mode", "cpus"), WAYS)
def test_bare(bus, mode, cpus):
    ways = rtos_net.peer_ways()
    with rtos_net.bare(f"rtos-net-bare-{bus}", bus, ways, cpus=cpus, mode=km.MODES[mode]) as machine:
        judge(machine, ways)


@pytest.mark.long
def test_partition():
    ways = rtos_net.peer_ways()
    with km.kumiki("rtos-net-partition", rtos_net.partition("rtos-net-partition", ways)) as machine:
        judge(machine, ways)


# Shows: rtos.network.
@pytest.mark.long
def test_card_uncached():
    """The server couldn't see incoming data. The driver tells what to do."""
    ways = rtos_net.peer_ways()
    with rtos_net.bare("rtos-net-uncached", "mmio", ways, image=km.RTOS / "net-uncached.img") as machine:
        machine.expect("nic: the network's server can't see uncached memory: the card's node .* must have dma-coherent", 60)
        assert "net: " not in machine.text


def kill(machine, name):
    begin = len(machine.text)
    machine.send(f"kill {name}\n")
    machine.expect_since(begin, [rf"supervisor: {name} was killed"], 60)


# Shows: rtos.network-restart.
@pytest.mark.parametrize("bus", ["mmio", pytest.param("pci", marks=pytest.mark.long)])
def test_driver_killed(bus):
    """The driver is killed under load, again and again. Streams go on, and each byte is right."""
    ways = rtos_net.peer_ways()
    with rtos_net.bare(f"rtos-net-driver-{bus}", bus, ways, mode=km.TALK) as machine:
        machine.expect("peer: ready", 60)
        with rtos_net.Orders(ways) as orders:
            assert orders.sink(DATA, lambda: kill(machine, "nic")) == len(DATA)
            orders.order(f"source {len(DATA)}")
            came = bytearray()
            while len(came) < len(DATA):
                came += orders.answers.read(1 << 18)
                kill(machine, "nic")
            assert bytes(came) == DATA
        begin = len(machine.text)
        machine.send("net\n")
        starts = machine.expect_since(begin, [r"starts of the driver (\d+);"], 60)[0]
        assert int(starts[1]) == 1 + 2 * len(DATA) // (1 << 18)


def ends(stream):
    """The sender is told of the end. Data on the way still comes."""
    try:
        stream.sendall(b"x")
        while stream.recv(1 << 16):
            pass
    except ConnectionError:
        pass
    return True


# Shows: rtos.network-restart.
@pytest.mark.long
def test_server_killed():
    """Connections are gone, and both sides are told. Datagrams and listening programs go on by themselves."""
    ways = rtos_net.peer_ways()
    with rtos_net.bare("rtos-net-server", "pci", ways, mode=km.TALK) as machine:
        machine.expect("peer: ready", 60)
        for _ in range(8):
            begin = len(machine.text)
            with rtos_net.Orders(ways) as orders:
                orders.order(f"source {1 << 30}")
                assert orders.answers.read(1 << 19) == DATA[:1 << 19]
                kill(machine, "net")
                machine.expect_since(begin, ["peer: Connection reset by peer"], 60)
                assert ends(orders.stream)
            with rtos_net.Orders(ways) as orders:
                assert orders.sink(DATA[:1 << 18]) == 1 << 18
            echoes(ways, 3)
        begin = len(machine.text)
        machine.send("net\n")
        said = machine.expect_since(begin, [r"starts of the server (\d+)", r"that restarts ended (\d+)"], 60)
        assert int(said[0][1]) == 9
        assert int(said[1][1]) >= 8


# Shows: rtos.network.
@pytest.mark.long
def test_flood():
    """More datagrams come than the program reads. A stream beside them comes through, and the server reports the dropped
    ones."""
    ways = rtos_net.peer_ways()
    stop = threading.Event()

    def flood():
        with ways.datagrams("datagrams") as there:
            while not stop.is_set():
                there.send(b"x" * 1400)

    with rtos_net.bare("rtos-net-flood", "pci", ways, mode=km.TALK) as machine:
        machine.expect("peer: ready", 60)
        flooding = threading.Thread(target=flood, daemon=True)
        flooding.start()
        try:
            with rtos_net.Orders(ways) as orders:
                assert orders.sink(DATA[:1 << 20]) == 1 << 20
        finally:
            stop.set()
            flooding.join()
        ping(machine, "10.0.2.2")


class Documents(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA)

    def log_message(self, *_):
        pass


# Shows: rtos.network.
def test_system():
    """The shipped system gets its address by DHCP, its echo server answers, and a program from a file fetches a document."""
    ways = rtos_net.Ways(stream=7, datagrams=7)
    server = http.server.ThreadingHTTPServer((rtos_net.HERE, 0), Documents)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with rtos_net.bare("rtos-net-system", "pci", ways, image=km.RTOS / "net.img", mode=km.TALK) as machine:
        address = None
        while address is None:
            begin = len(machine.text)
            machine.send("net\n")
            address = machine.expect_since(begin, [r"address (\S+), mask"], 60)[0][1]
            address = None if address == "0.0.0.0" else address
        assert address == "10.0.2.15"
        echoes(ways)
        with ways.stream("stream") as there:
            sending = threading.Thread(target=there.sendall, args=[DATA], daemon=True)
            sending.start()
            came = bytearray()
            while len(came) < len(DATA):
                came += there.recv(1 << 16)
            assert bytes(came) == DATA
        machine.send(f"run /boot/bin/fetch 10.0.2.2 {server.server_port} /\n")
        machine.expect(rf"fetched {len(DATA)} bytes", 60)
        machine.send(f"run /boot/bin/fetch 10.0.2.2 {rtos_net.free_port(socket.SOCK_STREAM)} /\n")
        machine.expect("it can't connect: Connection refused", 60)
    server.shutdown()
