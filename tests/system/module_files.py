"""Changes approved kernel modules, so that they aren't the approved ones any more; and makes the archive that brings them
into a Linux."""

import struct

SIGNED = b"~Module signature appended~\n"
SECTION = struct.Struct("<IIQQQQIIQQ")
RELA, SYMBOL, CALL26, ABS64 = 24, 24, 283, 257
NAME = 24  # offset of the module's name in a struct module


def unsigned(ko):
    """Removes the signature at the end: Debian's Linux loads a module without a signature, but none with a wrong one."""
    if not ko.endswith(SIGNED):
        return ko
    size, = struct.unpack_from(">I", ko, len(ko) - len(SIGNED) - 4)
    return ko[:len(ko) - len(SIGNED) - 12 - size]


def sections(ko):
    """{name: (name, type, offset, size, link)}"""
    table, = struct.unpack_from("<Q", ko, 0x28)
    count, names = struct.unpack_from("<HH", ko, 0x3c)
    heads = [SECTION.unpack_from(ko, table + i * SECTION.size) for i in range(count)]
    start = heads[names][4]
    return {ko[start + head[0]:ko.index(0, start + head[0])].decode(): head for head in heads}


def relocations(ko, section, kind):
    """The place of each relocation of this kind in the section."""
    _, _, _, _, offset, size, *_ = sections(ko)[".rela" + section]
    return [at for at in range(offset, offset + size, RELA) if struct.unpack_from("<I", ko, at + 8)[0] == kind]


def other_instruction(ko):
    """Changes one bit: a function returns 1 instead of 0."""
    _, _, _, _, offset, size, *_ = sections(ko)[".text"]
    at = next(at for at in range(offset, offset + size, 4) if struct.unpack_from("<I", ko, at)[0] == 0x52800000)
    return ko[:at] + struct.pack("<I", 0x52800020) + ko[at + 4:]


def other_target(ko):
    """Gives the first call the target of another call."""
    first, *others = relocations(ko, ".text", CALL26)
    symbol = ko[first + 12:first + 16]
    other = next(ko[at + 12:at + 16] for at in others if ko[at + 12:at + 16] != symbol)
    return ko[:first + 12] + other + ko[first + 16:]


def other_pointer(ko):
    """Gives the first pointer of the constants the target of another pointer."""
    first, *others = relocations(ko, ".rodata", ABS64)
    other = next(ko[at + 8:at + RELA] for at in others if ko[at + 8:at + 16] == ko[first + 8:first + 16])
    assert other != ko[first + 8:first + RELA]
    return ko[:first + 8] + other + ko[first + RELA:]


def other_name(ko, name):
    at = sections(ko)[".gnu.linkonce.this_module"][4] + NAME
    return ko[:at] + name.encode().ljust(56, b"\0") + ko[at + 56:]


def archive(files, mode=0o644):
    """A cpio archive. Linux also accepts it behind another one."""
    def member(name, mode, content):
        head = b"070701" + b"".join(b"%08x" % field for field in (1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0))
        named = head + name.encode() + b"\0"
        return named + bytes(-len(named) % 4) + content + bytes(-len(content) % 4)
    return b"".join(member(name, 0o100000 | mode, content) for name, content in files.items()) + member("TRAILER!!!", 0, b"")
