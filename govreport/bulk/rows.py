"""Reports as rows of the stored tables: frames, the wide panel, and what tells equal figures."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from govreport.frames import Failure, Frames, to_frames
from govreport.model import Report
from govreport.query.columns import stored
from govreport.query.layout import PART_DIGITS, REVISITS, TABLES, UNKNOWN
from govreport.schema import REPORT_KEYS
from govreport.sources.work import Record


class Done(NamedTuple):
    """A record that was tried: its number in the piece, the digest of its name and bytes, and what came of it."""

    number: int
    key: str
    outcome: Report | Failure


def record_key(name: str, content: bytes) -> str:
    """Tells a record that was met before under the same name with the same bytes."""
    digest = hashlib.sha256(content)
    digest.update(b"\0" + name.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


def rows_of(done: Sequence[Done], met: Counter[str]) -> Iterator[tuple[str, str, pa.Table]]:
    """Table, year and rows of all that was tried; ``met`` counts the keys of reports in the piece so far."""
    frames = to_frames(d.outcome for d in done)
    read = [d for d in done if isinstance(d.outcome, Report)]
    unread = [d for d in done if not isinstance(d.outcome, Report)]
    tables = {name: frame for name, frame in frames.items() if name != "failures"}
    wide = frames.wide("all")
    tables["reports"] = pd.concat([frames.reports, _hidden(read), _figures(wide)], axis=1)
    tables["wide"] = wide
    years = [UNKNOWN if pd.isna(year) else str(year) for year in frames.reports["year"]]
    yield from _by_year(tables, dict(zip(frames.reports["report_id"], years, strict=True)), _new_keys(frames, met))
    if unread:
        failures = pd.concat([frames.failures, _hidden(unread)], axis=1)
        yield "failures", UNKNOWN, _stored("failures", failures)


def revisits_of(met: Sequence[tuple[int, Record]]) -> tuple[str, str, pa.Table]:
    """Table, year and rows of revisit records, with their numbers in the piece."""
    rows = [{"_n": n, "source": record.name, **record.repeat._asdict()} for n, record in met if record.repeat]
    return REVISITS, UNKNOWN, pa.Table.from_pylist(rows, schema=stored(REVISITS))


def _new_keys(frames: Frames, met: Counter[str]) -> dict[str, str]:
    """Keys of the batch to keys of the piece: the second report with the same bytes gets -2, as in ``to_frames``."""
    new = {}
    for key in frames.reports["report_id"]:
        base = key.partition("-")[0]
        met[base] += 1
        new[key] = base if met[base] == 1 else f"{base}-{met[base]}"
    return new


def _by_year(
    tables: dict[str, pd.DataFrame], years: dict[str, str], new: dict[str, str]
) -> Iterator[tuple[str, str, pa.Table]]:
    keys, names = pa.array(list(new), pa.string()), pa.array(list(new.values()), pa.string())
    when = pa.array([years[key] for key in new], pa.string())
    for name in TABLES:
        if name not in tables:
            continue
        table = _stored(name, tables[name])
        report = pc.index_in(table["report_id"], value_set=keys)
        if not keys.equals(names):
            table = table.set_column(table.schema.get_field_index("report_id"), "report_id", names.take(report))
        year = when.take(report)
        for one in sorted(year.unique().to_pylist()):
            yield name, one, table.filter(pc.equal(year, one))


def _stored(name: str, frame: pd.DataFrame) -> pa.Table:
    """A frame with the types of the stored table; categories become text in Arrow, which is faster than in pandas."""
    schema = stored(name)
    return pa.Table.from_pandas(frame[schema.names], preserve_index=False).replace_schema_metadata().cast(schema)


def _hidden(done: Sequence[Done]) -> pd.DataFrame:
    return pd.DataFrame({"_n": [d.number for d in done], "_key": [d.key for d in done]})


def _figures(wide: pd.DataFrame) -> pd.DataFrame:
    """Digests that are equal where ``run_checks`` finds equal tables, and how many figures are not zero."""
    figures = wide.drop(columns=list(REPORT_KEYS))
    numbers = figures.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    requests = numbers[:, [column.startswith("applications.") for column in figures.columns]]
    made: dict[str, Any] = {}
    for name, part in (("tables", numbers), ("requests", np.ascontiguousarray(requests))):
        made[f"_{name}"] = [hashlib.sha256(line.tobytes()).hexdigest()[: 2 * PART_DIGITS] for line in part]
        made[f"_n_{name}"] = np.nan_to_num(part).astype(bool).sum(axis=1)
    return pd.DataFrame(made)
