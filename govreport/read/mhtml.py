"""Single-file web archives (MHTML, as browsers save them): the page inside, with the address it came from."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage, Message

from govreport.errors import ReadError
from govreport.model import Document, Origin
from govreport.read.html import read_html
from govreport.read.sniff import MAX_BYTES, decode

_MOST_PARTS = 2_000


def read(content: bytes, *, kind: str, sha256: str, origin: Origin) -> Document:
    """The page of an MHTML file as a ``Document``. Frames of the page are read behind it when it has no text itself.

    Raises:
        ReadError: no page is inside, or the file is damaged or too large.
    """
    if len(content) > 4 * MAX_BYTES:
        raise ReadError(
            f"a web archive (MHTML) of at most {4 * MAX_BYTES:,} bytes was expected, found {len(content):,}"
        )
    message = email.message_from_bytes(content, EmailMessage, policy=email.policy.compat32)
    pages = list(_pages(message))
    if not pages:
        raise ReadError("a page was expected inside the web archive (MHTML); it holds none. Save the page again")
    address, body, content_type = max(pages, key=lambda page: len(page[1]))
    guess = decode(body, content_type)
    made = origin if origin.url else origin._replace(url=address)
    document = read_html(
        guess.text, sha256=sha256, encoding=guess.encoding, encoding_from=guess.encoding_from, origin=made
    )
    return replace(document, kind=kind)


def _pages(message: Message) -> Iterator[tuple[str, bytes, str]]:
    """Address, bytes and type of each page in the archive."""
    for number, part in enumerate(message.walk()):
        if number > _MOST_PARTS:
            return
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            body = part.get_payload(decode=True)
            if isinstance(body, bytes) and body.strip():
                address = str(part.get("Content-Location", "")).strip()
                yield (address if address.startswith("http") else "", body, str(part.get("Content-Type", "")))
