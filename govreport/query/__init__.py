"""SQL over Frames and datasets, and datasets on disk as lazy Frames.

Reading only: what writes a dataset is ``govreport.bulk``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from govreport.frames import Frames
from govreport.query.columns import dtypes
from govreport.query.dataset import Dataset, Summary, Table, load_dataset
from govreport.query.engine import ask, open_engine, shut
from govreport.query.layout import is_dataset

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Dataset", "Summary", "Table", "is_dataset", "load_dataset", "query_frames"]


def query_frames(frames: Frames, query: str, *, files: bool = False) -> pd.DataFrame:
    """The answer of DuckDB to one SELECT; the frames are tables under their names, categories are text.

    Args:
        frames: the frames.
        query: the SELECT.
        files: let the query read and write files of this machine too.

    Returns:
        A DataFrame with nullable types.

    Raises:
        UsageError: the query is wrong, with DuckDB's reason and the tables there are; or DuckDB is not installed.
    """
    engine = open_engine()
    try:
        for name, frame in frames.items():
            engine.register(f"frame_{name}", pa.Table.from_pandas(frame, preserve_index=False))
            columns = (f'CAST("{c}" AS VARCHAR) AS "{c}"' if dtype == "category" else f'"{c}"'
                       for c, dtype in dtypes(name).items())  # fmt: skip
            engine.execute(f"CREATE VIEW {name} AS SELECT {', '.join(columns)} FROM frame_{name}")
        if not files:
            shut(engine)
        return ask(engine, query, frames.names(), files=files)
    finally:
        engine.close()
