"""The same report under several addresses: which copies there are, which one is kept, and keys that are unique.

Keys in parts are unique within their piece only. ``moved`` holds what differs for the whole: the key that a report has
in the dataset, and whether it is kept. Copies are listed and hidden, never deleted.

A page that only links to its report as a file is a copy of that file. An address that gave the same bytes as another,
of which a web archive keeps no second copy, is listed under the key of the report that has these bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from govreport.forms import read_csv
from govreport.query.columns import COPIES, HIDDEN, REVISIT_COLUMNS, nothing, selection
from govreport.query.engine import listed, quoted
from govreport.query.layout import PIECE_DIGITS, REVISITS, Snapshot

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TELLING = 20
"""So many figures that are not zero do not agree by chance; the same number as in ``run_checks``."""
HOST_KINDS = ("official", "unknown", "mirror")
"""Best first; ``forms/hosts.csv`` says which host is what."""

PIECE_OF = f"left(parse_filename(filename), {PIECE_DIGITS})"
NOTHING_MOVED = "SELECT '' AS piece, '' AS local, '' AS report_id, true AS kept WHERE false"
_HOST = r"^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)"

_COLUMNS = (
    "piece", "local", "agency", "agency_kind", "province", "city", "county", "adcode", "year", "edition", "url",
    "source", "sha256", "retrieved", "n_given", "n_findings", "_tables", "_requests", "_n_tables", "_n_requests",
)  # fmt: skip
# The position orders reports by piece and record. It is computed, for a window that numbers all rows holds them all.
_MET = """
CREATE TABLE met AS
SELECT {columns}, turn::BIGINT * 4294967296 + _n AS position,
    nullif(lower(regexp_extract(coalesce(url, source), {host}, 1)), '') AS host,
    concat_ws('/', province, coalesce(city, ''), coalesce(county, ''), coalesce(adcode, '')) AS own_place
FROM raw_reports
"""
# Reports are the same by content when body, place, year and figures agree. A copy that does not say where the body is
# joins the one place that has the same telling figures; without telling figures the place must be known.
_JUDGED = """
CREATE TABLE judged AS
SELECT *, CASE WHEN agency IS NULL OR year IS NULL OR n_given = 0 OR place IS NULL THEN sha256
               ELSE concat_ws('|', agency, place, year, coalesce(edition, ''), _tables) END AS content,
    CASE {kinds} ELSE 'unknown' END AS host_kind
FROM (
    SELECT *, CASE WHEN province IS NOT NULL THEN own_place
                   WHEN _n_tables < {telling} THEN NULL
                   WHEN min(known) OVER same = max(known) OVER same THEN min(known) OVER same
                   ELSE '' END AS place
    FROM (SELECT *, CASE WHEN province IS NOT NULL THEN own_place END AS known FROM met)
    WINDOW same AS (PARTITION BY agency, year, edition, _tables))
"""
# A page without figures whose report is attached joins the file it names, else the figures that its host has of the
# same body and year, if there is only one such report.
_COVERS = """
CREATE TABLE covers AS
WITH told AS (
    SELECT j.*, url_decode(f.found) AS file
    FROM judged j JOIN (
        SELECT {piece} AS piece, report_id AS local, found FROM {findings} WHERE rule = 'attachment_only') f
    USING (piece, local) WHERE j.n_given = 0),
figures AS (SELECT * FROM judged WHERE n_given > 0),
named AS (
    SELECT c.position, min(f.content) AS content
    FROM told c JOIN figures f ON url_decode(f.url) = c.file AND coalesce(f.year = c.year, true) GROUP BY c.position),
meant AS (
    SELECT c.position, min(f.content) AS content
    FROM told c JOIN figures f ON f.agency = c.agency AND f.year = c.year AND f.host = c.host
        AND (c.province IS NULL OR f.province IS NULL OR c.own_place = f.own_place)
    GROUP BY c.position HAVING count(DISTINCT f.content) = 1)
SELECT * FROM named UNION ALL SELECT * FROM meant WHERE position NOT IN (SELECT position FROM named)
"""
_ATTACHED = "UPDATE judged SET content = covers.content FROM covers WHERE judged.position = covers.position"
# The same bytes and the same content each make groups; these grow together until nothing changes.
_GROUPS = "CREATE TABLE groups AS SELECT position, sha256, content, position AS first, 0 AS before FROM judged"
_WIDER = """
CREATE OR REPLACE TABLE groups AS
SELECT position, sha256, content, min(by_content) OVER (PARTITION BY sha256) AS first, first AS before
FROM (SELECT *, min(first) OVER (PARTITION BY content) AS by_content FROM groups)
"""
# The windows see few columns, for they hold their rows in memory; the others are joined to what came out.
_RANKED = """
CREATE TABLE ranked AS
WITH narrow AS (
    SELECT position, first, local[:16] AS key, n_given, n_findings, list_position({ranks}, host_kind) AS host_rank
    FROM judged JOIN groups USING (position)),
chosen AS (
    SELECT position, host_rank, first_value(position) OVER best AS kept_position, row_number() OVER same_key AS number
    FROM narrow WINDOW best AS (PARTITION BY first ORDER BY n_given = 0, host_rank, n_given DESC, n_findings, position),
        same_key AS (PARTITION BY key ORDER BY position))
SELECT judged.*, host_rank, kept_position,
    local[:16] || CASE WHEN number = 1 THEN '' ELSE '-' || number END AS report_id
FROM judged JOIN chosen USING (position)
"""
_MOVED = """
CREATE TABLE moved AS
SELECT piece, local, report_id, position = kept_position AS kept FROM ranked
WHERE report_id <> local OR position <> kept_position ORDER BY position
"""
_COPIES = """
CREATE TABLE copies AS
SELECT {columns} FROM (
    SELECT c.report_id, k.report_id AS kept_id, c.source, c.url, c.host, c.host_kind, c.position,
        CASE WHEN c.sha256 = k.sha256 THEN 'bytes' WHEN c.n_given = 0 THEN 'attached' ELSE 'content' END AS same,
        CASE WHEN c.n_given = 0 AND k.n_given > 0 THEN 'has_figures'
             WHEN c.host_rank <> k.host_rank THEN k.host_kind || '_host'
             WHEN c.n_given <> k.n_given THEN 'more_cells'
             WHEN c.n_findings <> k.n_findings THEN 'fewer_findings' ELSE 'met_first' END AS why_kept
    FROM ranked c JOIN ranked k ON k.position = c.kept_position WHERE c.position <> c.kept_position
    UNION ALL
    SELECT * FROM (
        SELECT DISTINCT ON (v.url, v.of_url, v.retrieved) c.report_id, k.report_id, v.source, v.url, v.host,
            v.host_kind, c.position, 'bytes', 'stored_once'
        FROM revisits v JOIN ranked c ON c.url = v.of_url AND v.of_retrieved IN ('', c.retrieved)
            JOIN ranked k ON k.position = c.kept_position ORDER BY c.position))
ORDER BY position, url
"""


def find_copies(engine: DuckDBPyConnection, dataset: Snapshot) -> None:
    """Make the tables ``moved`` and ``copies`` of a dataset, and ``ranked`` with every report and its position.

    The kept copy has figures if any has; among these it stands on the best kind of host, then it has most cells with
    a number, then fewest findings, then it was met first.
    """
    _raw_reports(engine, dataset)
    _revisits(engine, dataset)
    engine.execute(_MET.format(columns=", ".join(_COLUMNS), host=quoted(_HOST)))
    engine.execute(_JUDGED.format(kinds=_kinds(), telling=TELLING))
    if paths := dataset.paths("findings"):
        engine.execute(_COVERS.format(piece=PIECE_OF, findings=read_parts(paths)))
        engine.execute(_ATTACHED)
        engine.execute("DROP TABLE covers")
    engine.execute(_GROUPS)
    engine.execute(_WIDER)
    while engine.execute("SELECT count(*) FROM groups WHERE first <> before").fetchall() != [(0,)]:
        engine.execute(_WIDER)
    engine.execute(_RANKED.format(ranks=listed(HOST_KINDS)))
    engine.execute(_MOVED)
    engine.execute(_COPIES.format(columns=", ".join(COPIES)))
    for table in ("met", "judged", "groups", "revisits"):
        engine.execute(f"DROP TABLE {table}")


def _raw_reports(engine: DuckDBPyConnection, dataset: Snapshot) -> None:
    """Reports as their parts have them, with piece and its place in the order of the dataset."""
    pieces = [manifest.piece for manifest in dataset.manifests]
    engine.execute("CREATE TABLE pieces AS SELECT unnest(?) AS piece, unnest(range(?)) AS turn", [pieces, len(pieces)])
    hidden = ", ".join(HIDDEN["reports"])
    engine.execute(f"""
        CREATE VIEW raw_reports AS SELECT r.*, turn FROM (
            SELECT {PIECE_OF} AS piece, report_id AS local, {selection("reports")}, {hidden}
            FROM {read_parts(dataset.paths("reports"))}) r JOIN pieces USING (piece)""")


def _revisits(engine: DuckDBPyConnection, dataset: Snapshot) -> None:
    """Addresses that gave what another had given, with their hosts."""
    paths = dataset.paths(REVISITS)
    rows = f"SELECT {', '.join(REVISIT_COLUMNS)} FROM {read_parts(paths)}" if paths else nothing(REVISITS)
    host = f"nullif(lower(regexp_extract(url, {quoted(_HOST)}, 1)), '') AS host"
    engine.execute(f"""
        CREATE TABLE revisits AS SELECT *, CASE {_kinds()} ELSE 'unknown' END AS host_kind
        FROM (SELECT *, {host} FROM ({rows}))""")


def read_parts(paths: list[str]) -> str:
    """Part files as a table in SQL, with the name of the file and the year of its folder; at least one."""
    types = "hive_partitioning = true, hive_types = {'year': VARCHAR}"
    return f"read_parquet({listed(paths)}, filename = true, {types})"


def _kinds() -> str:
    fields = {"url": "lower(coalesce(url, source))", "host": "coalesce(host, '')"}
    return " ".join(
        f"WHEN regexp_matches({fields[line['field']]}, {quoted(line['pattern'])}) THEN {quoted(line['kind'])}"
        for line in read_csv("hosts")
    )
