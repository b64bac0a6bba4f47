"""Bits of an AV1 stream: read and written one syntax element after the other."""

from __future__ import annotations

from encore.core.errors import ToolError


class Bits:
    """Reads syntax elements from the first bit of `data` on.

    Source: AV1 Bitstream & Decoding Process Specification, sections 4.9 and 4.10.

    Args:
        data: payload of an OBU; it may be longer than what is read.
    """

    def __init__(self, data: bytes | memoryview) -> None:
        self._data, self.at = data, 0

    def flag(self) -> bool:
        """One bit."""
        return bool(self.number(1))

    def number(self, bits: int) -> int:
        """f(n): unsigned, the highest bit first.

        Raises:
            ToolError: the data end before it.
        """
        first, last = self.at >> 3, self.at + bits + 7 >> 3
        if last > len(self._data):
            raise ToolError("reading an AV1 header", stderr="it ends in the middle")
        self.at += bits
        return int.from_bytes(self._data[first:last], "big") >> (last * 8 - self.at) & ((1 << bits) - 1)

    def signed(self, bits: int) -> int:
        """su(n): two's complement."""
        value = self.number(bits)
        return value - (1 << bits) if value >> (bits - 1) else value

    def below(self, limit: int) -> int:
        """ns(n): one of `limit` values, the lower ones a bit shorter."""
        width = limit.bit_length()
        short = (1 << width) - limit
        value = self.number(width - 1)
        return value if value < short else (value << 1) - short + self.number(1)

    def unary(self) -> int:
        """uvlc(): as many bits as leading zeros."""
        zeros = 0
        while not self.flag():
            zeros += 1
        return self.number(zeros) + (1 << zeros) - 1 if zeros < 32 else (1 << 32) - 1

    def near(self, low: int, high: int, expected: int) -> int:
        """decode_signed_subexp_with_ref(): from `low` to below `high`, the shorter the nearer to `expected`."""
        count, centre = high - low, expected - low
        value = self._subexp(count)
        if centre << 1 <= count:
            return low + _recentred(centre, value)
        return low + count - 1 - _recentred(count - 1 - centre, value)

    def _subexp(self, count: int) -> int:
        step = least = 0
        while True:
            width = 3 + step - 1 if step else 3
            if count <= least + 3 * (1 << width):
                return self.below(count - least) + least
            if not self.flag():
                return self.number(width) + least
            step += 1
            least += 1 << width


def _recentred(centre: int, value: int) -> int:
    if value > 2 * centre:
        return value
    return centre - (value + 1 >> 1) if value & 1 else centre + (value >> 1)


class BitWriter:
    """Collects syntax elements; `data` is what they make."""

    def __init__(self) -> None:
        self._value = self._count = 0

    def put(self, value: int, bits: int) -> None:
        """f(n): append `value`, which must fit."""
        if not 0 <= value < 1 << bits:
            raise ValueError(f"{value} does not fit into {bits} bits")
        self._value, self._count = self._value << bits | value, self._count + bits

    def copy(self, data: bytes | memoryview, bits: int) -> None:
        """Append the first `bits` of other data."""
        self.put(int.from_bytes(data[: bits + 7 >> 3], "big") >> (-bits % 8), bits)

    @property
    def data(self) -> bytes:
        """Everything that was appended, filled up with zeros to whole bytes."""
        return (self._value << (-self._count % 8)).to_bytes(self._count + 7 >> 3, "big")


def leb128(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """A number of variable length and the place after it.

    Raises:
        ToolError: it does not end within eight bytes.
    """
    value = 0
    for n, byte in enumerate(data[at : at + 8]):
        value |= (byte & 127) << (7 * n)
        if not byte & 128:
            return value, at + n + 1
    raise ToolError("reading an AV1 stream", stderr="a size has no end")


def leb128_of(value: int) -> bytes:
    """A number as the shortest bytes that `leb128` reads it from."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))
