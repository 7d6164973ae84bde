"""The one door to files that must survive a kill, a full disk and a power cut: the edge's spool and the service's recordings."""

from disk.door import DISK, Disk, File

__all__ = ["DISK", "Disk", "File"]
