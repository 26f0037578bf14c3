"""What the browser of a learner says never counts for a quiz that certifies."""

from decimal import Decimal

import pytest

from courses.interactive.playing.models import Rule
from courses.interactive.playing.outcome import Reported, Score
from courses.interactive.playing.results import update_outcome
from courses.progress.models import ActivityState
from courses.quizzes.models import Attempt, QuizPage
from tests.courses.factories import make_course, make_enrolment, make_quiz
from tests.courses.interactive.factories import RegistrationFactory, make_interactive

pytestmark = pytest.mark.django_db


def test_a_passed_activity_gives_no_attempt_and_no_pass_at_a_certifying_quiz():
    course = make_course()
    quiz = make_quiz(course, mode=QuizPage.Mode.CERTIFYING)
    page = make_interactive(course, rule=Rule.PASSED)
    registration = RegistrationFactory(page=page)
    enrolment = make_enrolment(registration.user, course)
    full = Reported(score=Score(Decimal(1), Decimal(10), Decimal(10)), success=True, completed=True)
    assert update_outcome(registration.pk, full).done_at is not None
    assert not Attempt.objects.exists()
    assert not ActivityState.objects.filter(activity=quiz, done_at__isnull=False).exists()
    enrolment.refresh_from_db()
    assert enrolment.completed_at is None
