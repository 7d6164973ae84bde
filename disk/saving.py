"""Whole files, replaced so that after a power cut the old one or the new one is there, whole."""

from pathlib import Path

from disk.door import Disk


def save(disk: Disk, path: Path, content: bytes) -> None:
    """`content` is in the file, on the medium, on return. Raises OSError; then the file is as it was."""
    beside = path.with_name(path.name + ".new")
    try:
        file = disk.create(beside)
    except FileExistsError:  # an earlier attempt was cut off
        disk.remove(beside)
        file = disk.create(beside)
    try:
        file.write(content)
        file.sync()
    finally:
        file.close()
    disk.rename(beside, path)
    disk.sync_folder(path.parent)
