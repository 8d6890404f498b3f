"""QEMU's gdb stub: registers and memory of a machine that stands still. Beside it, addresses and offsets of a program, from
its symbols and types.

Gdb is the protocol. Stub sees the machine as one CPU with virtual addresses. frame_probe.py has cores and physical memory;
physical.py has physical memory alone."""

import re
import select
import struct
import subprocess
import threading

import sockets

PACKET = 1024  # bytes of memory that one packet asks for
PC = 32  # number of the register
LIMIT = 120  # seconds of the host until QEMU answers, or stops a running machine; it takes far less


class Stuck(Exception):
    """QEMU itself hangs: a step never ends. Nothing is known of the system then."""


class Gdb:
    """Attached to a machine, which stands still. `to`: a path, or a socket."""

    def __init__(self, to):
        self.socket = to if hasattr(to, "recv") else sockets.connected(to, LIMIT)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def receive(self):
        """The next packet."""
        while (packet := self._packet()) is None:
            self._receive_some()
        return packet

    def _receive_some(self):
        more = self.socket.recv(65536)
        if not more:
            raise EOFError("the machine ended")
        self.pending += more

    def _packet(self):
        """A packet that has come as a whole; None without one."""
        found = re.match(rb"[+]*\$([^#]*)#..", self.pending, re.DOTALL)
        if not found:
            return None
        self.pending = self.pending[found.end():]
        self.socket.sendall(b"+")
        return re.sub(rb"\}(.)", lambda match: bytes([match[1][0] ^ 0x20]), found[1], flags=re.DOTALL).decode("latin-1")

    def interrupt(self):
        """Asks a running machine to stop, without waiting."""
        self.socket.sendall(b"\x03")

    def stop(self):
        """Stops a running machine. A stop by the monitor was reported, too: until that is acknowledged, QEMU ignores this one."""
        while select.select([self.socket], [], [], 0)[0]:
            self._receive_some()
        while self._packet() is not None:
            pass
        self.interrupt()
        self.receive()

    def send(self, text):
        self.socket.sendall(f"${text}#{sum(text.encode()) & 0xff:02x}".encode())

    def ask(self, text):
        """One command and its answer. A report that the machine stopped at the attachment is skipped."""
        self.send(text)
        answer = self.receive()
        while text[0] not in "?v" and re.match(r"T\d\dthread:", answer):
            answer = self.receive()
        return answer

    def must(self, text):
        answer = self.ask(text)
        if answer != "OK":
            raise ValueError(f"{text[:40]}: {answer}")

    def read(self, address, size):
        found = b""
        while len(found) < size:
            piece = min(PACKET, size - len(found))
            answer = self.ask(f"m{address + len(found):x},{piece:x}")
            if len(answer) != 2 * piece:
                raise ValueError(f"nothing can be read at {address + len(found):#x}: {answer}")
            found += bytes.fromhex(answer)
        return found

    def write(self, address, data):
        for at in range(0, len(data), PACKET):
            piece = data[at:at + PACKET]
            self.must(f"M{address + at:x},{len(piece):x}:{piece.hex()}")


class Stub(Gdb):
    def __init__(self, path):
        super().__init__(path)
        self.ask("qXfer:features:read:target.xml:0,fff")  # without it QEMU knows no single registers

    def begin(self):
        """Lets the machine go on, without waiting for a stop."""
        self.send("c")

    def let_go(self):
        """Lets the machine go on for good. If another CPU has stopped too, QEMU reports that only now: so each stop is
        answered, and after interrupt() the machine goes on again at once."""
        def go_on():
            try:
                while True:
                    self.begin()
                    self.receive()
            except (EOFError, OSError):
                pass  # the machine ended
        self.socket.settimeout(None)
        threading.Thread(target=go_on, daemon=True).start()

    def stands_still(self):
        """Waits until the machine stands still; TimeoutError: it goes on."""
        self.receive()

    def go(self):
        """Lets the machine go on until it stands still again."""
        self.begin()
        self.stands_still()

    def step(self):
        self.send("s")
        self.stands_still()

    def breakpoint(self, address):
        self.must(f"Z1,{address:x},4")

    def clear(self, address):
        self.must(f"z1,{address:x},4")

    def register(self, number):
        return struct.unpack("<Q", bytes.fromhex(self.ask(f"p{number:x}"))[:8])[0]

    def set_register(self, number, value):
        self.must(f"P{number:x}={struct.pack('<Q', value).hex()}")

    def word(self, address):
        return struct.unpack("<Q", self.read(address, 8))[0]


def symbols(elf):
    """{name: address}."""
    told = subprocess.run(["aarch64-linux-gnu-nm", elf], check=True, text=True, timeout=60, capture_output=True)
    return {match[2]: int(match[1], 16) for match in re.finditer(r"^(\S+) \w (\S+)$", told.stdout, re.M)}


def place(elf, expression):
    """The address of a program's variable, as in "driver.in.offered"."""
    told = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-ex", f"output/d (unsigned long)&{expression}", elf], check=True,
                          text=True, timeout=60, capture_output=True)
    return int(told.stdout)


def offsets(elf, fields):
    """Offsets of fields: of ["struct thread.registers"], {"thread.registers": offset}."""
    commands = []
    for field in fields:
        kind, _, member = field.partition(".")
        commands += ["-ex", f"output/d (unsigned long)&(({kind} *)0)->{member}", "-ex", "echo \\n"]
    told = subprocess.run(["gdb-multiarch", "-nx", "-batch", *commands, elf], check=True, text=True, timeout=60,
                          capture_output=True)
    return {field.removeprefix("struct "): int(value)
            for field, value in zip(fields, told.stdout.split(), strict=True)}
