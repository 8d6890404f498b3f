"""Makes frames of the link (include/kumiki/link.h) without Kumiki's code, and their checksum. Bundles and files of the RTOS
have the same checksum."""

START = 0x1e


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def frame(kind, payload=b""):
    body = bytes([kind]) + len(payload).to_bytes(2, "little") + payload
    return bytes([START]) + body + crc32c(body).to_bytes(4, "little")
