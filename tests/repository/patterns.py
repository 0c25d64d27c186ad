"""Every regular expression of the package, and input that is made to slow it down."""

import ast
import importlib
import inspect
import itertools
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from attrs import frozen

import mailsuite

PACKAGE = Path(mailsuite.__file__).parent
SEARCHES = {"search", "finditer", "sub", "subn", "split", "findall"}
METHODS = SEARCHES | {"match", "fullmatch"}
WITNESSES = 8  # characters that a pattern tells apart, at most


@frozen
class Used:
    """A pattern, where it stands, and whether it is looked for at every place of its subject."""

    where: str
    pattern: "re.Pattern[Any]"
    searches: bool

    def run(self, subject: Any) -> None:
        """Use it as the package does."""
        if self.searches:
            for _ in self.pattern.finditer(subject):
                pass
        else:
            self.pattern.fullmatch(subject)
            self.pattern.match(subject)


def used() -> Iterator[Used]:
    """All of them: names in modules, and those that are written where they are used."""
    sources = {path: path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}
    everything = "\n".join(sources.values())
    seen = set()
    for found in pkgutil.walk_packages([str(PACKAGE)], "mailsuite."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and (name, value) not in seen:
                seen.add((name, value))
                # What is private is used in its own module, which may share the name with others.
                around = inspect.getsource(module) if name.startswith("_") else everything
                told = re.findall(rf"\b{name}\s*\.(\w+)|\.(\w+)\({name}\b", around)
                methods = set(itertools.chain(*told)) & METHODS
                yield Used(f"{found.name}.{name}", value, bool(methods & SEARCHES or not methods))
    for path, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if pattern := _inline(node):
                where = f"{path.relative_to(PACKAGE)}:{node.lineno}"  # type: ignore[attr-defined]
                yield Used(where, re.compile(pattern[1]), pattern[0] in SEARCHES)


def _inline(node: ast.AST) -> tuple[str, Any] | None:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in METHODS
        and isinstance(node.args[0], ast.Constant)
    ):
        return node.func.attr, node.args[0].value
    return None


def hostile(one: Used) -> Iterator[Callable[[int], Any]]:
    """What makes subjects of a length: runs, mixtures and almost-matches of what it looks for."""
    flags = one.pattern.flags
    text = isinstance(one.pattern.pattern, str)
    tree = parser.parse(one.pattern.pattern, flags & ~re.UNICODE if not text else flags)
    letters = list(dict.fromkeys(_witnesses(tree)))[:WITNESSES]
    letters += [c for c in ("\x01", "a", "\r\n") if c not in letters]
    shortest = "".join(_shortest(tree))
    cycles = [
        *letters,
        *("".join(pair) for pair in itertools.permutations(letters[:5], 2)),
        shortest,
        shortest[:-1],
    ]
    starts = ["", *(shortest[:at] for at in range(1, min(len(shortest), 3) + 1))]
    for cycle, start, end in itertools.product(filter(None, cycles), starts, ("", "\x01")):
        yield _making(start, cycle, end, text=text)


def _making(start: str, cycle: str, end: str, *, text: bool) -> Callable[[int], Any]:
    def made(length: int) -> Any:
        subject = start + cycle * (length // len(cycle)) + end
        return subject if text else subject.encode("latin-1", "replace")

    return made


def _witnesses(tree: Any) -> Iterator[str]:
    """A character for each set that the pattern looks for."""
    for code, value in tree:
        if code in (codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY):
            yield _letter(code, value)
        else:
            for inner in _inside(code, value):
                yield from _witnesses(inner)


def _inside(code: Any, value: Any) -> list[Any]:
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        return [value[2]]
    if code is codes.SUBPATTERN:
        return [value[3]]
    if code is codes.BRANCH:
        return list(value[1])
    if code is codes.ATOMIC_GROUP:
        return [value]
    return []


def _shortest(tree: Any) -> Iterator[str]:
    """A string that the pattern matches, or nearly: each repeat as seldom as it may, but once."""
    for code, value in tree:
        if code in (codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY):
            yield _letter(code, value)
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            yield "".join(_shortest(value[2])) * min(max(1, value[0]), 64)
        else:
            yield from itertools.chain.from_iterable(map(_shortest, _inside(code, value)[:1]))


def _letter(code: Any, value: Any) -> str:
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.ANY:
        return "b"
    negated = code is codes.NOT_LITERAL or value[0][0] is codes.NEGATE
    members = [(codes.LITERAL, value)] if code is codes.NOT_LITERAL else value
    candidates = 'ab1 -.\t/:<"\\%=?\x80\n\r'
    for letter in candidates:
        if _has(members, ord(letter)) != negated:
            return letter
    low = next((v if c is codes.LITERAL else v[0]) for c, v in members if c is not codes.NEGATE)
    return chr(low)


def _has(members: Any, code_point: int) -> bool:
    classes = {
        codes.CATEGORY_DIGIT: str.isdigit,
        codes.CATEGORY_SPACE: str.isspace,
        codes.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
        codes.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
        codes.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
        codes.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
    }
    for code, value in members:
        if code is codes.LITERAL and value == code_point:
            return True
        if code is codes.RANGE and value[0] <= code_point <= value[1]:
            return True
        if code is codes.CATEGORY and classes[value](chr(code_point)):
            return True
    return False


def nested(tree: Any, *, within: bool = False) -> bool:
    """Whether an unbounded repeat that may give back stands alone inside another one."""
    for code, value in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            unbounded = value[1] is codes.MAXREPEAT
            # Beside something else that must come, a turn of the outer one has a fixed end.
            if unbounded and within and len(tree) == 1:
                return True
            if nested(value[2], within=within or unbounded):
                return True
        elif any(nested(inner, within=within) for inner in _inside(code, value)):
            return True
    return False


def _looks_around(tree: Any) -> bool:
    return any(
        code in {codes.ASSERT, codes.ASSERT_NOT} or any(map(_looks_around, _inside(code, value)))
        for code, value in tree
    )


def gives_no_turn_back(tree: Any) -> bool:
    """Whether a possessive repeat has turns of several parts and no alternatives, or looks ahead.

    Before Python 3.11.5 a turn that fails half-way keeps what it has tried: `1(?:[.]2)*+` finds
    "1." in "1.x"; and one that ends at what it must not see finds nothing at all.
    """
    for code, value in tree:
        if code is codes.POSSESSIVE_REPEAT and (len(value[2]) > 1 or _looks_around(value[2])):
            return True
        if any(gives_no_turn_back(inner) for inner in _inside(code, value)):
            return True
    return False
