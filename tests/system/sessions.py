"""A running system with `kumiki console` over its UART, as an operator uses it: a Linux with a shell, and heartbeats. Used
by the tests of the console and of the operator's commands.
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
    """A Linux with a shell."""
    return km.partition("linux", cores=cores, memory="256M", image=km.IMAGE[kernel],
                        initrd=km.INITRD, bootargs=bootargs, more=more)


def system(name, *others):
    """This Linux, a heartbeat, and `others`."""
    return km.description(name, [linux(), witness.heartbeat(1), *others])


def reachable(path):
    """Waits until the machine's socket takes a client."""
    sockets.connected(path, km.HANGS).close()


def terminal(command, words, seconds):
    """Starts a program in a terminal. A failure shows the whole screen since the last success."""
    session = pexpect.spawn(str(command), [*map(str, words)], timeout=km.HANGS, dimensions=(24, 200),
                            encoding="utf-8")
    session.str_last_chars = 24 * 200
    return session


def console(path, *options, seconds=60):
    """`kumiki console` in a terminal."""
    return terminal(km.KUMIKI, ["console", *options, path], seconds)


def expect_each(session, patterns):
    """Waits for all patterns, in any order."""
    patterns = list(patterns)
    while patterns:
        del patterns[session.expect(patterns)]


def leave(session):
    """Ends `kumiki console` by its key."""
    session.send(LEAVE)
    session.expect(pexpect.EOF)
    session.wait()
    assert session.exitstatus == 0


def own_socket(name, path, description, extra=()):
    """A machine whose UART is QEMU's own socket at `path`: a link with one client, like a board's serial line."""
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
