from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from csat_models.workflow.digests import digest, library_digest
from csat_models.workflow.keeping.store import Store

ARRAYS = {
    "paths": xr.DataArray(
        np.arange(12.0).reshape(2, 3, 2),
        dims=("draw", "city", "source"),
        coords={
            "draw": [0, 1],
            "city": ["临江", "b", "ccc"],
            "year": ("city", np.array([2022, 2023, 2024])),
            "kind": ("city", np.array(["x", None, 3], dtype=object)),
        },
        name="paths",
    ),
    "converged": xr.DataArray(np.array([True, False]), dims="draw"),
    "scalar": xr.DataArray(np.float32(2.5), name=None),
    "nothing": xr.DataArray(np.empty((0, 2)), dims=("a", "b")),
    "date": xr.DataArray(np.array(["2024-01-02"], dtype="datetime64[ns]"), dims="t"),
    "missing": xr.DataArray([np.nan, np.inf], dims="k", coords={"k": pd.Index(["p", "q"])}),
}
FRAME = pd.DataFrame(
    {
        "city": pd.Categorical(["b", "a", None], categories=["b", "a"], ordered=True),
        "text": pd.Series(["一", None, "c"], dtype="str"),
        "score": [1.5, np.nan, 3.0],
        "n": [1, 2, 3],
    },
    index=pd.Index([7, 8, 9], name="row"),
)


def never() -> dict:
    raise AssertionError("must not be computed again")


def test_arrays_come_back_as_they_were(tmp_path):
    store = Store(folder=tmp_path)
    store.arrays("k", lambda: ARRAYS)
    read = store.arrays("k", never)
    assert list(read) == list(ARRAYS)
    for name, array in ARRAYS.items():
        xr.testing.assert_identical(read[name], array)
        assert read[name].dtype == array.dtype
        for coord in array.coords:
            assert read[name][coord].dtype == array[coord].dtype


def test_frames_come_back_as_they_were(tmp_path):
    store = Store(folder=tmp_path)
    store.frame("k", lambda: FRAME)
    pd.testing.assert_frame_equal(store.frame("k", never), FRAME)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.9, 0.999])
def test_a_torn_file_is_computed_again(tmp_path, fraction):
    store = Store(folder=tmp_path)
    store.arrays("k", lambda: ARRAYS)
    store.frame("k", lambda: FRAME)
    for path in (tmp_path / "k.npz", tmp_path / "k.parquet"):
        os.truncate(path, int(path.stat().st_size * fraction))
    assert "paths" in store.arrays("k", lambda: ARRAYS)
    pd.testing.assert_frame_equal(store.frame("k", lambda: FRAME), FRAME)
    assert "paths" in store.arrays("k", never)
    pd.testing.assert_frame_equal(store.frame("k", never), FRAME)


def test_a_flipped_bit_is_noticed(tmp_path):
    store = Store(folder=tmp_path)
    ramp = xr.DataArray(np.arange(1000.0), dims="k")
    store.arrays("k", lambda: {"x": ramp})
    content = bytearray((tmp_path / "k.npz").read_bytes())
    content[4000] ^= 1
    (tmp_path / "k.npz").write_bytes(content)
    xr.testing.assert_identical(store.arrays("k", lambda: {"x": ramp})["x"], ramp)
    assert (tmp_path / "k.npz").read_bytes() != bytes(content)


def test_a_failed_computation_leaves_nothing(tmp_path):
    store = Store(folder=tmp_path)
    with pytest.raises(AssertionError):
        store.arrays("k", never)
    assert not list(tmp_path.glob("*.npz")) and not list(tmp_path.glob(".k*"))
    assert "paths" in store.arrays("k", lambda: ARRAYS)


def test_nothing_is_pickled(tmp_path):
    odd = xr.DataArray(np.array([object()], dtype=object), dims="k")
    with pytest.raises(TypeError, match="neither numbers nor text"):
        Store(folder=tmp_path).arrays("k", lambda: {"x": odd})
    cells = xr.DataArray(
        [1.0],
        coords=xr.Coordinates.from_pandas_multiindex(
            pd.MultiIndex.from_tuples([("a", 1)], names=["city", "year"]), "cell"
        ),
    )
    with pytest.raises(TypeError, match="reset_index"):
        Store(folder=tmp_path).arrays("k", lambda: {"x": cells})


@pytest.mark.parametrize("key", ["../k", "a/b", "", ".hidden"])
def test_a_key_is_no_path(tmp_path, key):
    with pytest.raises(ValueError, match="is no key"):
        Store(folder=tmp_path).arrays(key, never)


def _count(folder: str, at: float) -> None:
    def compute():
        with Path(folder, "calls").open("a", encoding="utf-8") as file:
            file.write("x")
        time.sleep(0.1)
        return {"x": xr.DataArray([1.0], dims="k")}

    time.sleep(max(0.0, at - time.time()))
    Store(folder=Path(folder, "store")).arrays("k", compute)


def test_several_processes_compute_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    at = time.time() + 3.0
    crowd = [context.Process(target=_count, args=(str(tmp_path), at)) for _ in range(3)]
    for process in crowd:
        process.start()
    for process in crowd:
        process.join()
        assert process.exitcode == 0
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "x"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), JSON))
def test_a_digest_ignores_the_order_of_keys(content):
    assert digest(content) == digest(dict(reversed(content.items())))


@given(JSON, JSON)
def test_different_parts_have_different_digests(left, right):
    import json

    same = json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
    assert (digest(left) == digest(right)) == same
    assert digest([left]) != digest(left)


def test_a_digest_refuses_what_json_cannot_hold():
    with pytest.raises(ValueError, match="JSON"):
        digest(float("nan"))
    with pytest.raises(TypeError):
        digest(object())


def test_rooms_have_digests_of_their_own():
    rooms = {library_digest(room) for room in ("errors", "model", "workflow")}
    assert len(rooms) == 3
    assert library_digest("errors", "model") == library_digest("model", "errors")
    with pytest.raises(ValueError, match="neither"):
        library_digest("cellar")
