"""A dataset on disk as lazy Frames: selected, asked in SQL, gone through in chunks, or loaded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from govreport.errors import ReadError, UsageError
from govreport.forms import read_csv
from govreport.frames import Frames
from govreport.model import escape
from govreport.query.chunks import Across, read_frames
from govreport.query.columns import dtypes, to_declared, to_pandas
from govreport.query.copies import find_copies
from govreport.query.engine import ask, closing, open_engine, shut
from govreport.query.layout import TABLES, Manifest, Snapshot, snapshot
from govreport.query.views import Wanted, make_views, years_of
from govreport.schema import AGENCY_KINDS, as_declared

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_compute = cast(Any, pc)  # pyarrow makes these functions when it is imported: type checkers do not see them
NAMES = (*TABLES, "copies")
"""Tables that can be asked for by name."""
_ROOM = 2.5
"""Bytes that loading takes for each byte of the parts' rows: Arrow's tables and pandas' frames side by side."""


class Summary(NamedTuple):
    """What a dataset holds, counted: ``records`` = ``reports`` + ``failures`` + all ``passed``.

    ``copies`` of the reports are hidden by default; None where a run was broken off before it looked for them.
    ``passed`` counts by reason; reasons with an install line are tried again by the first run after the installation.
    ``set_apart`` names the pieces that could not be worked, with the reason; each counts as one failure.
    """

    pieces: int
    records: int
    reports: int
    failures: int
    passed: dict[str, int]
    copies: int | None
    set_apart: dict[str, str]


class Table:
    """One table of a dataset, read when it is asked for. Made by ``Dataset``; its columns are those of the frame."""

    def __init__(self, dataset: Dataset, name: str) -> None:
        self._dataset, self.name = dataset, name

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(dtypes(self.name))

    def head(self, rows: int = 5) -> pd.DataFrame:
        """Some rows, the same ones whenever they are asked for.

        Raises:
            UsageError: DuckDB is not installed.
            ReadError: the dataset is damaged.
        """
        return self._fetch(f"SELECT * FROM {self.name} LIMIT {int(rows)}", threads=1)

    def load(self) -> pd.DataFrame:
        """The whole table with its declared types, in no particular order.

        Raises:
            UsageError: it would need far more memory than there is, or DuckDB is not installed.
            ReadError: the dataset is damaged.
        """
        self._dataset.refuse_large((self.name,))
        return self._fetch(f"SELECT * FROM {self.name}")

    def _fetch(self, query: str, threads: int = 0) -> pd.DataFrame:
        with closing(self._dataset.engine(threads).cursor()) as engine:
            return to_declared(self.name, engine.sql(query).to_arrow_table())

    def __len__(self) -> int:
        with closing(self._dataset.engine().cursor()) as engine:
            return int(engine.execute(f"SELECT count(*) FROM {self.name}").fetchall()[0][0])

    def __repr__(self) -> str:
        return f"<Table {self.name} of {self._dataset.folder}: {len(self.columns)} columns; head(), load()>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self.head().to_html(index=False, max_cols=20)}"


class Dataset:
    """Lazy Frames: what ``collect_reports`` wrote in a folder, as it was when the Dataset was made.

    Copies of a report under other addresses are hidden; the table ``copies`` lists them, ``with_copies`` shows them.
    Findings across reports are those of ``run_checks`` on what is shown, whatever is selected from it.

    >>> panel = Dataset("panel/")  # doctest: +SKIP
    >>> panel.sql("select year, sum(count) from applications join reports using (report_id) group by all")
    ... # doctest: +SKIP
    >>> panel.select(year=2023, province="江苏省").load().applications  # doctest: +SKIP

    Attributes:
        reports, disclosure, applications, litigation, sections, statements, findings, failures: the tables.
        wide: one row a report, one column a cell, as ``Frames.wide("all")``.
        copies: one row a copy that is hidden: ``report_id``, ``kept_id``, ``source``, ``url``, ``host``, ``host_kind``
            (official, mirror, unknown), ``same`` (bytes, content, or attached: a page that only links to the report),
            ``why_kept`` (has_figures, official_host, unknown_host, more_cells, fewer_findings, met_first). An address
            of which the web archive says only that it gave the bytes of another (a revisit) has the ``report_id`` of
            that other, and stored_once as reason.

    Raises:
        UsageError: there is no dataset in the folder.
        ReadError: one of its files is damaged.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._start(snapshot(folder), Wanted())

    def _start(self, dataset: Snapshot, wanted: Wanted) -> None:
        self._snapshot, self._wanted = dataset, wanted
        self._engines: dict[int, DuckDBPyConnection] = {}

    def _like(self, wanted: Wanted) -> Dataset:
        other = object.__new__(Dataset)
        other._start(self._snapshot, wanted)
        return other

    @property
    def folder(self) -> str:
        """Where it is."""
        return str(self._snapshot.folder)

    @property
    def settled(self) -> bool:
        """False after a run that was broken off: findings across reports are missing until it is run again."""
        return self._snapshot.settled

    def __getattr__(self, name: str) -> Table:
        if name in NAMES:
            return Table(self, name)
        raise AttributeError(f"a Dataset has no attribute {name!r}; its tables are {', '.join(NAMES)}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *NAMES})

    def with_copies(self) -> Dataset:
        """The same dataset with the copies shown. Raises nothing."""
        return self._like(self._wanted._replace(copies=True))

    def select(
        self,
        *,
        year: int | Iterable[int] | None = None,
        province: str | Iterable[str] | None = None,
        kind: str | Iterable[str] | None = None,
        agency: str | Iterable[str] | None = None,
    ) -> Dataset:
        """Only the reports that meet all conditions, those set before too; nothing is read. ``failures`` stay.

        Args:
            year: year reported on, or several.
            province: name of the province level, or several.
            kind: kind of agency, or several.
            agency: full name of the agency, or several.

        Raises:
            UsageError: an unknown kind of agency.
        """
        given = {"year": year, "province": province, "agency_kind": kind, "agency": agency}
        new = tuple(
            (column, (wanted,) if isinstance(wanted, str | int) else tuple(wanted))
            for column, wanted in given.items()
            if wanted is not None
        )
        for column, values in new:
            if column == "agency_kind" and (unknown := sorted(map(str, set(values) - set(AGENCY_KINDS)))):
                raise UsageError(
                    f"no agency_kind is {', '.join(map(repr, unknown))}; there are {', '.join(AGENCY_KINDS)}"
                )
        return self._like(self._wanted._replace(conditions=(*self._wanted.conditions, *new)))

    def sql(self, query: str, *, files: bool = False) -> pd.DataFrame:
        """The answer of DuckDB to one SELECT over the tables; see ``Frames.sql``.

        Args:
            query: the SELECT. Names of cells in ``wide`` have dots and need quotes: ``"applications.received.total"``.
            files: let the query read and write files of this machine too; for queries that you wrote yourself.

        Raises:
            UsageError: the query is wrong, with DuckDB's reason and the tables and columns there are.
            ReadError: the dataset is damaged.
        """
        if files:
            with closing(self._new_engine()) as engine:
                return ask(engine, query, NAMES, files=True)
        cursor = self.engine().cursor()
        try:
            return ask(cursor, query, NAMES)
        finally:
            cursor.close()

    def engine(self, threads: int = 0) -> DuckDBPyConnection:
        """The database behind ``sql``, with the views set up and shut off from files outside of the folder.

        Args:
            threads: how many, 0 for all cores. Several leave rows that are joined in the order in which they end; one
                gives them in the same order each time.

        Raises:
            UsageError: DuckDB is not installed.
        """
        if threads not in self._engines:
            made = self._new_engine(threads)
            shut(made, self._snapshot.folder.resolve())
            self._engines[threads] = made
        return self._engines[threads]

    def _new_engine(self, threads: int = 0) -> DuckDBPyConnection:
        resolved = self._snapshot._replace(folder=self._snapshot.folder.resolve())
        engine = open_engine(threads=threads)
        make_views(engine, resolved, self._wanted)
        return engine

    def load(self) -> Frames:
        """All that is selected as Frames, with the types and findings that ``open_reports`` gives.

        Raises:
            UsageError: it would need far more memory than there is; select less, ask in SQL, or take it
                in chunks.
            ReadError: the dataset is damaged.
        """
        self.refuse_large(Frames.names())
        return self._frames(self._snapshot.manifests)

    def chunks(self, reports: int = 5000) -> Iterator[Frames]:
        """All that is selected, piece by piece, in Frames of about so many reports; memory stays constant.

        Raises:
            UsageError: not at least one report a chunk.
            ReadError: the dataset is damaged.
        """
        if reports < 1:
            raise UsageError(f"a chunk has at least 1 report, found {reports}")
        waiting: list[Manifest] = []
        for manifest in self._snapshot.manifests:
            waiting.append(manifest)
            if sum(m.reports for m in waiting) >= reports:
                yield self._frames(waiting)
                waiting = []
        if waiting:
            yield self._frames(waiting)

    def __iter__(self) -> Iterator[Frames]:
        return self.chunks()

    def __len__(self) -> int:
        return len(self.reports)

    def _frames(self, manifests: Iterable[Manifest]) -> Frames:
        try:
            return read_frames(self._snapshot, list(manifests), self._across, self._wanted)
        except (OSError, pa.ArrowException) as error:
            raise ReadError(f"a part of {self.folder} cannot be read: {error}; delete it and collect again") from error

    @cached_property
    def _across(self) -> Across:
        moved = self._moved()
        pieces = moved["piece"].unique().to_pylist()
        by_piece = {piece: moved.filter(_compute.equal(moved["piece"], piece)) for piece in pieces}
        path = self._snapshot.across("findings_all" if self._wanted.copies else "findings_kept")
        findings = as_declared("findings", {column: [] for column in dtypes("findings")})
        return Across(by_piece, findings if path is None else as_declared("findings", to_pandas(pq.read_table(path))))

    def _moved(self) -> pa.Table:
        if self.settled or not self._snapshot.paths("reports"):
            path = self._snapshot.across("moved")
            return pa.table({"piece": pa.array([], pa.string())}) if path is None else pq.read_table(path)
        with closing(open_engine()) as engine:
            find_copies(engine, self._snapshot)
            return engine.sql("SELECT * FROM moved").to_arrow_table()

    def refuse_large(self, tables: Iterable[str]) -> None:
        """Stop before memory runs out.

        Raises:
            UsageError: what is selected needs more memory than the machine has free.
        """
        parts = [part for table in tables for part in self._snapshot.parts(table, self._wanted.years)]
        needed, free = sum(part.memory for part in parts) * _ROOM, _free_memory()
        if free and needed > free and (needed := needed * self._share()) > free:
            raise UsageError(
                f"loading this needs about {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free; select years or "
                "provinces first, ask with sql(), or go through it in chunks()"
            )

    def _share(self) -> float:
        """Share of the reports that is selected, copies left out."""
        if not any(column != "year" for column, _ in self._wanted.conditions):
            return 1.0
        rows = sum(part.rows for part in self._snapshot.parts("reports", self._wanted.years))
        return len(self) / max(rows, 1)

    def summary(self) -> Summary:
        """What the whole dataset holds, whatever is selected. Raises nothing."""
        made = self._snapshot.manifests
        return Summary(
            pieces=len(made),
            records=sum(m.records for m in made),
            reports=sum(m.reports for m in made),
            failures=sum(m.failures for m in made),
            passed=self._snapshot.passed(),
            copies=self._snapshot.state["copies"] if self.settled else None,
            set_apart={m.source: m.trouble for m in made if m.trouble},
        )

    def __repr__(self) -> str:
        return f"<Dataset {self.folder}: {'; '.join(self._told())}>"

    def _told(self) -> list[str]:
        count = self.summary()
        told = [f"{count.reports} reports", f"years {', '.join(years_of(self._snapshot)) or 'none'}"]
        if count.copies:
            told.append(f"{count.copies} of them copies, {'shown' if self._wanted.copies else 'hidden'}")
        told.append(f"{count.failures} records not read, {sum(count.passed.values())} passed over")
        needs = {need["reason"] for need in read_csv("source_needs")}
        told += [f"{n} of these {reason}" for reason, n in count.passed.items() if reason in needs]
        told += [f"only {column} {', '.join(map(str, v[:6]))}" for column, v in self._wanted.conditions]
        if not self.settled:
            told.append("a run was broken off: collect again for the rest and for findings across reports")
        return told

    def _repr_html_(self) -> str:
        """Counts and tables; all text of pages escaped."""
        rows = "".join(f"<li>{escape(line)}</li>" for line in self._told())
        counts = ((t, sum(p.rows for p in self._snapshot.parts(t, self._wanted.years))) for t in TABLES)
        cells = "".join(f"<tr><td>{name}</td><td style='text-align:right'>{rows:,}</td></tr>" for name, rows in counts)
        head = f"<p><b>Dataset</b> {escape(self.folder)}</p><ul>{rows}</ul>"
        return f"{head}<table><tr><th>table</th><th>rows stored</th></tr>{cells}</table>"


def _free_memory() -> float:
    """Bytes that can be had without swapping; 0 where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123
            lines = dict(line.split(":", 1) for line in file)
        return float(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return 0.0


def load_dataset(path: str | os.PathLike[str]) -> Frames:
    """A whole dataset as Frames, copies left out.

    Raises:
        UsageError: there is no dataset, or it needs far more memory than there is.
        ReadError: one of its files is damaged.
    """
    return Dataset(path).load()
