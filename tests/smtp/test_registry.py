"""One place for each thing, and each thing says which RFC it is of."""

import sys
from pathlib import Path

import pytest

from mailsuite.smtp import commands, extensions
from mailsuite.smtp.registry import COMMANDS, KEYWORDS, MAIL_PARAMETERS, RCPT_PARAMETERS, load

load()
TESTS = "\n".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))


@pytest.mark.parametrize("name", sorted({*COMMANDS, *KEYWORDS, *MAIL_PARAMETERS, *RCPT_PARAMETERS}))
def test_each_name_stands_in_one_module_and_in_a_dialogue(name: bytes) -> None:
    registering = [
        module
        for folder in (commands, extensions)
        for module in Path(folder.__path__[0]).glob("*.py")
        if f'(b"{name.decode()}"' in " ".join(module.read_text().split()).replace("( b", "(b")
    ]
    assert len(registering) == 1
    assert name.decode() in TESTS


def test_each_module_cites_its_rfc() -> None:
    modules = [
        module
        for name, module in sys.modules.items()
        if name.startswith(("mailsuite.smtp.commands.", "mailsuite.smtp.extensions."))
    ]
    assert len(modules) >= 18
    assert all("RFC" in (module.__doc__ or "") for module in modules)
