"""A running system as its operator has it: a Linux with a shell and heartbeats beside it, and
`kumiki console` over its UART. Used by the tests of the console and of the operator's commands.
"""

import shlex
import subprocess
from contextlib import contextmanager

import kumiki_machine as km
import pexpect

import sockets
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
    sockets.connected(path, km.HANGS).close()


def terminal(command, words, seconds):
    """A program in a terminal; a failure shows all of what was on the screen since the last success."""
    session = pexpect.spawn(str(command), [*map(str, words)], timeout=km.HANGS, dimensions=(24, 200),
                            encoding="utf-8")
    session.str_last_chars = 24 * 200
    return session


def console(path, *options, seconds=60):
    """`kumiki console` in a terminal."""
    return terminal(km.KUMIKI, ["console", *options, path], seconds)


def expect_each(session, patterns):
    """All of them, in whatever order they come."""
    patterns = list(patterns)
    while patterns:
        del patterns[session.expect(patterns)]


def leave(session):
    """Ends it by its key."""
    session.send(LEAVE)
    session.expect(pexpect.EOF)
    session.wait()
    assert session.exitstatus == 0


def own_socket(name, path, description, extra=()):
    """A machine whose UART is a socket of QEMU's own at `path`: a link with one client, as a board's serial line is."""
    image = path.parent / f"{name}.img"
    subprocess.run([km.KUMIKI, "pack", description, "-o", image], check=True, timeout=km.HANGS)
    shown = subprocess.run([km.KUMIKI, "run", "--icount", "--print", "--no-pack", image, "--link", path, description,
                            "--", "-icount", "sleep=on", *extra],
                           check=True, timeout=km.HANGS, capture_output=True, text=True)
    return km.Machine(name, shlex.split(shown.stdout))


@contextmanager
def at_prompt(name, path, description):
    """A system whose UART is the socket `path`; its Linux reads."""
    with km.kumiki(name, description, links=[path]) as machine:
        reachable(path)
        with console(path) as session:
            session.expect(r"\[linux\]\S* / # ")
            leave(session)
        yield machine
