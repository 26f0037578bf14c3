import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.questions import gaps


def test_a_typed_gap_accepts_its_variants():
    (gap,), after = gaps.parse("Dans le [[bac jaune|poubelle jaune]].")
    assert (gap.before, after) == ("Dans le ", ".")
    assert not gap.listed
    assert [answer.text for answer in gap.answers] == ["bac jaune", "poubelle jaune"]


def test_a_star_makes_a_list_and_marks_the_right_choice():
    (gap,), _after = gaps.parse("C'est du [[verre|*papier#Oui.|plastique#Non, du papier.]].")
    assert gap.listed
    assert [(a.text, a.correct, a.feedback) for a in gap.answers] == [
        ("verre", False, ""),
        ("papier", True, "Oui."),
        ("plastique", False, "Non, du papier."),
    ]


def test_a_backslash_makes_an_ordinary_character():
    (gap,), after = gaps.parse(r"Tapez [[a\|b|\#1]] ou \[\[rien\]\].")
    assert [answer.text for answer in gap.answers] == ["a|b", "#1"]
    assert after == " ou [[rien]]."


def test_gaps_are_numbered_in_order():
    found, _after = gaps.parse("[[un]] et [[deux]]")
    assert [(gap.id, gap.before) for gap in found] == [("1", ""), ("2", " et ")]


@pytest.mark.parametrize("body", ["", "Aucun trou.", "Un [[trou pas fermé", "Un trou]] pas ouvert"])
def test_a_text_without_a_whole_gap_has_none(body):
    assert gaps.parse(body)[0] == ()


texts = st.text(alphabet="ab é|#*[]\\", min_size=1, max_size=12).filter(lambda t: t.strip() == t and "  " not in t)


@given(st.lists(st.tuples(texts, st.lists(texts, min_size=1, max_size=3, unique=True)), max_size=4), texts)
def test_what_is_written_reads_back_the_same(parts, after):
    body = "".join(
        f"{gaps._outside(before)}[[{'|'.join(gaps.escape(answer) for answer in answers)}]]" for before, answers in parts
    )
    found, rest = gaps.parse(body + gaps._outside(after))
    assert rest == after
    assert [(g.before, [a.text for a in g.answers]) for g in found] == parts
    assert gaps.parse(gaps.write(found, rest)) == (found, rest)
