"""Tables to download."""

from decimal import Decimal

import pytest

from courses.catalog.downloads import Table, csv_lines, harmless

FORMULAS = ["=1+1", "+33 6", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", '=HYPERLINK("https://exemple.fr")']


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_taken_for_a_formula(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Dupont", "A=1", "3 - 2", "", "é@exemple.fr", "'=1"])
def test_ordinary_texts_stay_as_they_are(text):
    assert harmless(text) == text


def test_signs_that_no_workbook_holds_are_left_out():
    assert harmless("a\x00b\x0bc") == "abc"


def test_a_negative_figure_is_a_number_not_a_formula():
    table = Table("Test", ["x"], [[Decimal("-0.25")], ["-0.25"], [None], [3]])
    assert "".join(csv_lines(table)) == '\ufeffx\r\n-0,25\r\n\'-0.25\r\n""\r\n3\r\n'
