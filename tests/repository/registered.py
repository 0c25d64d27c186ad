"""What the doors' registries hold, as it stands in the source: names, RFCs, first sentences."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

PACKAGE = Path(__file__).parents[2] / "mailsuite"
DOORS = ("smtp", "imap", "pop3")
# What is no name: arguments of decorators that only look like one.
RFC = re.compile(r"RFC (\d{3,5})")


@frozen
class Registered:
    """One name of a command, keyword, item or capability."""

    door: str
    module: Path
    kind: str  # the decorator's name
    name: str
    function: str
    words: str  # the function's docstring
    about: str  # the module's

    @property
    def rfcs(self) -> list[str]:
        """The numbers of the RFCs cited for it: beside it, else for its module."""
        found = RFC.findall(self.words) or RFC.findall(self.about)
        return sorted(set(found), key=int)

    @property
    def sentence(self) -> str:
        """Its first sentence, without citations in brackets."""
        first = (self.words or self.about).strip().split("\n\n")[0].replace("\n", " ")
        return re.sub(r"\s+", " ", re.sub(r"\s*\([^()]*(?:RFC|§)[^()]*\)", "", first)).strip()


def modules(door: str) -> list[Path]:
    """The files of a door's commands and extensions."""
    return sorted(
        path
        for folder in ("commands", "extensions")
        for path in (PACKAGE / door / folder).glob("*.py")
        if path.name != "__init__.py"
    )


def registered(door: str) -> Iterator[Registered]:
    """Everything that a door's modules register."""
    for path in modules(door):
        tree = ast.parse(path.read_text())
        about = ast.get_docstring(tree) or ""
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for decorator in node.decorator_list:
                    if name := _name(decorator):
                        words = ast.get_docstring(node) or ""
                        yield Registered(door, path, *name, node.name, words, about)


def _name(decorator: ast.expr) -> tuple[str, str] | None:
    if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Name):
        return None
    first = decorator.args[0] if decorator.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, bytes | str):
        return None
    value = first.value
    return decorator.func.id, value.decode() if isinstance(value, bytes) else value
