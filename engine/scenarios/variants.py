"""Trying a table with other outcomes: `rules` of a scenario put other cells into rows, without another file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from engine.flow.safe_xml import XmlRefused, read_xml
from engine.scenarios.yaml_parts import Part, refuse, unknown

Rules = Mapping[str, Mapping[str, Part]]


def changed(files: Mapping[str, bytes], rules: Rules) -> dict[str, bytes]:
    """The files of a release with other output cells in the rules named; raises ScenarioUnreadable."""
    found = dict(files)
    wanted = dict(rules)
    known: set[str] = set()
    for name in [each for each in files if each.endswith(".dmn")]:
        try:
            root = read_xml(files[name])
        except XmlRefused:
            continue  # the check has said so already
        here = {node.get("id", ""): node for node in root.iter("{*}rule")}
        known |= here.keys()
        for id_ in here.keys() & wanted.keys():
            _change(here[id_], wanted.pop(id_))
            found[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    for id_, cells in wanted.items():
        raise unknown(next((each.line for each in cells.values()), None), "rule", "规则", id_, known)
    return found


def _change(rule: Any, cells: Mapping[str, Part]) -> None:
    names = [str(node.get("name")) for node in rule.getparent().iterfind("{*}output")]
    entries = dict(zip(names, rule.iterfind("{*}outputEntry"), strict=False))
    for name, part in cells.items():
        if name not in entries:
            raise unknown(part.line, "output", "输出", name, names)
        text = entries[name].find("{*}text")
        if text is None:
            raise refuse(part.line, f"The cell {name} cannot be read.", f"单元格 {name} 无法读取。", "", "")
        text.text = part.word()
