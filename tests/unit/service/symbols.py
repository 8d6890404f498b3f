"""Writes the symbols of a Linux image (offset from the base, name), one a line: what the loader's
own search is compared with. Found another way than there: the strings of digits that stand in every
table of tokens, and the count before the names by trying each word.

    symbols.py IMAGE LIST
"""

import struct
import sys


def aligned(value):
    return (value + 7) & ~7


def words(image, at, count):
    return struct.unpack_from(f"<{count}I", image, at)


def token_tables(image):
    """Each place where 256 strings are followed by their offsets: (begin, strings)."""
    digits = b"".join(bytes([digit, 0]) for digit in b"0123456789")
    at = image.find(digits)
    while at >= 0:
        begin = at
        for _ in range(ord("0")):
            begin = image.rfind(b"\0", 0, begin - 1) + 1
        begin = aligned(begin)
        offsets, end = [], begin
        for _ in range(256):
            offsets.append(end - begin)
            end = image.index(b"\0", end) + 1
        if list(struct.unpack_from("<256H", image, aligned(end))) == offsets:
            yield begin, [image[begin + o:image.index(b"\0", begin + o)] for o in offsets]
        at = image.find(digits, at + 1)


def names_at(image, tokens):
    """Where the names begin, how many there are, where the markers are."""
    for at in range(0, tokens, 8):
        count, zero = words(image, at, 2)
        if zero or not 10000 < count < 400000:
            continue
        for order in (aligned(3 * count), 0):
            markers = tokens - order - aligned((count + 255) // 256 * 4)
            if markers <= at or words(image, markers, 1) != (0,):
                continue
            all_markers = words(image, markers, (count + 255) // 256)
            if all(512 <= b - a < 1 << 17 for a, b in zip(all_markers, all_markers[1:])):
                return at + 8, count, all_markers
    raise SystemExit("no names")


def symbols(image):
    (tokens, strings), = token_tables(image)
    at, count, markers = names_at(image, tokens)
    names = at
    offsets = words(image, at - 16 - aligned(4 * count), count)
    for number, offset in enumerate(offsets):
        if number % 256 == 0 and markers[number // 256] != at - names:
            raise SystemExit("a marker is wrong")
        length, at = image[at], at + 1
        if length & 0x80:
            length, at = length & 0x7f | image[at] << 7, at + 1
        yield offset, b"".join(strings[token] for token in image[at:at + length])[1:].decode()
        at += length


def main():
    with open(sys.argv[1], "rb") as file:
        image = file.read()
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        for offset, name in symbols(image):
            file.write(f"{offset:x} {name}\n")


main()
