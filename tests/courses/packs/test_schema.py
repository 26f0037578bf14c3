"""The words of faults: every kind of error that the models can give is said in French."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from courses.packs.lines import Document, read_yaml
from courses.packs.questions import CheckQuestion, QuizFile
from courses.packs.schema import DIRECTIVES, MESSAGES, CourseFile, LessonFront, PageFront, validate

QUESTION = {
    "id": "q",
    "type": "single",
    "text": "t",
    "explanation": "e",
    "lesson": "l",
    "competences": ["A1.1"],
    "worth": 1,
    "options": [{"text": "a", "correct": True, "feedback": "f"}, {"text": "b"}],
}
TRUE_FALSE = {"id": "v", "type": "true_false", "text": "t", "explanation": "e", "answer": True, "feedback_true": "f"}
GOOD = {
    CourseFile: {
        "id": "c",
        "title": "t",
        "slug": "s",
        "summary": "s",
        "federation": "f",
        "themes": ["t"],
        "level": "decouverte",
        "open_access": True,
        "minutes": 5,
        "reviewed_on": date(2026, 1, 1),
        "objectives": ["o"],
        "competences": ["A1.1"],
        "sources": [{"title": "t", "publisher": "p", "url": "https://a.fr", "consulted_on": date(2026, 1, 1)}],
    },
    LessonFront: {"id": "l", "title": "t", "summary": "s", "minutes": 5, "required": True},
    PageFront: {"slug": "l", "title": "t", "summary": "s", "in_footer": True},
    QuizFile: {
        "id": "q",
        "title": "t",
        "introduction": "i",
        "minutes": 5,
        "pass_mark": 70,
        "attempts_allowed": 3,
        "questions": [QUESTION, {**QUESTION, "id": "r", "type": "multiple"}, TRUE_FALSE],
    },
    CheckQuestion: {"question": QUESTION},
}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10_000),
    st.decimals("-5", "1000", places=4),
    st.just(Decimal(99999)),
    st.dates(),
    st.sampled_from(["", " ", "x" * 5000, "single", "multiple", "true_false", "2026-02-30", "<b>", "http://a.fr"]),
    st.lists(st.none(), max_size=9),
    st.lists(st.just("a"), max_size=25),
    st.just([]),
    st.just({}),
    st.just({"x": 1}),
)


def places(value, path=()):
    """Yield the path of every part of a value."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def errors(model, value):
    try:
        model.model_validate(value)
    except ValidationError as error:
        return error.errors()
    return []


@pytest.mark.parametrize("model", GOOD)
def test_the_examples_are_good(model) -> None:
    assert validate(model, Document(GOOD[model]), lambda *fault: pytest.fail(str(fault)))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_every_error_is_said_in_french(data) -> None:
    model = data.draw(st.sampled_from(list(GOOD)))
    path = data.draw(st.sampled_from(list(places(GOOD[model]))))
    broken = replaced(GOOD[model], path, data.draw(VALUES))
    faults: list = []
    validate(model, Document(broken), lambda *fault: faults.append(fault))
    found = errors(model, broken)
    assert {each["type"] for each in found} <= {*MESSAGES, "pack"}
    assert len(faults) == len(found)
    for _line, problem, remedy in faults:
        assert "{" not in problem + remedy
        assert not problem.endswith(".")


@settings(deadline=None)
@given(
    st.sampled_from(sorted(DIRECTIVES)),
    st.dictionaries(st.sampled_from(["titre", "date", "url", "src", "alt", "x"]), st.text(max_size=200)),
)
def test_any_attributes_are_judged_in_french(name, attributes) -> None:
    faults: list = []
    read = validate(DIRECTIVES[name], Document(attributes), lambda *fault: faults.append(fault))
    assert bool(read) != bool(faults)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_yaml_or_a_fault(text) -> None:
    faults: list = []
    document = read_yaml(text, lambda *fault: faults.append(fault))
    assert document is not None or faults


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("oui", "oui"),
        ("12:30", "12:30"),
        ("020", "020"),
        ("1_000", "1_000"),
        ("true", True),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0.5", Decimal("0.5")),
        ("2026-11-25", date(2026, 11, 25)),
        ("2026-02-30", "2026-02-30"),
        ('"12"', "12"),
        ("'true'", "true"),
        ("1e5", "1e5"),
        (".nan", ".nan"),
        ("<<", "<<"),
    ],
)
def test_plain_values_are_what_they_look_like(written, value) -> None:
    assert read_yaml(f"a: {written}", lambda *fault: pytest.fail(str(fault))).value == {"a": value}


def test_lines_are_kept_for_each_part() -> None:
    document = read_yaml(
        "a: 1\nb:\n  - c: |\n      x\n      y\n    d: 2\n", lambda *fault: pytest.fail(str(fault)), first_line=3
    )
    assert document.line_of(("b", 0, "d")) == 8
    assert document.line_of(("b", 0, "missing")) == 5
    assert document.line_of(("b", 0)) == 5
    assert document.line_of(()) == 3


def test_aliases_cannot_grow() -> None:
    bomb = "a: &a [x, x]\n" + "\n".join(f"b{n}: &b{n} [*a, *a]" for n in range(30))
    faults: list = []
    assert read_yaml(bomb, lambda *fault: faults.append(fault)) is None
    assert "les ancres" in faults[0][1]
