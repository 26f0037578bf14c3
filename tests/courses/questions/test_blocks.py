"""The blocks that questions are written with: what a form may send, what a draft may keep."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from courses.questions.blocks import AcceptedQuantityBlock, AnyQuestionBlock, HotspotBlock, NumberBlock, SeveralBlock
from courses.questions.kinds import Kind
from courses.questions.raw import question_from_raw
from courses.questions.review import as_put_to_all, ask, with_key

from .factories import VALUES


@pytest.mark.parametrize(
    ("typed", "number"), [("3,5", "3.5"), ("3.5", "3.5"), (" 1 200,25 ", "1200.25"), ("1 200", "1200"), ("0", "0")]
)
def test_a_number_is_typed_with_a_comma_or_a_point(typed, number):
    assert NumberBlock(decimal_places=6, max_digits=18).clean(typed) == Decimal(number)


def test_a_number_keeps_its_bounds():
    with pytest.raises(ValidationError):
        NumberBlock(min_value=Decimal("0.25")).clean("0,2")
    with pytest.raises(ValidationError):
        NumberBlock().clean("deux")


@pytest.mark.parametrize(("number", "shown"), [("3.50", "3,5"), ("100", "100"), ("0", "0"), ("0.000001", "0,000001")])
def test_a_number_is_shown_with_a_comma(number, shown):
    assert NumberBlock(decimal_places=6).get_form_state(Decimal(number)) == shown


def test_the_share_of_an_accepted_value_may_have_a_comma():
    block = AcceptedQuantityBlock()
    data = {"a-value": "12,75", "a-tolerance": "0,5", "a-share": "33,33", "a-feedback": ""}
    assert block.clean(block.value_from_datadict(data, {}, "a"))["share"] == Decimal("33.33")


def test_a_new_question_has_as_many_lines_as_it_needs():
    children = AnyQuestionBlock().child_blocks
    assert len(children["single"].get_default()["options"]) == 2
    assert len(children["matching"].get_default()["pairs"]) == 2
    assert len(children["short_answer"].get_default()["answers"]) == 1
    assert len(children["matching"].get_default()["distractors"]) == 0


def test_a_new_question_on_an_image_has_no_zone_yet():
    assert len(HotspotBlock().get_default()["zones"]) == 0


def test_lists_and_numbers_stand_in_migrations_as_blocks_of_wagtail():
    assert NumberBlock().deconstruct()[0] == "wagtail.blocks.DecimalBlock"
    assert SeveralBlock(NumberBlock()).deconstruct()[0] == "wagtail.blocks.ListBlock"


@pytest.mark.parametrize("kind", VALUES)
def test_a_draft_keeps_a_question_that_was_just_inserted(kind):
    block = AnyQuestionBlock().child_blocks[kind]
    empty = block.get_default()
    with pytest.raises(ValidationError):
        block.clean(empty)
    assert set(block.clean_deferred(empty)) == set(empty)


@pytest.mark.parametrize("kind", VALUES)
def test_a_question_that_was_just_inserted_is_previewed(kind):
    block = AnyQuestionBlock().child_blocks[kind]
    question = question_from_raw({"type": kind, "id": "a", "value": block.get_prep_value(block.get_default())})
    assert question.kind is Kind(kind)
    assert ask(as_put_to_all(question)).fields is not None
    assert with_key(question).key_only
