"""A running system as its operator has it: a Linux with a shell and heartbeats beside it, and
`kumiki console` over its UART. Used by the tests of the console and of the operator's commands.
"""

import os
import socket
import time
from contextlib import contextmanager

import kumiki_machine as km
import pexpect

import witness

SHELL = "console=ttyAMA0 quiet panic=-1 kumiki.run=shell"
PROMPT = r"^\[linux\] / # $"  # in a machine's text
LEAVE = "\x1dq"


def linux(*, cores=0x1, kernel="linux", bootargs=SHELL, more=()):
    """A Linux at whose prompt one can type."""
    return km.partition("linux", cores=cores, memory="256M", image=km.IMAGE[kernel],
                        initrd=km.INITRD, bootargs=bootargs, more=more)


def system(name, *others):
    """It, a heartbeat, and `others`."""
    return km.description(name, [linux(), witness.heartbeat(1), *others])


def reachable(path):
    """Waits until the machine's socket takes a client."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(path))
                return
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens on {path}"
            os.sched_yield()


def console(link, *options):
    """`kumiki console` in a terminal."""
    return pexpect.spawn(str(km.KUMIKI), ["console", *map(str, options), str(link)], timeout=60,
                         dimensions=(24, 200), encoding="utf-8")


def leave(session):
    """Ends it by its key."""
    session.send(LEAVE)
    session.expect(pexpect.EOF)
    session.wait()
    assert session.exitstatus == 0


@contextmanager
def at_prompt(name, path, description):
    """A system whose UART is the socket `path`; its Linux reads."""
    with km.Machine(name, [km.KUMIKI, "run", "--smp-threads", "--link", path,
                           description]) as machine:
        reachable(path)
        with console(path) as session:
            session.expect(r"\[linux\]\S* / # ")
            leave(session)
        yield machine
