import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.questions.answers import answer_key, one_slip_apart, read_quantity, same_answer


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("Économie Circulaire", "économie circulaire"),
        (unicodedata.normalize("NFD", "déchèterie"), "déchèterie"),
        ("decheterie", "déchèterie"),
        ("l’insertion", "l'insertion"),
        ("rendez vous", "rendez-vous"),
        ("rendez‑vous", "rendez-vous"),
        ("bac\u00a0jaune", "bac jaune"),
        ("bac\u202fjaune", "bac jaune"),
        ("  bac   jaune. ", "bac jaune"),
        ("« bac jaune » !", "bac jaune"),
        ("œuvre", "oeuvre"),
        ("bac\u200bjaune", "bacjaune"),
    ],
)
def test_two_spellings_of_one_answer_are_equal(given_text, expected):
    assert same_answer(given_text, expected)


@pytest.mark.parametrize("nothing", ["", "   ", "...", "\u200b"])
def test_an_answer_without_a_letter_or_a_digit_never_matches(nothing):
    assert not same_answer(nothing, nothing)


@pytest.mark.parametrize(
    ("typed", "forgiven"),
    [
        ("decheteri", True),  # one missing
        ("decheterrie", True),  # one too many
        ("dechatterie", False),  # two slips
        ("dechetreie", True),  # two neighbours swapped
        ("dexheterie", True),  # one replaced
        ("déchèterie", True),
    ],
)
def test_one_slip_is_forgiven_in_a_long_word(typed, forgiven):
    assert same_answer(typed, "déchèterie", forgive_slip=True) is forgiven


@pytest.mark.parametrize(
    ("typed", "expected"), [("bec", "bac"), ("2021", "2020"), ("R8", "R9"), ("article 15", "article 14")]
)
def test_no_slip_is_forgiven_in_a_short_word_or_where_there_is_a_digit(typed, expected):
    assert not same_answer(typed, expected, forgive_slip=True)


@given(st.text(max_size=30))
def test_the_key_of_a_key_is_the_key_itself(text):
    assert answer_key(answer_key(text)) == answer_key(text)


@given(st.text(max_size=30))
def test_case_and_the_form_of_accents_never_count(text):
    assert answer_key(unicodedata.normalize("NFD", text)) == answer_key(unicodedata.normalize("NFC", text))


words = st.text(alphabet="abcde", min_size=1, max_size=8)


@given(words, words)
def test_a_slip_is_the_same_both_ways(one, other):
    assert one_slip_apart(one, other) == one_slip_apart(other, one)


def _distance(one: str, other: str) -> int:
    """Optimal string alignment distance, by the book."""
    rows = [[i + j if i * j == 0 else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            cost = one[i - 1] != other[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(words, words)
def test_one_slip_is_a_distance_of_one(one, other):
    assert one_slip_apart(one, other) == (_distance(one, other) == 1)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("3,5", "3.5", ""),
        ("3.5", "3.5", ""),
        (" 3,5 ", "3.5", ""),
        ("1 234,5", "1234.5", ""),
        ("1\u202f234", "1234", ""),
        ("1\u00a0234\u00a0567", "1234567", ""),
        ("1234", "1234", ""),
        ("−2", "-2", ""),
        ("-2,50", "-2.50", ""),
        ("+4", "4", ""),
        (",5", "0.5", ""),
        ("12 kg", "12", "kg"),
        ("12kg", "12", "kg"),
        ("20 %", "20", "%"),
        ("3,5 m²", "3.5", "m2"),
    ],
)
def test_a_quantity_is_read_the_french_or_the_english_way(text, value, unit):
    assert read_quantity(text) == (Decimal(value), unit)


@pytest.mark.parametrize("text", ["", "beaucoup", "12 34", "1,2,3", "--2", "1e5", ".", ",", "9" * 100, "kg 12"])
def test_what_is_no_quantity_is_not_read_as_one(text):
    quantity = read_quantity(text)
    assert quantity is None or quantity.unit  # «1e5» is one, of an unknown unit


@given(st.text(max_size=80))
def test_reading_a_quantity_never_fails(text):
    quantity = read_quantity(text)
    assert quantity is None or quantity.value.is_finite()
