"""`python -m wire.generate [--check]`: write the documents made from the structs, or exit 1 where one of them is out of date."""

import sys
from pathlib import Path

from wire.generate import asyncapi, schemas, typescript

ROOT = Path(__file__).resolve().parents[2]


def documents() -> dict[str, str]:
    """Every document: path within the repository -> content."""
    return {
        **{f"docs/contract/schemas/{name}": text for name, text in schemas.files().items()},
        "docs/contract/asyncapi.json": asyncapi.document(),
        "dashboard/src/wire.gen.ts": typescript.source(),
    }


def stale(root: Path = ROOT) -> list[str]:
    """The documents that are missing or not as the structs say."""
    return [path for path, text in documents().items() if not (root / path).is_file() or (root / path).read_text("utf-8") != text]


def write(root: Path = ROOT) -> list[str]:
    """Writes what is stale and says what that was."""
    outdated = stale(root)
    made = documents()
    for path in outdated:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(made[path], "utf-8")
    return outdated


def main(arguments: list[str]) -> int:
    """Exit code: 0 done or nothing to do, 1 out of date (with --check), 2 wrong use."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m wire.generate [--check]", file=sys.stderr)
        return 2
    if arguments:
        for path in (outdated := stale()):
            print(f"{path} is out of date: run `python -m wire.generate`", file=sys.stderr)
        return 1 if outdated else 0
    for path in write():
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
