"""In shipped systems, a server waits for ever in the middle of a call. The supervisor notices and restarts the server, and
the call is answered.

Shows: rtos.waits.
"""

import re
import subprocess

import gdbstub
import kumiki_machine as km
import pytest
import rtos_diskfiles as disks
import rtos_net
import server_campaign

RTOS_WAIT, FAR = 6, 1 << 62  # a deadline that never comes
X8, X9, X10 = 8, 9, 10
SVC = 8 * 4  # in sys_svc()
NAME = 16  # in the start page
SECONDS = 60
SYSTEMS = sorted(path.stem for path in (km.TOP / "systems/rtos").glob("*.dts"))
# (system, server, function that the server calls for a command, the command, its answer)
HUNG = {
    "diskfs": ("desk-disk", "buffer_ask", "ls /disk", r"hello  6"),
    "bootfs": ("net", "buffer_ask", "ls /boot", r"bin/|bin$"),
    "loader": ("net", "buffer_own", "run /boot/bin/fetch", r"fetch HOST PORT PATH"),
}


def wait_for_ever(stub, symbols):
    """What the CPU runs now, a program with these symbols, waits for nothing."""
    for register, value in ((X8, RTOS_WAIT), (X9, 0), (X10, FAR), (server_campaign.PC, symbols["sys_svc"] + SVC)):
        stub.set_register(register, value)


def hang(machine, stub, server, function, command):
    """Types the command. The server waits for ever when it is in this function."""
    symbols = gdbstub.symbols(km.BUILD / f"rtos/{server}.elf")
    stub.breakpoint(symbols[function])
    machine.type(command + "\r")
    while True:
        stub.go()
        if stub.read(server_campaign.START_PAGE + NAME, 16).rstrip(b"\0").decode() == server:
            break
        stub.step()
    stub.clear(symbols[function])
    wait_for_ever(stub, symbols)
    stub.let_go()


def machine_of(system, name, extra):
    if system == "desk-disk":
        folder = km.TESTS / f"{name}-files"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hello").write_text("hello\n")
        path = disks.new_disk(name, "2M", folder)
        extra = [*extra, *disks.drive(path).split(), "-device", disks.DEVICE.format(3)]
    else:
        extra = [*extra, "-netdev", "user,id=net", "-device", rtos_net.DEVICE["pci"]]
    return km.bare(name, km.BUILD / f"rtos/{system}.img", extra=extra)


@pytest.mark.parametrize("server", HUNG)
def test_server_waits_for_ever(server):
    system, function, command, answer = HUNG[server]
    name = f"rtos-waits-{server}"
    path = km.TESTS / f"{name}.gdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with machine_of(system, name, ["-gdb", f"unix:{path},server=on,wait=off"]) as machine:
        machine.expect(r"\$ ", SECONDS)
        stub = gdbstub.Stub(path)
        hang(machine, stub, server, function, command)
        machine.expect(rf"{server} (?:hangs|doesn't answer)", SECONDS)
        machine.expect(answer, SECONDS)


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_server_is_watched(system):
    """Each program that offers a port has a heartbeat or a time limit for answers."""
    told = subprocess.run([km.KUMIKI, "rtos", "check", "-I", km.TOP / "frame/board/qemu-virt", "-I", km.BUILD / "rtos",
                           km.TOP / f"systems/rtos/{system}.dts"], check=True, text=True, capture_output=True).stdout
    programs = re.split(r"^  (?=\w)", told, flags=re.MULTILINE)[1:]
    servers = [each for each in programs if re.search(r"^    offers ", each, re.MULTILINE)]
    assert servers
    for each in servers:
        assert re.search(r"heartbeat \d+ ms|answers within \d+ ms", each), each
