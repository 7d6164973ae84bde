"""The example notebook, executed: `python -m tests.ilex.notebook` writes its outputs anew."""

import os
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

PATH = Path(__file__).parents[2] / "docs" / "notebooks" / "bench.ipynb"
CELL_S = 60


def read() -> Any:
    """The notebook as it lies in the repository."""
    return nbformat.read(PATH, as_version=4)


def executed() -> Any:
    """The same with the outputs of a fresh kernel that runs beside the example sessions. Raises CellExecutionError."""
    notebook = read()
    client = NotebookClient(notebook, timeout=CELL_S, record_timing=False, resources={"metadata": {"path": str(PATH.parent)}})
    client.execute(env=os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"})
    for cell in notebook.cells:
        cell.metadata = {}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def told(notebook: Any) -> list[str]:
    """What every output says in text; a picture only that it is there."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return ["a picture" if "image/png" in output.get("data", {}) else _text(output) for output in outputs]


def _text(output: Any) -> str:
    found: str = output["text"] if output["output_type"] == "stream" else output["data"]["text/plain"]
    return found


if __name__ == "__main__":
    nbformat.write(executed(), PATH)
    print(PATH)
