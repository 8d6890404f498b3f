"""A probe on a machine in QEMU: stops it, reads and writes its physical memory and its cores'
registers, sets breakpoints. It speaks to QEMU's gdbstub, which the machine opens on a socket
(`arguments()`); nothing in the machine takes part. Used by the tests of the frame's promises.
"""

import re

from gdbstub import Gdb, Stuck

# The machine counts instructions, but its idle time is the host's. Otherwise QEMU moves its clock to the next timer, and the
# next, as long as no core runs: behind each step, until its main loop has stopped the machine. All cores' timers may come at
# once then, or none any more. The host's load decides how long that is.
IDLE_AS_THE_HOST = ["-icount", "sleep=on"]


class ProbeError(AssertionError):
    """QEMU's gdbstub said no, or nothing."""


def arguments(path, *, stopped=False):
    """QEMU's arguments, so that a Probe can attach at `path`."""
    return ["-gdb", f"unix:path={path},server=on,wait=off", *(["-S"] if stopped else [])]


class Probe(Gdb):
    """Attached to a machine, which stands still from now on until resume(). Memory is physical memory."""

    def __init__(self, path):
        super().__init__(path)
        self.ask("qSupported:xmlRegisters=aarch64")
        self.ask("?")
        self.registers = self._number_registers()
        self.threads = self._list_threads()
        self.runs = False
        self._expect_ok("Qqemu.PhyMemMode:1")

    def receive(self):
        try:
            return super().receive()
        except EOFError as error:
            raise ProbeError("the machine is gone") from error

    def _expect_ok(self, text):
        try:
            self.must(text)
        except ValueError as error:
            raise ProbeError(error) from error

    # ---- registers and cores ----

    def _read_feature(self, name):
        text = ""
        while True:
            part = self.ask(f"qXfer:features:read:{name}:{len(text):x},800")
            text += part[1:]
            if part[:1] == "l":
                return text

    def _number_registers(self):
        """{name: number}. The numbers go on from one file to the next, unless a regnum says otherwise."""
        names, number = {}, 0
        for file in re.findall(r'href="([^"]+)"', self._read_feature("target.xml")):
            for tag in re.findall(r"<reg [^>]*>", self._read_feature(file)):
                given = re.search(r'regnum="(\d+)"', tag)
                number = int(given[1]) if given else number
                names[re.search(r'name="([^"]+)"', tag)[1]] = number
                number += 1
        return names

    def _list_threads(self):
        threads, answer = [], self.ask("qfThreadInfo")
        while answer != "l":
            threads += answer[1:].split(",")
            answer = self.ask("qsThreadInfo")
        return threads

    # ---- registers and memory ----

    def core(self, index):
        """Selects the core for registers and virtual addresses."""
        self._expect_ok(f"Hg{self.threads[index]}")

    def register(self, name):
        answer = self.ask(f"p{self.registers[name]:x}")
        return int.from_bytes(bytes.fromhex(answer), "little")

    def set_register(self, name, value):
        self._expect_ok(f"P{self.registers[name]:x}={value.to_bytes(8, 'little').hex()}")

    # ---- time ----

    def break_at(self, address):
        """The machine stops when any core comes to this virtual address."""
        self._expect_ok(f"Z0,{address:x},4")

    def unbreak(self, address):
        self._expect_ok(f"z0,{address:x},4")

    def resume(self, but=None):
        """The machine goes on, except core `but`; the probe stays attached."""
        cores = [f"c:{thread}" for index, thread in enumerate(self.threads) if index != but]
        self.runs = True
        self.send("c" if but is None else ";".join(["vCont", *cores]))

    def step(self, index):
        """Executes one instruction of this core; the other cores stand still."""
        try:
            answer = self.ask(f"vCont;s:{self.threads[index]}")
        except TimeoutError as error:
            raise Stuck from error
        if not answer.startswith("T05"):
            raise ProbeError(f"stopped otherwise: {answer!r}")

    def wait_stop(self):
        """Waits until a breakpoint stops the machine. Returns the core that came to it, and selects this core."""
        answer = self.receive()
        self.runs = False
        match = re.match(r"T05.*thread:([0-9a-fp.]+);", answer)
        if not match:
            raise ProbeError(f"stopped otherwise: {answer}")
        self._expect_ok(f"Hg{match[1]}")
        return self.threads.index(match[1])

    def stop(self):
        """Stops a resumed machine wherever it is. A machine that stands already is left alone."""
        if self.runs:
            super().stop()
            self.runs = False

    def detach(self):
        """Lets the machine go on by itself. The next debugger reads virtual memory again."""
        self._expect_ok("Qqemu.PhyMemMode:0")
        self.ask("D")
