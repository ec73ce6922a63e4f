"""Where pages come from in bulk: folders, web archives, JSON lines, Parquet, here or at an fsspec address.

``plan`` makes pieces of work out of sources, ``read_piece`` gives the pages and files of one, ``looks_like_report``
tells fast which of them may be annual reports; of files whose words it cannot see, ``shows_report`` tells it when they
were read.

>>> import tempfile, pathlib
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> _ = (folder / "a.jsonl").write_text('{"url": "http://a.gov.cn/1", "text": "通知"}')
>>> [piece] = plan(folder)
>>> [(record.name, record.page.content.decode()) for record in read_piece(piece)]
[('a.jsonl#http://a.gov.cn/1', '通知')]
"""

from __future__ import annotations

from govreport.sources.filter import NOT_BY_ITS_WORDS, is_unseen, looks_like_report, shows_report, tells_of_report
from govreport.sources.planning import plan
from govreport.sources.reading import candidates, read_piece, why_not_tried
from govreport.sources.work import Piece, Record, damaged_copy

__all__ = [
    "NOT_BY_ITS_WORDS",
    "Piece",
    "Record",
    "candidates",
    "damaged_copy",
    "is_unseen",
    "looks_like_report",
    "plan",
    "read_piece",
    "shows_report",
    "tells_of_report",
    "why_not_tried",
]
