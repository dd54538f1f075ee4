"""Bytes that were a frame once."""

import random

_PIECES = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b":",
    b",",
    b"\\",
    b"\\u",
    b"\\ud800",
    b"\x00",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"null",
    b"1e999",
    b"-",
    b'"id":',
    b'"type":',
    b"/*",
    b"99999999999999999999",
)


def mutate(frame: bytes, other: bytes, chance: random.Random) -> bytes:
    """The frame with some bytes changed, cut, put in or taken from ``other``."""
    data = bytearray(frame)
    for _ in range(1 + int(chance.random() ** 2 * 4)):
        if not data:
            break
        at = int(chance.random() * len(data))
        way = int(chance.random() * 7)
        if way == 0:
            data[at] ^= 1 << int(chance.random() * 8)
        elif way == 1:
            data[at] = int(chance.random() * 256)
        elif way == 2:
            del data[at : at + 1 + int(chance.random() * 8)]
        elif way == 3:
            data[at:at] = _PIECES[int(chance.random() * len(_PIECES))]
        elif way == 4:
            del data[at:]
        elif way == 5:
            data[at:] = other[int(chance.random() * len(other)) :]
        else:
            data[at:at] = data[at : at + 1 + int(chance.random() * 30)]
    return bytes(data)


def noise(chance: random.Random) -> bytes:
    """Nothing in particular."""
    if chance.random() < 0.5:
        return chance.randbytes(int(chance.random() * 60))
    return b"".join(_PIECES[int(chance.random() * len(_PIECES))] for _ in range(int(chance.random() * 12)))
