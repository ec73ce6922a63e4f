"""A page and the files that belong to it as one document: attached reports, tables that stand as pictures.

What a file holds follows behind the page's own text, in the order given; grids are counted on, so that a place names
one table only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from govreport.model import Block, Document, Grid


def join_documents(page: Document, files: Iterable[tuple[str, Document]]) -> Document:
    """The page with what its files hold.

    Args:
        page: the page that shows the pictures or links to the files.
        files: name and document of each, in the order of the page.

    Returns:
        A document that goes by the page's digest and origin; ``reader``, ``engine`` and ``kind`` name all that took
        part, joined by "+"; a note for each file.
    """
    blocks: list[Block] = list(page.blocks)
    confidence = dict(page.confidence)
    notes = list(page.notes)
    parts = [page]
    count = sum(isinstance(block, Grid) for block in blocks)
    for name, document in files:
        for block in document.blocks:
            blocks.append(block._replace(number=block.number + count) if isinstance(block, Grid) else block)
        confidence |= {(grid + count, *where): sure for (grid, *where), sure in document.confidence.items()}  # type: ignore[misc]
        notes += [f"{name} was read with the page", *(f"{name}: {note}" for note in document.notes)]
        count += len(document.grids)
        parts.append(document)
    return replace(
        page,
        blocks=tuple(blocks),
        confidence=confidence,
        notes=tuple(notes),
        images=0 if len(parts) > 1 else page.images,
        attachments=() if len(parts) > 1 else page.attachments,
        reader=_joined(part.reader for part in parts),
        engine=_joined(part.engine for part in parts),
        kind=_joined(part.kind for part in parts),
    )


def _joined(names: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(filter(None, names)))
