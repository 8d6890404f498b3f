"""Kills the brokers of a channel, each at a place in its text, or at each instruction of a way through it."""

import subprocess

from gdbstub import PC, Stub, symbols


TEXT = 0x10000  # the text of a service is smaller
LR = 30
RET = bytes.fromhex("c0035fd6")


def _goes_on(stub, first, further):
    """Steps `further` instructions. False: the broker has called the frame; another one may run after the call."""
    for _ in range(further):
        stub.step()
        if not first <= stub.register(PC) < first + TEXT:
            return False
    return True


def arrive(stub, elf, place):
    """Runs the machine until this program comes to a place in its text. Other programs have text at the same addresses."""
    begins = subprocess.run(["aarch64-linux-gnu-objdump", "-s", "-j", ".text", f"--start-address={place:#x}",
                             f"--stop-address={place + 16:#x}", elf], check=True, text=True, capture_output=True).stdout
    text = bytes.fromhex("".join(begins.splitlines()[-1].split()[1:5]))
    while True:
        stub.breakpoint(place)
        stub.go()
        here = stub.register(PC) == place and stub.read(place, 16) == text
        # The breakpoint goes before the step: if another CPU stopped at it, this step would never end.
        stub.clear(place)
        if here:
            return
        stub.step()


def kill_next(gdb, elf, place, times, further=0):
    """Kills the next broker that comes to this place, `further` instructions behind it; this `times` times."""
    stub = Stub(gdb)
    killed = 0
    while killed < times:
        arrive(stub, elf, place)
        if _goes_on(stub, symbols(elf)["service_start"], further):
            stub.set_register(PC, 0x8)
            killed += 1
        stub.step()
    stub.ask("D")
    stub.socket.close()
    return killed


def kill_brokers(machine, gdb, elf, place, times, channel="lan", further=0):
    """Kills brokers, and checks that the operator's line reports it."""
    killed = kill_next(gdb, elf, place, times, further)
    machine.expect(rf"broker on {channel} failed and was started again: .*, pc 0x8$", 60)
    return killed


class Ways:
    """Attached to a machine. The machine runs only until a broker comes to a place; at the end it is let go."""

    def __init__(self, gdb, elf):
        self.stub, self.first = Stub(gdb), symbols(elf)["service_start"]
        self.text = elf.with_suffix(".bin").read_bytes()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stub.ask("D")
        self.stub.socket.close()

    def _is_broker(self, place):
        """Whether the text here is a broker's. Other services have text at the same addresses."""
        wanted = self.text[place - self.first:][:16]
        return self.stub.register(PC) == place and self.stub.read(place, len(wanted)) == wanted

    def reach(self, place):
        here = False
        while not here:
            self.stub.breakpoint(place)
            self.stub.go()
            here = self._is_broker(place)
            self.stub.clear(place)
            if not here:
                self.stub.step()

    def trace(self, place):
        """The instructions that the broker executes from a place on, until it calls the frame."""
        self.reach(place)
        found = {place: None}
        while True:
            self.stub.step()
            here = self.stub.register(PC)
            if not self.first <= here < self.first + TEXT:
                return list(found)
            found[here] = None

    def kill(self, place):
        self.reach(place)
        self.stub.set_register(PC, 0x8)
        self.stub.step()

    def loop(self, place):
        """Lets the next broker that comes to a place loop at one instruction. Returns this instruction's address."""
        self.reach(place)
        text = self.text
        here = next(at for at in range(0, len(text), len(RET)) if text[at:at + len(RET)] == RET)
        for register in LR, PC:
            self.stub.set_register(register, self.first + here)
        self.stub.step()
        return self.first + here
