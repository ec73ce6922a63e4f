"""Columns of the tables that analyses give, from numpy arrays: text, categories, and numbers with NA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd


def texts_at(column: pd.Series, lines: npt.NDArray[np.int64]) -> Any:
    """The text of a column on these lines, as string."""
    return cast(Any, column.astype("string").array).take(lines)


def category(codes: Any, names: Sequence[str]) -> Any:
    """A category column: positions in the names, -1 for NA."""
    return pd.Categorical.from_codes(codes, categories=cast(Any, list(names)))


def nullable(numbers: npt.ArrayLike) -> Any:
    """Numbers as Float64, row by row where they stand in several columns; NaN becomes NA."""
    flat = np.ascontiguousarray(numbers, dtype=np.float64).ravel()
    return pd.arrays.FloatingArray(flat, np.isnan(flat))
