from __future__ import annotations

import json

import pytest

from csat_models.errors import NotebookError, ParamsError
from csat_models.report.elements import MIME
from csat_models.workflow.running.notebooks import (
    check_parameters,
    declared_parameters,
    elements_of,
    normalise,
    read_notebook,
    source_digest,
)


def executed(*, time: str, pieces: list[str], place: str) -> dict:
    outputs = [{"output_type": "stream", "name": "stdout", "text": piece} for piece in pieces]
    shown = {"text/plain": [f"<A at 0x{time}>\n", f"{place}/data.csv"], "image/png": f"{place}AA"}
    outputs.append({"output_type": "display_data", "data": shown, "metadata": {}})
    cell = {
        "cell_type": "code",
        "id": f"random-{time}",
        "source": f"path = '{place}'",
        "metadata": {"papermill": {"start_time": time}, "tags": []},
        "outputs": outputs,
        "execution_count": 1,
    }
    return {
        "cells": [cell],
        "metadata": {"papermill": {"end_time": time}, "language_info": {"version": time}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def test_equal_runs_give_equal_files():
    first = normalise(
        executed(time="11", pieces=["a", "b\n"], place="/home/x"), {"/home/x": "<project>"}
    )
    second = normalise(executed(time="2f", pieces=["ab\n"], place="/srv"), {"/srv": "<project>"})
    for notebook in (first, second):
        notebook["cells"][0]["source"] = ""
        del notebook["cells"][0]["outputs"][-1]["data"]["image/png"]
    assert first == second


def test_pictures_and_sources_stay_as_they_are():
    clean = normalise(executed(time="1", pieces=[], place="/home/x"), {"/home/x": "<project>"})
    assert clean["cells"][0]["outputs"][0]["data"]["image/png"] == "/home/xAA"
    assert clean["cells"][0]["source"] == "path = '/home/x'"


def test_the_source_digest_ignores_outputs_only(tiny):
    tiny.add_notebook("01_a", "1 + 1")
    notebook = read_notebook(tiny.root / "notebooks/01_a.ipynb")
    same = json.loads(json.dumps(notebook))
    same["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "2"}]
    same["cells"][1]["execution_count"] = 7
    same["cells"][1]["source"] = ["1 + ", "1"]
    assert source_digest(same) == source_digest(notebook)
    same["cells"][1]["source"] = "1 + 2"
    assert source_digest(same) != source_digest(notebook)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"nbformat": 3, "cells": []}', "\x00"])
def test_what_is_no_notebook_is_refused(tiny, text):
    path = tiny.write("notebooks/x.ipynb", text)
    with pytest.raises(NotebookError, match="not a notebook"):
        read_notebook(path)


def test_parameters_are_read_from_the_tagged_cell_only(tiny):
    source = "study: str = 'a=b'  # c = d\nn_boot = None\nx.y = 1\nif True:\n    z = 1"
    tiny.add_notebook("01_a", "language = 'zh'", parameters=source)
    notebook = read_notebook(tiny.root / "notebooks/01_a.ipynb")
    assert declared_parameters(notebook) == {"study", "n_boot"}
    check_parameters("01_a", notebook, {"study": "2024"})
    with pytest.raises(ParamsError, match=r"01_a.ipynb does not declare 'language'.*n_boot, study"):
        check_parameters("01_a", notebook, {"language": "zh"})


def test_elements_are_given_in_order():
    shown = [{"kind": "heading", "text": "a"}, {"kind": "absent", "reason": "b"}]
    cells = [
        {"outputs": [{"output_type": "display_data", "data": {MIME: payload}}]} for payload in shown
    ]
    assert elements_of({"cells": [*cells, {"outputs": []}, {"source": "text"}]}) == shown
