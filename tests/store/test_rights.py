"""The rights of RFC 4314 as an algebra."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.store.rights import (
    ALL,
    BY_LETTER,
    VIRTUAL,
    Right,
    added_up,
    letters_of,
    rights_of,
    shown_letters,
)

LETTERS = st.text(alphabet=[*BY_LETTER, *VIRTUAL], max_size=13)
RIGHTS = LETTERS.map(rights_of)
IDENTIFIERS = st.sampled_from(["7", "8", "anyone", "$team@x"]).flatmap(
    lambda name: st.sampled_from([name, "-" + name])
)
ENTRIES = st.lists(st.tuples(IDENTIFIERS, RIGHTS.map(letters_of)), max_size=8)
MINE = st.sets(st.sampled_from(["7", "anyone", "$team@x"])).map(frozenset)


@given(RIGHTS)
def test_letters_are_the_rights(rights: Right) -> None:
    assert rights_of(letters_of(rights)) == rights
    assert set(letters_of(rights)) == set(shown_letters(rights)) - set(VIRTUAL)


@given(RIGHTS)
def test_a_virtual_right_is_shown_with_any_of_its_members(rights: Right) -> None:
    """RFC 4314 §2.1.1; read back it may say more, as clients are told to leave it out."""
    for letter, members in VIRTUAL.items():
        assert (letter in shown_letters(rights)) is bool(rights & members)


@given(LETTERS, LETTERS)
def test_letters_add_up_in_any_order(one: str, other: str) -> None:
    assert rights_of(one + other) == rights_of(other + one) == rights_of(one) | rights_of(other)


@given(ENTRIES, MINE, st.randoms())
def test_the_order_of_entries_does_not_matter(entries, mine, random) -> None:
    shuffled = entries[:]
    random.shuffle(shuffled)
    assert added_up(shuffled, mine) == added_up(entries, mine)


@given(ENTRIES, MINE)
def test_it_is_the_sum_of_the_grants_less_all_that_is_withheld(
    entries: list[tuple[str, str]], mine: frozenset[str]
) -> None:
    """Checked letter by letter, in the words of RFC 4314 §2."""
    rights = added_up(entries, mine)
    for letter, right in BY_LETTER.items():
        granted = any(who in mine and letter in letters for who, letters in entries)
        withheld = any(
            who[1:] in mine and letter in letters for who, letters in entries if who[0] == "-"
        )
        assert (right in rights) is (granted and not withheld)


@given(ENTRIES, ENTRIES, MINE)
def test_more_grants_never_take_and_more_that_is_withheld_never_gives(
    entries: list[tuple[str, str]], more: list[tuple[str, str]], mine: frozenset[str]
) -> None:
    before = added_up(entries, mine)
    grants = [entry for entry in more if entry[0][0] != "-"]
    withheld = [entry for entry in more if entry[0][0] == "-"]
    assert before in added_up(entries + grants, mine)
    assert added_up(entries + withheld, mine) in before


def test_what_is_no_right() -> None:
    for letters in ("q", "L", "lr ", "0", "lrü"):
        with pytest.raises(KeyError):
            rights_of(letters)
    assert rights_of("lrswipkxtea") == ALL
    assert shown_letters(ALL) == "lrswipkxteacd"
