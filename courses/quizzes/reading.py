"""Where a person stands at a quiz, for its page and for «Mon parcours»."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Subquery

from people.models import User

from . import services
from .models import Answer, Attempt, QuizPage

SHOWN = 20
RECENT = 10


@dataclass(frozen=True, slots=True)
class QuizStanding:
    """A person's attempts at a quiz (last first), what they may still do, and how long they have."""

    under_way: Attempt | None = None
    finished: tuple[Attempt, ...] = ()
    attempts_left: int | None = None
    wait_until: datetime | None = None
    time: timedelta | None = None

    @property
    def may_start(self) -> bool:
        """Whether the person may start, or go on, now."""
        return self.under_way is not None or (self.attempts_left != 0 and self.wait_until is None)

    @property
    def shown(self) -> tuple[Attempt, ...]:
        """The last attempts."""
        return self.finished[:SHOWN]


def quiz_standing(quiz: QuizPage, user: User | AnonymousUser) -> QuizStanding:
    """Return where the person stands. An attempt whose time is over is closed on the way."""
    if not user.is_authenticated:
        return QuizStanding(time=timedelta(minutes=quiz.time_limit) if quiz.time_limit else None)
    attempts = list(Attempt.objects.filter(user=user, quiz=quiz).defer("snapshot").order_by("-number")[:101])
    if attempts and services.close_if_late(attempts[0]):
        attempts[0].refresh_from_db()
    finished = tuple(attempt for attempt in attempts if attempt.submitted_at)
    wait_until = None
    try:
        services.check_limits(quiz, len(finished), finished[0].submitted_at if finished else None)
    except services.TooEarlyError as error:
        wait_until = error.until
    except services.AttemptLimitError:
        pass
    return QuizStanding(
        under_way=next((attempt for attempt in attempts if not attempt.submitted_at), None),
        finished=finished,
        attempts_left=None if quiz.attempts_allowed is None else max(quiz.attempts_allowed - len(finished), 0),
        wait_until=wait_until,
        time=services.allowed_time(user, quiz) if quiz.time_limit else None,
    )


@dataclass(frozen=True, slots=True)
class RecentResult:
    """A submitted attempt as a list of results shows it.

    `kind` is the kind of quiz in a word; `gain`, the points of percentage won since the positioning that it repeats.
    """

    attempt: Attempt
    kind: str
    awaits_trainer: bool
    gain: Decimal | None


def recent_results(user: User) -> list[RecentResult]:
    """Return a person's last results, the newest first, whatever they wait for. One query."""
    earlier = Attempt.objects.filter(
        user=OuterRef("user"), quiz=OuterRef("quiz__repeats"), graded_at__isnull=False
    ).order_by("-number")
    attempts = (
        Attempt.objects.filter(user=user, submitted_at__isnull=False)
        .annotate(
            before=Subquery(earlier.values("percent")[:1]),
            awaits_trainer=Exists(Answer.objects.filter(attempt=OuterRef("pk"), awaits_since__isnull=False)),
        )
        .select_related("quiz")
        .defer("snapshot", "quiz__questions")
        .order_by("-submitted_at")
    )
    return [_recent(attempt) for attempt in attempts[:RECENT]]


def _recent(attempt: Any) -> RecentResult:
    gain = None if attempt.percent is None or attempt.before is None else attempt.percent - attempt.before
    # The choices say what each kind of quiz is, after its name.
    kind = attempt.get_mode_display().partition(" :")[0]
    return RecentResult(attempt, kind, attempt.is_pending and attempt.awaits_trainer, gain)
