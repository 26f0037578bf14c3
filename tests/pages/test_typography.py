import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.typography import NBSP, french_spaces, french_spaces_in_html


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Trier : pourquoi ?", f"Trier{NBSP}: pourquoi{NBSP}?"),
        ("il dit « oui »", f"il dit «{NBSP}oui{NBSP}»"),
        ("70 % au moins", f"70{NBSP}% au moins"),
        ("(vraiment ?)", f"(vraiment{NBSP}?)"),
        ("https://exemple.fr/a?b", "https://exemple.fr/a?b"),
        ("7:30", "7:30"),
        ("a :b", "a :b"),
        (f"déjà{NBSP}: fait", f"déjà{NBSP}: fait"),
    ],
)
def test_signs_that_take_a_space_stay_on_the_line(written, shown):
    assert french_spaces(written) == shown


def test_attributes_are_left_alone():
    html = '<a title="Quoi ? Oui" href="/?a=1">Quoi ?</a>'
    assert french_spaces_in_html(html) == f'<a title="Quoi ? Oui" href="/?a=1">Quoi{NBSP}?</a>'


@given(st.text())
def test_only_spaces_change(text):
    assert french_spaces(text).replace(NBSP, " ") == text.replace(NBSP, " ")
