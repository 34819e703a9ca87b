"""Files in batches: the rows of the whole file, and the same moments."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from csat_models import compute_moments, read_batches, read_survey, stream_moments
from csat_models.errors import DataError
from csat_models.survey import Codebook
from csat_models.survey.formats.finding import find_files

TEXT = {"zh": "满意", "en": "satisfied"}


@pytest.fixture
def codebook() -> Codebook:
    return Codebook.model_validate(
        {
            "respondent_id": "id",
            "scale": [1, 10],
            "missing": {98: {"zh": "不知道", "en": "don't know"}},
            "attributes": {
                "city": {
                    "label": {"zh": "城市", "en": "City"},
                    "kind": "category",
                    "labels": {"b": TEXT, "a": TEXT},
                }
            },
            "items": {"S1": {"text": TEXT}, "S2": {"text": TEXT, "reversed": True}},
        }
    )


@pytest.fixture
def survey() -> pd.DataFrame:
    generator = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "id": [f"{k:04d}" for k in range(50)],
            "city": generator.choice(["a", "b"], 50),
            "S1": generator.choice([1, 5, 10, 98], 50),
            "S2": generator.integers(1, 11, 50),
            "other": 7.5,
        }
    )


@pytest.fixture(params=["parquet", "folder", "csv", "csv.gz"])
def path(request, tmp_path, survey):
    if request.param == "folder":
        for start in (0, 20, 40):
            survey.iloc[start : start + 20].to_parquet(tmp_path / f"part-{start:02d}.parquet")
        return tmp_path
    path = tmp_path / f"survey.{request.param}"
    if request.param == "parquet":
        survey.to_parquet(path)
    elif request.param == "csv":
        survey.to_csv(path, index=False, encoding="utf-8-sig")
    else:
        path.write_bytes(gzip.compress(survey.to_csv(index=False).encode()))
    return path


def test_batches_hold_all_rows_in_order(path, survey):
    batches = list(read_batches(path, columns=["S2", "S1"], batch_rows=7))
    assert all(len(batch) <= 7 for batch in batches)
    whole = pd.concat(batches, ignore_index=True)
    pd.testing.assert_frame_equal(whole, survey[["S2", "S1"]], check_dtype=False)
    assert list(next(read_batches(path)).columns) == list(survey.columns)


def test_batches_are_checked_as_the_whole_file(path, survey, codebook, tmp_path_factory):
    together = tmp_path_factory.mktemp("whole") / "survey.csv"
    survey.to_csv(together, index=False)
    expected = read_survey(together, codebook)
    batches = list(read_batches(path, codebook, batch_rows=11))
    whole = pd.concat([batch.frame for batch in batches], ignore_index=True)
    pd.testing.assert_frame_equal(whole, expected.frame, check_dtype=False)
    assert np.concatenate([batch.row_numbers for batch in batches]).tolist() == list(range(1, 51))
    found = stream_moments(batches, by=["city"])
    direct = compute_moments(expected, by=["city"])
    assert found.mean["city"].values.tolist() == ["b", "a"]
    # Sums of 50 products in another order.
    np.testing.assert_allclose(found.cov, direct.cov, rtol=1e-10)
    np.testing.assert_array_equal(found.scale_max, direct.scale_max)


def test_an_answer_off_the_scale_is_found_in_its_batch(survey, codebook, tmp_path):
    survey.loc[33, "S1"] = 11
    survey.to_parquet(tmp_path / "survey.parquet")
    batches = read_batches(tmp_path / "survey.parquet", codebook, batch_rows=20)
    assert len(next(batches).frame) == 20
    with pytest.raises(DataError, match=r"from row 21 on.*'S1'.*11 \(row 14\)"):
        next(batches)


def test_folders_can_be_columns(survey, tmp_path):
    for year in (2023, 2024):
        (tmp_path / f"year={year}").mkdir()
        survey.to_parquet(tmp_path / f"year={year}" / "survey.parquet")
    moments = stream_moments(read_batches(tmp_path), items=["S2"], by=["year"])
    assert moments.n_obs.sel(year=2024).item() == 50


def test_bad_files_are_one_sentence(survey, tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        read_batches(tmp_path / "absent.parquet")
    with pytest.raises(DataError, match="batch_rows=0 is no size"):
        read_batches(tmp_path, batch_rows=0)
    with pytest.raises(DataError, match="holds no Parquet file"):
        next(read_batches(tmp_path))
    survey.to_parquet(tmp_path / "survey.parquet")
    with pytest.raises(DataError, match="has no column 'S9'; it has id, city"):
        next(read_batches(tmp_path / "survey.parquet", columns=["S9"]))
    (tmp_path / "bad.parquet").write_bytes(b"no parquet")
    with pytest.raises(DataError, match="damaged Parquet file"):
        next(read_batches(tmp_path / "bad.parquet"))
    (tmp_path / "bad.csv").write_bytes("城市,S1\n临江,1\n".encode("gb18030"))
    with pytest.raises(DataError, match="no comma-separated text in UTF-8"):
        next(read_batches(tmp_path / "bad.csv"))


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_text_with_another_delimiter_is_told(survey, codebook, tmp_path, delimiter):
    survey.to_csv(tmp_path / "survey.csv", index=False, sep=delimiter)
    for known in (None, codebook):
        with pytest.raises(DataError, match="not by commas; save it with commas or as Parquet"):
            next(read_batches(tmp_path / "survey.csv", known))
    survey[["S1"]].to_csv(tmp_path / "one.csv", index=False)
    assert len(next(read_batches(tmp_path / "one.csv"))) == 50


def test_a_number_of_rows_that_is_none_is_told(tmp_path):
    with pytest.raises(DataError, match=r"batch_rows=2\.5 is no size"):
        read_batches(tmp_path, batch_rows=2.5)


@pytest.mark.parametrize("path", [None, 3, b"x.csv", ["a.csv"], ""])
def test_what_is_no_path_is_one_sentence(path):
    with pytest.raises(DataError, match="is no path; name"):
        next(iter(read_batches(path)))
    if path not in ("", ["a.csv"]):
        with pytest.raises(DataError, match="is no path; name"):
            find_files(path)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        # pandas takes columns by place, cuts what is too long and fills what is too short.
        ("S1,S2,S3\n9,1,2,3\n9,4,5,6\n", "line 2: 4 values for 3 columns"),
        ('S1,S2,S3\n1,"2\n",3\n1,2\n', "line 4: 2 values for 3 columns"),
        ("S1,S2,S2\n1,2,3\n", "the column name 'S2' stands twice"),
        ('S1,S2\n1,"2\n' + "1,2\n" * 50_000, "is no comma-separated text"),
    ],
)
def test_rows_that_are_too_long_or_too_short_are_told(tmp_path, rows, sentence, known):
    items = {"S1": {"text": TEXT}, "S2": {"text": TEXT}}
    book = Codebook.model_validate({"scale": [1, 10], "items": items}) if known else None
    (tmp_path / "x.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(DataError, match=sentence):
        list(read_batches(tmp_path / "x.csv", book))


def test_a_column_that_one_of_the_parquet_files_lacks_is_not_filled_with_nothing(
    tmp_path, survey, codebook
):
    survey.to_parquet(tmp_path / "a.parquet")
    survey.rename(columns={"S2": "s2"}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"b\.parquet: has no column 'S2'"):
        list(read_batches(tmp_path, codebook))
    assert len(pd.concat(read_batches(tmp_path, columns=["S1"]))) == 100
