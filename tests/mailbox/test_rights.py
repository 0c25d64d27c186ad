"""Where it is decided who may do what."""

from functools import reduce
from operator import or_

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.errors import NoSuchMailbox, NotPermitted
from mailsuite.mailbox.access import Access
from mailsuite.mailbox.rights import allowed_flags, allowed_word, demand, demand_any
from mailsuite.store.flags import SYSTEM_FLAGS
from mailsuite.store.rights import ALL, Right

RIGHTS = st.lists(st.sampled_from(list(Right))).map(lambda some: reduce(or_, some, Right.NONE))


@given(RIGHTS, RIGHTS)
def test_a_demand_is_met_refused_or_unheard_of(had: Right, needed: Right) -> None:
    """One who may not look the mailbox up learns nothing; no right stands for another one."""
    if needed & had == needed:
        demand(Access(had), needed)
        return
    error = NotPermitted if Right.LOOKUP in had else NoSuchMailbox
    with pytest.raises(error) as caught:
        demand(Access(had), needed)
    assert type(caught.value) is error


def test_some_of_several_rights() -> None:
    demand_any(Access(Right.READ), Right.READ | Right.INSERT)
    for had, error in ((Right.LOOKUP, NotPermitted), (Right.SEEN, NoSuchMailbox)):
        with pytest.raises(error):
            demand_any(Access(had), Right.READ | Right.INSERT)


@given(RIGHTS)
def test_flags_by_name_and_by_bit_are_allowed_alike(rights: Right) -> None:
    names = [*SYSTEM_FLAGS, "\\SEEN", "$Keyword"]
    word = allowed_word(rights)
    allowed = allowed_flags(rights, names)
    for name, bit in SYSTEM_FLAGS.items():
        assert (name in allowed) is bool(word & bit)
    assert ("$Keyword" in allowed) is bool(word & 1 << 40)
    assert ("\\SEEN" in allowed) is ("\\Seen" in allowed)
    assert allowed_word(ALL) == -1
