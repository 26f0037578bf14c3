"""More time for a person who needs it: given for all the quizzes of a federation, at once for those under way."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from courses.catalog.models import FederationPage
from people.models import Federation, User

from .models import Attempt, TimeAllowance
from .services import allowed_time


@transaction.atomic
def give_time(user: User, federation: Federation, extra_percent: int, *, by: User) -> TimeAllowance:
    """Give a person more time, in place of what they had; attempts under way get it at once. Returns what was kept."""
    given, _made = TimeAllowance.objects.update_or_create(
        user=user,
        federation=federation,
        defaults={"extra_percent": extra_percent, "given_by": by, "given_at": timezone.now()},
    )
    _extend_attempts(user, federation)
    return given


def _extend_attempts(user: User, federation: Federation) -> None:
    """Move the deadlines of the attempts under way. None comes earlier than it was."""
    space = FederationPage.objects.filter(federation=federation).first()
    if space is None:
        return
    under_way = Attempt.objects.select_for_update(of=("self",)).select_related("quiz").defer("snapshot")
    running = under_way.filter(
        user=user, submitted_at=None, deadline__gt=timezone.now(), quiz__path__startswith=space.path
    )
    for attempt in running.order_by("pk"):
        later = attempt.started_at + allowed_time(user, attempt.quiz)
        if attempt.deadline and later > attempt.deadline:
            Attempt.objects.filter(pk=attempt.pk).update(deadline=later)
