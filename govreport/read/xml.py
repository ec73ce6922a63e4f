"""XML inside office files, read so that it can neither fetch anything nor grow."""

from __future__ import annotations

from typing import Any

from govreport.errors import ReadError

Element = Any
"""An element of lxml, which is loaded late and has no types of its own."""


def parse_xml(xml: bytes, name: str, kinds: str, kind: str) -> Element:
    """The root of a file inside an office file. Entities and doctypes have no place there.

    Args:
        xml: the bytes.
        name: the file's name, for messages.
        kinds: what such office files are called, for messages.
        kind: the same of one of them.

    Raises:
        ReadError: lxml is missing, the file declares entities, or it is no valid XML.
    """
    try:
        from lxml import etree
    except ImportError as error:
        raise ReadError(f"{kinds} need lxml; pip install 'govreport[office]'") from error
    if b"<!DOCTYPE" in xml[:2000] or b"<!ENTITY" in xml:
        raise ReadError(f"{name} declares entities, which no {kind} does; it was not read")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise ReadError(f"{name} is no valid XML ({error.msg}); the file is damaged, copy it again") from error
