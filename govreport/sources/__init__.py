"""Where pages come from in bulk: folders, web archives, JSON lines, Parquet, here or at an fsspec address.

``plan`` makes pieces of work out of sources, ``read_piece`` gives the pages of one, ``looks_like_report`` tells fast
which of them may be annual reports.

>>> import tempfile, pathlib
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> _ = (folder / "a.jsonl").write_text('{"url": "http://a.gov.cn/1", "text": "通知"}')
>>> [piece] = plan(folder)
>>> [(record.name, record.page.content.decode()) for record in read_piece(piece)]
[('a.jsonl#http://a.gov.cn/1', '通知')]
"""

from __future__ import annotations

from govreport.sources.filter import looks_like_report
from govreport.sources.planning import plan
from govreport.sources.reading import candidates, read_piece
from govreport.sources.work import Piece, Record

__all__ = ["Piece", "Record", "candidates", "looks_like_report", "plan", "read_piece"]
