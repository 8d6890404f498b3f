"""A hub whose machine is the test: `FakeHub` answers the keeper's questions from recorded documents, and notes its acts. No QEMU
runs."""

import json
import socket
import struct
import threading

import link_frames

HELLO, PING, COMMAND = 1, 3, 6
WELCOME, PONG, OUTPUT, ERROR, ANSWER = 65, 67, 68, 71, 73
REVISION = 4
LOOK, ORDER = 1, 4
NAMES = ("linux", "rt")


def listed(number, name):
    return {"name": name, "number": number, "state": "running", "starts": 1, "restarts_lately": 0, "cores": [number - 1]}


DOCUMENTS = {
    "list --json": {"schema": 1, "document": "list", "system": "two", "time_us": 1000000,
                    "partitions": [listed(number, name) for number, name in enumerate(NAMES, 1)]},
    "accounts --json": {"schema": 1, "document": "accounts", "unit": "tick", "counter": 1, "counter_hz": 1, "cores": [],
                        "vcpus": []},
    "cores --json": {"schema": 1, "document": "cores", "cores": []},
    **{f"show {name} --json": {"schema": 1, "document": "partition", **listed(number, name)}
       for number, name in enumerate(NAMES, 1)},
    **{f"log {name} 60 --json": {"schema": 1, "document": "log", "name": name, "printed": 5, "unread": 0, "console": ["hello"],
                                 "events_ever": 0, "events_lost": 0, "events": [], "crashes": 0} for name in NAMES},
}


class FakeHub:
    """Serves the socket at `path`, until it is closed. `look`: clients may only look."""

    def __init__(self, path, look=False):
        self.look = look
        self.documents = dict(DOCUMENTS)
        self.acts = []
        self.clients = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.thread = threading.Thread(target=self._accept)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        for client, thread in self.clients:
            client.shutdown(socket.SHUT_RDWR)
            thread.join()
            client.close()

    def say(self, source, text):
        """The system with this index prints, or Kumiki itself. Those who look hear it."""
        for client, _ in self.clients[:1]:
            client.sendall(link_frames.frame(OUTPUT, bytes([source]) + text))

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,))
            self.clients.append((client, thread))
            thread.start()

    def _serve(self, client):
        try:
            with client.makefile("rb") as stream:
                while self._serve_one(client, stream):
                    pass
        except OSError:
            pass

    def _serve_one(self, client, stream):
        """A frame. False: the client has gone. Between frames there is nothing but the starts that wake a UART."""
        while (kind := stream.read(1)) and kind[0] == link_frames.START:
            pass
        size = stream.read(2)
        if len(size) < 2:
            return False
        payload = stream.read(int.from_bytes(size, "little"))
        stream.read(4)
        for answer in self._answers(kind[0], payload):
            client.sendall(link_frames.frame(*answer))
        return True

    def _answers(self, kind, payload):
        if kind == HELLO:
            rights = int.from_bytes(payload[4:8], "little")
            if self.look and rights & ~LOOK:
                yield ERROR, bytes([HELLO, 0]) + b"this socket doesn't allow commands"
            else:
                yield WELCOME, struct.pack("<4IQ32s32s", REVISION, len(NAMES), 2, 2, 1000000, b"two", b"\0\1") + bytes(96)
        elif kind == PING:
            yield PONG, payload
        elif kind == COMMAND:
            yield from self._answer(payload[1:].decode())

    def _answer(self, line):
        if line in self.documents:
            text = json.dumps(self.documents[line]).encode() + b"\n"
            for start in range(0, len(text), 1000):
                yield ANSWER, bytes([0, start + 1000 >= len(text), 0]) + text[start:start + 1000]
        else:
            self.acts.append(line)
            yield ANSWER, b"\0\1\0" + f"{line}: it is done\n".encode()
