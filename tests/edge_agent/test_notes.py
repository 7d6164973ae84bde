"""robustness F24: small files of the spool's folder."""

from pathlib import Path

from structlog.testing import capture_logs

from disk import DISK
from edge_agent.notes import Notes


def test_a_flipped_bit_is_told_and_the_note_is_not_used(tmp_path: Path) -> None:
    notes = Notes(DISK, tmp_path)
    notes.put("buttons.json", b"[2, 3]")
    notes.write()
    whole = (tmp_path / "buttons.json").read_bytes()
    assert notes.read("buttons.json") == b"[2, 3]"
    for at in range(len(whole)):
        (tmp_path / "buttons.json").write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with capture_logs() as logs:
            found = notes.read("buttons.json")
        if found is None:
            assert [log["event"] for log in logs] == ["a note of the spool is damaged, and not used"]
        else:  # the mark itself was hit: whoever reads it finds no JSON
            assert b"crc" in found or b"32" in found


def test_what_an_earlier_version_wrote_has_no_checksum_and_counts(tmp_path: Path) -> None:
    (tmp_path / "buttons.json").write_bytes(b"[4]")
    assert Notes(DISK, tmp_path).read("buttons.json") == b"[4]"
    assert Notes(DISK, tmp_path).read("clocks.json") is None
