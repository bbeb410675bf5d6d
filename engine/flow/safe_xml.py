"""XML read without trust: no entities, no document type, no inclusions, nothing fetched, bounded size and depth."""

from __future__ import annotations

import re

from lxml import etree

from engine.flow.findings import Text
from engine.flow.refusals import TABLES

MAX_BYTES = 4_000_000
_SOURCE_NAME = re.compile(r" \(<string>, line \d+\)")
_INCLUSION = "{http://www.w3.org/2001/XInclude}"


class XmlRefused(Exception):
    """A file that is not read; `rule`, `message` and `remedy` say why. Never leaves `engine.flow`."""

    def __init__(self, rule: str, **params: object) -> None:
        message, remedy = TABLES[rule]
        self.rule = rule
        self.message: Text = message.format(**params)
        self.remedy: Text = remedy.format(**params)
        super().__init__(self.message.en)


def read_xml(source: bytes) -> etree._Element:
    """The root element of a file in any encoding that it declares; raises XmlRefused and nothing else."""
    if len(source) > MAX_BYTES:
        raise XmlRefused("xml-too-large", limit=MAX_BYTES)
    root = _parsed(source)
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlRefused("xml-doctype")
    for element in root.iter(etree.Entity, f"{_INCLUSION}*"):
        if isinstance(element, etree._Entity):
            raise XmlRefused("xml-doctype")
        raise XmlRefused("xml-inclusion", name="xi:" + str(element.tag).removeprefix(_INCLUSION))
    return root


def _parsed(source: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
    )
    try:
        return etree.fromstring(source, parser)
    except (etree.LxmlError, ValueError, LookupError, MemoryError) as error:
        if b"<!DOCTYPE" in source or b"<!ENTITY" in source:
            raise XmlRefused("xml-doctype") from error
        raise XmlRefused("xml-unreadable", what=_plain(error)) from error


def _plain(error: Exception) -> str:
    """What the parser says, without the name it gives to what it was handed."""
    return _SOURCE_NAME.sub("", str(error))[:200] or type(error).__name__
