"""Open answers that a trainer marks: the queue of those that wait, and giving marks when two people may at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from wagtail.models import Page

from courses.catalog.models import CoursePage
from courses.catalog.rights import in_spaces_of
from courses.questions.kinds import OpenQuestion
from people.models import User

from .models import Answer, Attempt, QuizPage
from .services import mark_answer


class AlreadyMarkedError(Exception):
    """Someone has marked the answer since it was shown. `answer` is as it is now."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.pk)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue: since when an answer waits, and its id."""

    since: datetime
    answer_id: int

    @classmethod
    def read(cls, text: str) -> Place | None:
        """Return the place that an address names, or None for what names none."""
        since, _comma, answer_id = text.partition(",")
        try:
            place = cls(datetime.fromisoformat(since), int(answer_id))
        except ValueError:
            return None
        return place if place.since.tzinfo and 0 < place.answer_id < 2**63 else None

    def __str__(self) -> str:
        return f"{self.since.isoformat()},{self.answer_id}"


def in_their_spaces(user: User) -> QuerySet[Answer]:
    """Return the answers to quizzes of the person's federations."""
    return Answer.objects.filter(in_spaces_of(user, "attempt__quiz__path"))


def waiting(user: User, within: Page | None = None) -> QuerySet[Answer]:
    """Return the answers that wait for someone like this person, oldest first; `within` a module or a quiz if given."""
    found = in_their_spaces(user).filter(awaits_since__isnull=False).order_by("awaits_since", "pk")
    return found.filter(attempt__quiz__path__startswith=within.path) if within else found


def after(queue: QuerySet[Answer], place: Place | None) -> QuerySet[Answer]:
    """Return the part of a queue that follows a place."""
    if place is None:
        return queue
    behind = Q(awaits_since=place.since, pk__gt=place.answer_id) | Q(awaits_since__gt=place.since)
    return queue.filter(behind, awaits_since__gte=place.since)


def next_waiting(queue: QuerySet[Answer], place: Place | None) -> Answer | None:
    """Return the answer that follows a place in a queue, or else the first that waits."""
    return after(queue, place).first() or queue.first()


@dataclass(frozen=True, slots=True)
class Group:
    """A module where answers wait, and its quizzes where they do."""

    course: CoursePage
    quizzes: list[QuizPage]


def places_to_mark(user: User) -> list[Group]:
    """Return the modules and quizzes where answers wait, in the order of the tree. Two queries, besides the rights."""
    ids = in_their_spaces(user).filter(awaits_since__isnull=False).values("attempt__quiz")
    quizzes = list(QuizPage.objects.filter(pk__in=ids).order_by("path").only("title", "path", "depth"))
    courses = courses_of(quizzes)
    groups: dict[str, Group] = {}
    for quiz in quizzes:
        path = quiz.path[: -Page.steplen]
        groups.setdefault(path, Group(courses[path], [])).quizzes.append(quiz)
    return list(groups.values())


def courses_of(quizzes: Iterable[QuizPage]) -> dict[str, CoursePage]:
    """Return the modules of quizzes by path, in one query."""
    paths = {quiz.path[: -Page.steplen] for quiz in quizzes}
    return {course.path: course for course in CoursePage.objects.filter(path__in=paths).only("title", "path")}


def open_question(answer: Answer) -> OpenQuestion | None:
    """Return the question of a submitted answer that a trainer marks, or None for any other."""
    if answer.attempt.submitted_at is None:
        return None
    question = next((q for q in answer.attempt.questions if q.id == str(answer.question_id)), None)
    return question if isinstance(question, OpenQuestion) and question.marking == "trainer" else None


def seen_mark(answer: Answer) -> str:
    """Return what names the mark that an answer has now, for `give_marks`."""
    return answer.marked_at.isoformat() if answer.marked_at else ""


@transaction.atomic
def give_marks(answer: Answer, points: Iterable[Decimal], *, by: User, comment: str, seen: str) -> Attempt:
    """Mark an answer, if its mark is still the one that the person saw (`seen_mark`). Returns its attempt.

    Raises AlreadyMarkedError otherwise, and ResponseError for points out of the bounds of the grid.
    """
    Attempt.objects.select_for_update(of=("self",)).get(pk=answer.attempt_id)
    now = Answer.objects.select_related("marked_by").get(pk=answer.pk)
    if seen_mark(now) != seen:
        raise AlreadyMarkedError(now)
    return mark_answer(answer.attempt, str(answer.question_id), points, by=by, comment=comment)
