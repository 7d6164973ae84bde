"""What can still be read of a broken batch: its boot and seq, so that its samples can be refused (contract 2)."""

import json
from collections.abc import Iterator

from wire.names import is_safe_id

_READ_BYTES = 32 * 1024
_READ_ITEMS = 256
"""Bounds of the search: a hostile payload costs no more than a real one."""

_NUMBER, _TEXT, _COLUMN, _ARRAY, _MAP, _OTHER = range(6)
_FORMATS = {
    0xC0: (0, _OTHER), 0xC2: (0, _OTHER), 0xC3: (0, _OTHER), 0xC4: (1, _COLUMN), 0xC5: (2, _COLUMN), 0xC6: (4, _COLUMN),
    0xCA: (4, _OTHER), 0xCB: (8, _OTHER), 0xCC: (1, _NUMBER), 0xCD: (2, _NUMBER), 0xCE: (4, _NUMBER), 0xCF: (8, _NUMBER),
    0xD0: (1, _NUMBER), 0xD1: (2, _NUMBER), 0xD2: (4, _NUMBER), 0xD3: (8, _NUMBER), 0xD4: (2, _OTHER), 0xD5: (3, _OTHER),
    0xD6: (5, _OTHER), 0xD7: (9, _OTHER), 0xD8: (17, _OTHER), 0xD9: (1, _TEXT), 0xDA: (2, _TEXT), 0xDB: (4, _TEXT),
    0xDC: (2, _ARRAY), 0xDD: (4, _ARRAY), 0xDE: (2, _MAP), 0xDF: (4, _MAP),
}  # fmt: skip
"""MessagePack: first byte -> (bytes of the number that follows, what it is). Source: the MessagePack specification."""


class _Column(int):
    """A binary column, of which only the announced length is of interest."""


_Value = int | str | _Column | None


def identity_of(payload: bytes) -> tuple[str, int, int | None] | None:
    """Boot, seq and number of samples of a batch that `decode` refuses; None where boot or seq can't be read, or it has no samples.

    The number is that of the angle column, None where that can't be read, or is empty beside a torque that is not. A message that was
    cut off counts, as long as boot and seq stand before the cut. Reads at most 32 KiB and raises nothing.
    """
    found: dict[str, _Value] = {}
    pairs = _json_pairs if payload[:1] == b"{" else _msgpack_pairs
    try:
        for key, value in pairs(payload[:_READ_BYTES]):
            found[key] = value  # noqa: PERF403 - one by one, so that what came before a fault is kept
    except (ValueError, IndexError, KeyError, RecursionError):
        pass  # what was found before the fault stands
    boot, seq, column = found.get("boot"), found.get("seq"), found.get("angle")
    # Not `isinstance`: a column's length is a number too.
    if not isinstance(boot, str) or not is_safe_id(boot) or type(seq) is not int or not 0 <= seq < 2**64:
        return None
    # An empty batch names no sample: its seq is the next one's, which is yet to come.
    if all(isinstance(found.get(name), _Column) and found[name] == 0 for name in ("angle", "torque")):
        return None
    return boot, seq, column // 4 or None if isinstance(column, _Column) else None


def _json_pairs(payload: bytes) -> Iterator[tuple[str, _Value]]:
    text = payload.decode(errors="replace")
    read, at, mark = json.JSONDecoder().raw_decode, 0, "{"
    while text[at] == mark:
        key, at = read(text, _past_space(text, at + 1))
        at = _past_space(text, at)
        if not isinstance(key, str) or text[at] != ":":
            return
        value, at = read(text, _past_space(text, at + 1))
        if isinstance(value, list):
            value = _Column(4 * len(value))
        at, mark = _past_space(text, at), ","  # a number at the very end may have been cut: it does not count
        yield key, value if isinstance(value, int | str) and not isinstance(value, bool) else None


def _past_space(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _msgpack_pairs(payload: bytes) -> Iterator[tuple[str, _Value]]:
    if not 0x80 <= payload[0] <= 0x8F and payload[0] not in (0xDE, 0xDF):
        return
    _, at, items = _item(payload, 0)
    budget = _READ_ITEMS
    while items > 0:
        key, at, _ = _item(payload, at)
        if not isinstance(key, str):
            return
        value, at, inside = _item(payload, at)
        yield key, value
        items -= 2
        while inside > 0 and budget > 0:
            _, at, more = _item(payload, at)
            inside += more - 1
            budget -= 1
        if inside > 0:
            return


def _item(data: bytes, at: int) -> tuple[_Value, int, int]:
    """The MessagePack item at `at`: its value, where the next one begins, how many items it holds."""
    code, at = data[at], at + 1
    if code <= 0x7F or code >= 0xE0:
        return code if code <= 0x7F else code - 256, at, 0
    if code <= 0x9F:
        return None, at, 2 * (code & 15) if code <= 0x8F else code & 15
    width, kind = (0, _TEXT) if code <= 0xBF else _FORMATS[code]
    end = at + width
    if end > len(data):
        raise IndexError
    size = code & 31 if code <= 0xBF else int.from_bytes(data[at:end], "big", signed=0xD0 <= code <= 0xD3)
    if kind == _NUMBER:
        return size, end, 0
    if kind == _COLUMN:
        return _Column(size), end + size, 0
    if kind == _TEXT:
        if end + size > len(data):
            raise IndexError
        return data[end : end + size].decode(), end + size, 0
    if kind in (_ARRAY, _MAP):
        return None, end, size if kind == _ARRAY else 2 * size
    return None, end, 0
