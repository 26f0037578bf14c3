"""A question that goes out and comes back is the same question."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from courses.quizzes.exchange.results import Outcome
from courses.quizzes.exchange.writing import ExportFormat

from .strategies import GIFT_KINDS, MOODLE_KINDS, bare, blocks, is_sound, there_and_back

calm = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("kind", sorted(GIFT_KINDS))
@calm
@given(data=st.data())
def test_what_gift_holds_comes_back_as_it_went(kind, data):
    block = data.draw(blocks({kind: GIFT_KINDS[kind]}, hints=False))
    assume(is_sound(block))
    [back], report = there_and_back([block], ExportFormat.GIFT)
    assert back.outcome is Outcome.TAKEN, (back.refusal, back.notes)
    assert not report
    assert bare(back.block) == bare(block)


@pytest.mark.parametrize("kind", sorted(MOODLE_KINDS))
@calm
@given(data=st.data())
def test_what_moodle_xml_holds_comes_back_as_it_went(kind, data):
    block = data.draw(blocks({kind: MOODLE_KINDS[kind]}, hints=True))
    assume(is_sound(block))
    [back], report = there_and_back([block], ExportFormat.MOODLE)
    assert back.outcome is Outcome.TAKEN, (back.refusal, back.notes)
    assert not report
    assert bare(back.block) == bare(block)
