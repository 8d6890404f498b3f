"""Reads a packed system for tests: the header's fields, the tables and their places in the file, and the owner of each
resource. The layout is that of include/kumiki/bundle.h. Magic and revision are checked.
"""

import struct
from collections import namedtuple

PAGE = 4096
RAM, DEVICE, KEPT, WINDOW, WINDOW_READ, WATCHED = 1, 2, 3, 4, 5, 6
KINDS = {1: "image", 2: "initrd", 3: "dtb"}

Region = namedtuple("Region", "ipa pa size kind label")
Part = namedtuple("Part", "name offset size kind")
Load = namedtuple("Load", "part pa space")
Partition = namedtuple("Partition", "name regions loads cores entry uart_ipa rtc_ipa manages blackbox_ipa")
Window = namedtuple("Window", "name pa size uncached")
Channel = namedtuple("Channel", "name ends")  # indices of partitions
Table = namedtuple("Table", "offset count entry_size")

HEADER_SIZE = 576
TABLES = {"cores": 16, "partitions": 216, "vcpus": 48, "regions": 64, "interrupts": 8, "loads": 32,
          "parts": 88, "windows": 56, "doorbells": 16, "functions": 168, "channels": 56, "ends": 24}


def _text(raw):
    return raw.split(b"\0")[0].decode()


class Bundle:
    """`data` is a whole packed image; offsets of tables and parts count from its first byte."""

    def __init__(self, data):
        self.data = data
        self.start = struct.unpack_from("<I", data, 64 + 12)[0]
        header = data[self.start:self.start + HEADER_SIZE]
        magic, revision, size = struct.unpack_from("<8sII", header)
        assert (magic, revision, size) == (b"KMBUNDLE", 21, HEADER_SIZE)
        self.tables_size = struct.unpack_from("<I", header, 16)[0]
        (self.image_base, self.image_size, self.memory_base,
         self.memory_size) = struct.unpack_from("<4Q", header, 64)
        (self.ram_base, self.ram_size, self.gicd, self.gicr, self.gicr_size, self.uart,
         self.rtc) = struct.unpack_from("<7Q", header, 96 + 32)
        self.ecam, _, _, self.smmu = struct.unpack_from("<4Q", header, 96 + 112)
        self.console_core = struct.unpack_from("<H", header, 96 + 208)[0]
        self.tables = {}
        for i, (name, entry) in enumerate(TABLES.items()):
            offset, count = struct.unpack_from("<II", header, 480 + 8 * i)
            self.tables[name] = Table(self.start + offset, count, entry)
        self.parts = [Part(_text(e[:32]), self.start + struct.unpack_from("<Q", e, 32)[0],
                           struct.unpack_from("<Q", e, 40)[0],
                           KINDS[struct.unpack_from("<I", e, 52)[0]])
                      for e in self._entries("parts")]
        self.windows = [Window(_text(e[:32]), *struct.unpack_from("<2Q", e, 32), bool(e[48] & 1))
                        for e in self._entries("windows")]
        self.partitions = [self._partition(e) for e in self._entries("partitions")]
        ends = [struct.unpack_from("<I", e)[0] for e in self._entries("ends")]
        self.end_places = [struct.unpack_from("<Q", e, 8)[0] for e in self._entries("ends")]
        self.channels = [Channel(_text(e[:32]), ends[first:first + count]) for e in self._entries("channels")
                         for first, count in [struct.unpack_from("<2I", e, 40)]]

    def _entries(self, name):
        table = self.tables[name]
        return [self.data[table.offset + i * table.entry_size:][:table.entry_size]
                for i in range(table.count)]

    def _partition(self, entry):
        ranges = struct.unpack_from("<8I", entry, 40)
        vcpus, regions, _, loads = [slice(first, first + count)
                                    for first, count in zip(ranges[::2], ranges[1::2])]
        first = struct.unpack_from("<Q", entry, 72)[0]
        uart, rtc = struct.unpack_from("<2Q", entry, 104)
        return Partition(
            _text(entry[:32]),
            [Region(*struct.unpack_from("<3QI", e), _text(e[32:]))
             for e in self._entries("regions")[regions]],
            [Load(struct.unpack_from("<I", e)[0], *struct.unpack_from("<2Q", e, 8))
             for e in self._entries("loads")[loads]],
            [struct.unpack_from("<I", e, 8)[0] for e in self._entries("vcpus")[vcpus]],
            first, uart, rtc, [n for n in range(8) if entry[147] >> n & 1],
            struct.unpack_from("<Q", entry, 176)[0])

    def parts_of(self, name):
        """The image, initrd and dtb of a partition."""
        loads = next(p.loads for p in self.partitions if p.name == name)
        return [self.parts[load.part] for load in loads]
