"""Telling people, and counting what they have not seen."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from notifications import services
from notifications.models import Cadence, Notification, Preference
from notifications.services import choose, mark_all_read, mark_group_read, next_summary, notify, recount, withdraw
from people.models import User
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]


def unread(user):
    user.refresh_from_db()
    assert user.unread_notifications == Notification.objects.filter(user=user, read_at=None).count()
    return user.unread_notifications


def test_a_person_is_told_of_a_thing_once(user):
    assert notify([user.pk, user.pk], kind="reply", target_id=1) == 1
    assert notify([user.pk], kind="reply", target_id=1) == 0
    assert unread(user) == 1


def test_a_closed_account_and_an_unknown_one_are_told_nothing(user):
    user.is_active = False
    user.save()
    assert notify([user.pk, 0], kind="reply", target_id=1) == 0


def test_an_unknown_kind_is_a_mistake(user):
    with pytest.raises(KeyError):
        notify([user.pk], kind="nobody knows", target_id=1)


def test_seeing_a_group_takes_it_off_the_number(user):
    for target in range(3):
        notify([user.pk], kind="reply", target_id=target, group="topic:1")
    notify([user.pk], kind="reply", target_id=9, group="topic:2")
    assert mark_group_read(user, "topic:1") == 3
    assert mark_group_read(user, "topic:1") == 0
    assert unread(user) == 1


def test_marking_all_as_read_leaves_what_came_since_the_page_was_shown(user):
    notify([user.pk], kind="reply", target_id=1)
    shown = Notification.objects.get().pk
    notify([user.pk], kind="reply", target_id=2)
    mark_all_read(user, shown)
    assert unread(user) == 1


def test_what_is_gone_is_told_no_more_and_counts_no_more(user):
    other = UserFactory()
    notify([user.pk, other.pk], kind="reply", target_id=1, group="topic:1")
    mark_group_read(other, "topic:1")
    notify([user.pk], kind="reply", target_id=2)
    withdraw(kinds=["reply"], target_ids=[1])
    assert (unread(user), unread(other)) == (1, 0)


def test_who_wants_nothing_is_told_nothing(user):
    choose(user, "reply", in_site=False, cadence=Cadence.NEVER)
    assert notify([user.pk], kind="reply", target_id=1) == 0
    assert not Notification.objects.exists()


def test_who_wants_e_mails_only_has_no_number(user):
    choose(user, "reply", in_site=False, cadence=Cadence.NOW)
    notify([user.pk], kind="reply", target_id=1)
    assert unread(user) == 0
    assert Notification.objects.get().mail_due_at is not None


def test_a_decision_about_oneself_is_always_shown(user):
    Preference.objects.create(user=user, kind="decision", in_site=False, cadence=Cadence.NEVER)
    assert notify([user.pk], kind="decision", target_id=1) == 1


def test_telling_a_thousand_people_takes_as_many_queries_as_telling_one(django_assert_num_queries):
    User.objects.bulk_create([User(email=f"p{n}@exemple.fr", password="!") for n in range(1000)])
    ids = list(User.objects.values_list("pk", flat=True))
    with django_assert_num_queries(8):
        notify(ids[:1], kind="reply", target_id=1)
    with django_assert_num_queries(8):
        notify(ids, kind="reply", target_id=2)
    assert Notification.objects.count() == 1001


def test_a_wrong_number_is_found_and_mended(user):
    notify([user.pk], kind="reply", target_id=1)
    assert list(recount()) == []
    User.objects.filter(pk=user.pk).update(unread_notifications=5)
    (found,) = recount()
    assert (found.said, found.true) == (5, 1)
    assert list(recount()) == []


@pytest.mark.parametrize(
    ("cadence", "now", "due"),
    [
        # Paris is at UTC+1 in winter, at UTC+2 in summer.
        (Cadence.DAILY, datetime(2026, 11, 25, 5, 59, tzinfo=UTC), datetime(2026, 11, 25, 6, tzinfo=UTC)),
        (Cadence.DAILY, datetime(2026, 11, 25, 6, 0, tzinfo=UTC), datetime(2026, 11, 26, 6, tzinfo=UTC)),
        (Cadence.DAILY, datetime(2026, 3, 28, 12, 0, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC)),
        (Cadence.WEEKLY, datetime(2026, 11, 25, 12, 0, tzinfo=UTC), datetime(2026, 11, 30, 6, tzinfo=UTC)),
        (Cadence.WEEKLY, datetime(2026, 11, 30, 5, 0, tzinfo=UTC), datetime(2026, 11, 30, 6, tzinfo=UTC)),
        (Cadence.WEEKLY, datetime(2026, 11, 30, 7, 0, tzinfo=UTC), datetime(2026, 12, 7, 6, tzinfo=UTC)),
        (Cadence.NOW, datetime(2026, 11, 25, 12, 0, tzinfo=UTC), None),
        (Cadence.NEVER, datetime(2026, 11, 25, 12, 0, tzinfo=UTC), None),
    ],
)
def test_summaries_leave_at_seven_by_the_clock_on_the_wall(cadence, now, due):
    assert next_summary(cadence, now) == due


def test_changing_the_rhythm_moves_what_waits(user):
    notify([user.pk], kind="reply", target_id=1)
    choose(user, "reply", in_site=True, cadence=Cadence.DAILY)
    assert Notification.objects.get().mail_due_at == next_summary(Cadence.DAILY, timezone.now())
    services.stop_mail(user, "reply")
    assert Notification.objects.get().mail_due_at is None
