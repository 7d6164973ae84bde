"""robustness 1.2(5): records with length and checksum; whatever is torn ends the reading, and nothing false is read."""

from hypothesis import given
from hypothesis import strategies as st

from disk.records import HEAD_BYTES, record, records, salvaged

payloads = st.lists(st.binary(min_size=1, max_size=200), max_size=8)


@given(payloads, st.integers(0, 100))
def test_what_was_written_is_read_up_to_the_zeros(kept: list[bytes], zeros: int) -> None:
    data = b"".join(map(record, kept)) + bytes(zeros)
    found = list(records(data))
    assert [payload for _, payload in found] == kept
    assert [end for end, _ in found][-1:] == ([len(data) - zeros] if kept else [])


@given(payloads.filter(bool), st.data())
def test_a_cut_anywhere_leaves_the_records_before_it(kept: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(map(record, kept))
    cut = data.draw(st.integers(0, len(whole)))
    found = [payload for _, payload in records(whole[:cut])]
    ends = [sum(len(payload) + HEAD_BYTES for payload in kept[:n]) for n in range(len(kept) + 1)]
    assert found == kept[: max(n for n, end in enumerate(ends) if end <= cut)]


@given(payloads.filter(bool), st.data())
def test_a_changed_bit_ends_the_reading_before_its_record(kept: list[bytes], data: st.DataObject) -> None:
    whole = bytearray(b"".join(map(record, kept)))
    at = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[at // 8] ^= 1 << at % 8
    found = [payload for _, payload in records(bytes(whole))]
    ends = [sum(len(payload) + HEAD_BYTES for payload in kept[: n + 1]) for n in range(len(kept))]
    assert found == kept[: next(n for n, end in enumerate(ends) if at // 8 < end)]


@given(payloads.filter(bool), st.data())
def test_a_changed_bit_costs_its_own_record_only_where_somebody_looks_further(kept: list[bytes], data: st.DataObject) -> None:
    """robustness F24."""
    whole = bytearray(b"".join(map(record, kept)))
    assert [whole[start:end] for start, end, _ in salvaged(bytes(whole))] == [*map(record, kept)]
    at = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[at // 8] ^= 1 << at % 8
    ends = [sum(len(payload) + HEAD_BYTES for payload in kept[: n + 1]) for n in range(len(kept))]
    hit = next(n for n, end in enumerate(ends) if at // 8 < end)
    found = list(salvaged(bytes(whole)))
    assert [payload for _, _, payload in found] == kept[:hit] + kept[hit + 1 :]
    assert [end for _, end, _ in found] == ends[:hit] + ends[hit + 1 :]


def test_reading_goes_on_where_it_stopped() -> None:
    data = record(b"one") + record(b"two")
    end, _ = next(records(data))
    assert [payload for _, payload in records(data, end)] == [b"two"]
