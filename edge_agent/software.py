"""The name and version that a status carries."""

from importlib.metadata import PackageNotFoundError, version

try:
    SOFTWARE = f"ilex-edge {version('ilex')}"
except PackageNotFoundError:  # run from a folder that was never installed
    SOFTWARE = "ilex-edge"
