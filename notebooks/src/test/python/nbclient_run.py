"""Runs notebooks with nbclient and checks what comes out: no error, valid by nbformat's schema, dig's text, a picture.

Then the same for notebooks that the headless runner has executed: python nbclient_run.py NOTEBOOK... -- EXECUTED...
"""

import concurrent.futures
import json
import pathlib
import sys

import nbclient
import nbformat


def texts(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            # A text, or its lines.
            yield "".join(output.get("text") or output.get("data", {}).get("text/plain", ""))


def check(name, notebook):
    nbformat.validate(notebook, version=4, version_minor=notebook.nbformat_minor)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "display_data":
                assert "text/plain" in output.data, f"{name}: a picture without its text"
    if name.endswith("dns.ipynb"):
        assert any("ANSWER SECTION" in text for text in texts(notebook)), f"{name}: no answer of dig"
        rich = {kind for cell in notebook.cells for output in cell.get("outputs", []) for kind in output.get("data", {})}
        assert rich & {"text/html", "image/svg+xml"}, f"{name}: no picture"


def run(path):
    notebook = nbformat.read(path, 4)
    nbclient.NotebookClient(
        notebook, kernel_name="wirebook", timeout=120, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    check(path.name, notebook)
    return f"{path.name} {len(notebook.cells)} cells, by nbclient"


split = sys.argv.index("--")
# Most of a notebook's time is waiting, as it is about networks.
with concurrent.futures.ThreadPoolExecutor(3) as runners:
    for line in runners.map(run, map(pathlib.Path, sys.argv[1:split])):
        print(line)
for path in map(pathlib.Path, sys.argv[split + 1 :]):
    # Not nbformat.read, which mends what it can.
    notebook = nbformat.from_dict(json.loads(path.read_text(encoding="utf-8")))
    assert notebook.nbformat == 4 and notebook.nbformat_minor >= 5
    check(path.name, notebook)
    print(path.name, len(notebook.cells), "cells, by the headless runner")
