"""Every example dialogue of six RFCs has its test, or a reason why it cannot have one."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXAMPLES: dict[str, dict[str, str]] = tomllib.loads((HERE / "examples.toml").read_text())
WORD = re.compile(r"\b[A-Z]{4,}\b")
ROWS = [
    pytest.param(example, test, id=f"{rfc} {example}")
    for rfc, examples in EXAMPLES.items()
    for example, test in examples.items()
]


@cache
def sources(path: str) -> dict[str, str]:
    """The tests of a file, by name, with what they are parametrized by."""
    text = (HERE / path).read_text()
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    lines = text.splitlines()
    return {
        node.name: "\n".join(
            lines[
                min([node.lineno, *[d.lineno for d in node.decorator_list]]) - 1 : node.end_lineno
            ]
        )
        for node in functions
    }


@pytest.mark.parametrize(("example", "test"), ROWS)
def test_an_example_has_its_test(example: str, test: str) -> None:
    """It is there, and speaks of what the example's first line speaks of."""
    if test.startswith("!"):
        assert len(test) > len("!why"), "a reason is missing"
        return
    path, _, name = test.partition("::")
    assert name.startswith("test_")
    source = sources(path)[name].upper()
    words = WORD.findall(example)
    assert not words or any(word in source for word in words)


def test_none_of_the_six_is_left_out() -> None:
    """As many as were found in their texts, which are not part of this repository."""
    assert {rfc: len(examples) for rfc, examples in EXAMPLES.items()} == {
        "rfc9051": 121,
        "rfc7162": 42,
        "rfc5258": 19,
        "rfc5267": 11,
        "rfc5465": 18,
        "rfc9394": 6,
    }
