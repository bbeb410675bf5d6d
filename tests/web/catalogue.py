"""What the pages say in English, and whether each of it has a Chinese translation.

`python -m tests.web.catalogue` lists what is missing or no longer used, as entries to paste into a file of
`web/translations/zh/`, and compiles what is there.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import engine
import web
import workers
from engine.errors import DunflowError

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "web" / "translations" / "zh"
METHODS = [("frontend/**", "ignore"), ("**.py", "python"), ("templates/**.html", "jinja2")]
SAID = frozenset({"what", "reason", "act", "field", "needed"})  # parameters of errors that are words, not names
KEYWORDS = {"_": None, "_l": None, "_n": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def used() -> set[str]:
    """Every message of templates and code, singulars of plurals, and the sentence of every error people may see."""
    return set(_extracted()) | set(_error_sentences()) | set(_error_words())


def translated() -> dict[str, list[Message]]:
    """English -> its entries over all files; more than one entry is a duplicate."""
    found: dict[str, list[Message]] = {}
    for path in sorted(SOURCES.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh"):
                if message.id:
                    found.setdefault(_singular(message), []).append(message)
    return found


def is_whole(message: Message) -> bool:
    """Whether it is translated, and not marked as a guess."""
    words = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return bool(words) and all(words) and not message.fuzzy


def build_backend() -> ModuleType:
    """The build backend, by its path: it is no part of a package."""
    spec = importlib.util.spec_from_file_location("build_backend", ROOT / "web" / "frontend" / "build_backend.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def errors() -> set[type[DunflowError]]:
    """Every error class of the product."""
    for package in (engine, web, workers):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not any(part in module.name for part in (".__main__", ".migrations", ".frontend")):
                importlib.import_module(module.name)
    return set(_below(DunflowError))


def _below(kind: type[DunflowError]) -> Iterator[type[DunflowError]]:
    for each in kind.__subclasses__():
        if not each.__module__.startswith("tests"):
            yield each
        yield from _below(each)


def _error_sentences() -> Iterator[str]:
    for kind in {DunflowError, *errors()}:
        yield (kind.__doc__ or "").strip().splitlines()[0]
        if remedy := getattr(kind, "remedy", ""):
            yield remedy


def _error_words() -> Iterator[str]:
    """Words written where an error is raised: `NotPermitted(act="open this page", reason="it is for other roles")`."""
    kinds = {kind.__name__ for kind in errors()}
    for path in (path for package in ("engine", "web", "workers") for path in (ROOT / package).rglob("*.py")):
        if "frontend" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
                yield from (
                    word.value.value
                    for word in node.keywords
                    if word.arg in SAID and isinstance(word.value, ast.Constant) and isinstance(word.value.value, str)
                )


def _extracted() -> Iterator[str]:
    options = {"templates/**.html": {"silent": "false"}}
    for _file, _line, message, _comments, _context in extract_from_dir(ROOT / "web", METHODS, options, KEYWORDS):
        yield message[0] if isinstance(message, tuple) else message


def _singular(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, (tuple, list)) else message.id)


def main() -> int:
    """Print what is missing and what is left over; compile; 1 if anything is missing."""
    wanted, known = used(), translated()
    missing = sorted(each for each in wanted if each not in known or not is_whole(known[each][0]))
    for each in missing:
        quoted = each.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        print(f'msgid "{quoted}"\nmsgstr ""\n')
    for each in sorted(set(known) - wanted):
        print(f"# no longer used: {each}")
    build_backend().compile_translations()
    print(f"# {len(missing)} missing, {len(set(known) - wanted)} left over, {len(known)} translated", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
