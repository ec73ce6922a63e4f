"""Copies that are not quite the page: traditional characters of gateways, and the noise of spam mirrors.

Official gateways (/gate/big5/) swap words as well as characters: 信息 becomes 資訊. Such a page is read in simplified
characters. A page with the marks of a spam mirror is read as it stands and reported: its figures are not to be trusted.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import islice

from govreport.errors import FormError
from govreport.forms import read_csv
from govreport.model import Block, Document, Finding, Grid, Paragraph, texts_of

# Characters of everyday reports that the simplified script does not have.
_TRADITIONAL = re.compile("[機關開務國請實際總處組織會門辦訴審結維]")
_HAN = re.compile("[一-鿿]")
_SHARE = 0.05  # of Chinese characters; in traditional reports a sixth are of these
_BETWEEN = "\x1e"
_SAMPLE_BLOCKS, _SAMPLE_CELLS = 12, 12


def clean(document: Document) -> tuple[Document, list[Finding]]:
    """The document as the parser reads it, with a finding for each thing that makes it a doubtful copy."""
    findings = _spam(document)
    if any(f.found == "pinyin" for f in findings):
        pinyin = next(pattern for mark, pattern, _, _ in _marks() if mark == "pinyin")
        document = _changed(document, [pinyin.sub("", text) for text in _texts(document)])
    if not _is_traditional(document):
        return document, findings
    from opencc import OpenCC

    simplified = OpenCC("tw2sp").convert(_BETWEEN.join(_texts(document))).split(_BETWEEN)
    note = (
        "The page is a copy in traditional characters. It was read in simplified ones, with the words of the mainland "
        "(資訊 as 信息); names and quotes are given in them."
    )
    findings.append(Finding("traditional_characters", "info", (), "simplified characters", "traditional ones", note))
    return _changed(document, simplified), findings


def _is_traditional(document: Document) -> bool:
    """Judged by the title and the beginnings of paragraphs and tables; other pages lose no time here."""
    sample = [document.meta.get("title", "")]
    for block in islice(document.blocks, _SAMPLE_BLOCKS):
        if isinstance(block, Paragraph):
            sample.append(block.text[:400])
        else:
            sample += [cell.text for cell in block.cells[:_SAMPLE_CELLS]]
    text = "".join(sample)
    if not _TRADITIONAL.search(text):
        return False
    return len(_TRADITIONAL.findall(text)) > _SHARE * len(_HAN.findall(text))


def _texts(document: Document) -> list[str]:
    """Every text of the document in order: metadata, then paragraphs and cells."""
    texts = [_safe(text) for text in document.meta.values()]
    for block in document.blocks:
        texts += map(_safe, texts_of(block))
    return texts


def _safe(text: str) -> str:
    return text.replace(_BETWEEN, " ")


def _changed(document: Document, texts: list[str]) -> Document:
    left = iter(texts)
    meta = {name: next(left) for name in document.meta}
    blocks: list[Block] = []
    for block in document.blocks:
        if isinstance(block, Paragraph):
            blocks.append(block._replace(text=next(left)))
        else:
            blocks.append(Grid(tuple(c._replace(text=next(left)) for c in block.cells), *block[1:]))
    return replace(document, meta=meta, blocks=tuple(blocks))


@cache
def _marks() -> tuple[tuple[str, re.Pattern[str], int, str], ...]:
    made = []
    for line in read_csv("spam"):
        try:
            pattern = re.compile(line["pattern"], re.IGNORECASE)
        except re.error as error:
            raise FormError(f"forms/spam.csv: {line['mark']} has a pattern that does not work: {error}") from error
        made.append((line["mark"], pattern, int(line["least"]), line["meaning_en"]))
    return tuple(made)


def _spam(document: Document) -> list[Finding]:
    text = "\n".join(block.text for block in document.blocks if isinstance(block, Paragraph))
    findings = []
    for mark, pattern, least, meaning in _marks():
        if pattern.search(text) is None:
            continue
        met = sum(1 for _ in islice(pattern.finditer(text), least))
        if met >= least:
            message = (
                f"The page shows {meaning}, as mirrors made for advertising do. Its figures may have been changed: "
                "look for the page of the agency itself."
            )
            findings.append(Finding("spam_mirror", "error", (), "the agency's own page", mark, message))
    return findings
