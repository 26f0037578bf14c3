"""Many people at once, each with several devices: starts, answers and submissions meet in one database.

Run in a process of its own with DATABASE_URL: `python -m tests.courses.quizzes.race`; prints what was found as JSON.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import django

PEOPLE, DEVICES = 8, 4


def main() -> dict[str, Any]:
    """Make a site, let the people race, and return what the database holds and what went wrong."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from wagtail.models import Collection, Locale, Page

    call_command("migrate", run_syncdb=True, verbosity=0)
    Locale.objects.create(language_code="fr")
    Page.add_root(title="Root", slug="root")
    Collection.add_root(name="Root")

    from courses.progress.models import ActivityState, Enrolment
    from courses.progress.services import enrol
    from courses.quizzes.models import Answer, Attempt, MissedQuestion
    from courses.quizzes.services import (
        AttemptClosedError,
        AttemptLimitError,
        start_attempt,
        submit_attempt,
    )
    from courses.quizzes.signals import attempt_graded
    from tests.courses.factories import make_course, make_quiz, save_answer, single
    from tests.factories import UserFactory

    course = make_course()
    quiz = make_quiz(course, questions=[single(f"Question {n}") for n in range(5)], attempts_allowed=2)
    people = [UserFactory() for _ in range(PEOPLE)]
    for person in people:
        enrol(person, course)
    graded: list[Any] = []

    def count(sender: type, attempt: Attempt, **kwargs: Any) -> None:
        graded.append(attempt.pk)

    attempt_graded.connect(count)
    together = Barrier(PEOPLE * DEVICES)

    def device(person: Any, number: int) -> str:
        """Start, answer and submit, again and again, at the same moment as all the others."""
        outcome = "went through"
        try:
            together.wait(timeout=60)
            for _again in range(4):
                attempt = start_attempt(person, quiz)
                try:
                    for question in range(1, 6):
                        save_answer(attempt, question, ["right"] if (question + number) % 2 else ["wrong-0"])
                except AttemptClosedError:
                    pass  # another device has submitted
                submit_attempt(attempt)
        except AttemptLimitError:
            outcome = "was told the limit"
        except Exception as error:  # noqa: BLE001  (whatever it is, the test has to hear of it)
            outcome = f"{type(error).__name__}: {error}"
        finally:
            connection.close()
        return outcome

    with ThreadPoolExecutor(PEOPLE * DEVICES) as pool:
        outcomes = list(pool.map(device, people * DEVICES, [n for n in range(DEVICES) for _person in people]))

    rows = list(Attempt.objects.all())
    answers = Counter(Answer.objects.values_list("attempt_id", "question_id"))
    passed = {attempt.user_id for attempt in rows if attempt.passed}
    sums = {
        attempt.pk: sum((a.score for a in attempt.answers.all() if a.score), start=0)
        for attempt in Attempt.objects.prefetch_related("answers")
    }
    return {
        "outcomes": Counter(outcomes),
        "attempts_of_each": sorted(Counter(attempt.user_id for attempt in rows).values()),
        "numbers": sorted({attempt.number for attempt in rows}),
        "open": sum(attempt.submitted_at is None for attempt in rows),
        "graded_twice": len(graded) - len(set(graded)),
        "graded": len(set(graded)),
        "answers_twice": sum(number > 1 for number in answers.values()),
        "wrong_sums": sum(attempt.score != sums[attempt.pk] for attempt in rows),
        "passed": len(passed),
        "done": ActivityState.objects.filter(done_at__isnull=False).count(),
        "complete": Enrolment.objects.filter(completed_at__isnull=False).count(),
        "missed_twice": MissedQuestion.objects.count()
        - MissedQuestion.objects.values("user", "question_id").distinct().count(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
