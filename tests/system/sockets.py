"""Connects to sockets that a machine listens on. The machine makes them some time after its process has started. The wait
takes none of the machine's time. Used by sessions.py and frame_probe.py.
"""

import ctypes
import os
import select
import socket
import time
from contextlib import contextmanager
from pathlib import Path

IN_CREATE = 0x100  # of Linux's inotify
LIBC = ctypes.CDLL(None, use_errno=True)


class NobodyListens(AssertionError):
    """The socket didn't come in time."""


@contextmanager
def _news(folder):
    """A file descriptor that is readable once a file was made in the folder."""
    news = LIBC.inotify_init1(os.O_CLOEXEC)
    assert news >= 0, os.strerror(ctypes.get_errno())
    try:
        added = LIBC.inotify_add_watch(news, os.fsencode(folder), IN_CREATE)
        assert added >= 0, os.strerror(ctypes.get_errno())
        yield news
    finally:
        os.close(news)


def _appears(path, end):
    with _news(path.parent) as news:
        while not path.exists():
            if not select.select([news], [], [], max(0, end - time.monotonic()))[0]:
                raise NobodyListens(f"there is no {path}")
            os.read(news, 65536)


def connected(path, seconds):
    """A client of the socket at `path`, as soon as it accepts one. `seconds` is the limit here, and for each step of the
    client."""
    end = time.monotonic() + seconds
    _appears(Path(path), end)
    while True:  # the socket has its name an instant before it listens
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(seconds)
        try:
            client.connect(str(path))
            return client
        except FileNotFoundError:  # the name was an earlier run's, and went away
            client.close()
            _appears(Path(path), end)
        except ConnectionRefusedError:
            client.close()
            if time.monotonic() > end:
                raise NobodyListens(f"nobody listens on {path}") from None
