"""Many members and moderators at once, in a few topics: what they write, take away and move meets in one database.

Run in a process of its own with DATABASE_URL: `python -m tests.forum.race`; prints what was found as JSON.
"""

from __future__ import annotations

import json
import random
import sys
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import django

PEOPLE, ROUNDS, TOPICS, CATEGORIES = 8, 30, 5, 3


class Crowd:
    """What the people of the race may do: each chooses among it with dice of their own."""

    def __init__(self) -> None:
        from forum import services
        from forum.counting import recount
        from tests.factories import UserFactory
        from tests.forum.factories import CategoryFactory, TopicFactory

        services.POSTS_PER_MINUTE = services.POSTS_PER_HOUR = 10_000
        self.categories = [CategoryFactory(audience="members" if n == 0 else "public") for n in range(CATEGORIES)]
        for number in range(TOPICS):
            topic = TopicFactory(category=self.categories[number % CATEGORIES])
            services.write_tags(topic, [f"mot {number % 2}", "commun"])
        list(recount())
        self.people = [UserFactory(is_superuser=True) for _ in range(PEOPLE)]
        self.acts = [self.write, self.write, self.delete, self.restore, self.hide_or_show, self.react]
        self.acts += [self.flag, self.move, self.merge, self.split]

    def act(self, person: Any, dice: random.Random) -> None:
        """Do something to a topic, or to one of its posts."""
        from forum.models import Post, Topic

        topic = dice.choice(list(Topic.objects.filter(merged_into=None)))
        post = dice.choice([None, *Post.objects.filter(topic=topic).order_by("pk")])
        dice.choice(self.acts)(person, dice, topic, post)

    def write(self, person: Any, dice: random.Random, topic: Any, post: Any) -> None:
        from forum import services

        services.add_post(person, topic, body=f"Message {dice.random()}", submission=uuid.uuid4())

    def delete(self, person: Any, dice: random.Random, topic: Any, post: Any) -> None:
        from forum import services

        if post:
            services.delete_post(post)

    def restore(self, person: Any, dice: random.Random, topic: Any, post: Any) -> None:
        from forum import services

        if post:
            services.restore_post(post)

    def hide_or_show(self, person: Any, dice: random.Random, topic: Any, post: Any) -> None:
        from forum import moderating

        if post:
            dice.choice([moderating.hide_post, moderating.show_post])(person, post, reason="essai")

    def react(self, person: Any, dice: random.Random, topic: Any, post: Any) -> None:
        from forum.reactions import react

        if post:
            react(person, post, dice.choice(["useful", "thanks"]), on=dice.random() < 0.7)

    def flag(self, person: Any, dice: random.Random, topic: Any, post: Any) -> None:
        from forum import moderating

        moderating.flag_topic(person, topic, dice.choice(["hide", "show", "lock", "unlock"]), reason="essai")

    def move(self, person: Any, dice: random.Random, topic: Any, post: Any) -> None:
        from forum.restructuring import move_topic

        move_topic(person, topic, dice.choice(self.categories), reason="essai")

    def merge(self, person: Any, dice: random.Random, topic: Any, post: Any) -> None:
        from forum.models import Topic
        from forum.restructuring import merge_topics

        others = list(Topic.objects.filter(merged_into=None).exclude(pk=topic.pk))
        if len(others) > 1:
            merge_topics(person, topic, dice.choice(others), reason="essai")

    def split(self, person: Any, dice: random.Random, topic: Any, post: Any) -> None:
        from forum.restructuring import split_topic

        if post and not post.opening:
            split_topic(person, topic, [post], title=f"Un sujet à part {dice.random()}", reason="essai")


def main() -> dict[str, Any]:
    """Make a forum, let everyone act, and return what went wrong and which numbers are."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from wagtail.models import Collection, Locale, Page

    call_command("migrate", run_syncdb=True, verbosity=0)
    Locale.objects.create(language_code="fr")
    Page.add_root(title="Root", slug="root")
    Collection.add_root(name="Root")

    from forum import services
    from forum.counting import recount
    from forum.journal import ChangedMeanwhileError
    from forum.models import Post, Topic

    refusals = (
        services.TopicClosedError,
        services.NotAllowedError,
        ChangedMeanwhileError,
        Post.DoesNotExist,
        Topic.DoesNotExist,
    )
    crowd = Crowd()
    together = Barrier(PEOPLE)
    twice = {"category": crowd.categories[1], "title": "Envoyé de huit appareils", "body": "Une fois"}
    submission = uuid.uuid4()

    def take_part(number: int) -> Counter[str]:
        """Act again and again, at the same time as all the others."""
        outcomes: Counter[str] = Counter()
        dice = random.Random(number)
        together.wait(timeout=60)
        try:
            services.create_topic(crowd.people[0], submission=submission, **twice)
            for _round in range(ROUNDS):
                try:
                    crowd.act(crowd.people[number], dice)
                except refusals:
                    outcomes["was refused"] += 1
                except Exception as error:  # noqa: BLE001  (whatever it is, the test has to hear of it)
                    outcomes[f"{type(error).__name__}: {error}"] += 1
                else:
                    outcomes["went through"] += 1
        finally:
            connection.close()
        return outcomes

    with ThreadPoolExecutor(PEOPLE) as pool:
        outcomes = sum(pool.map(take_part, range(PEOPLE)), Counter())
    opened = Post.objects.filter(opening=True).values("topic")
    orphans = Topic.objects.filter(merged_into=None, posts__isnull=False).exclude(pk__in=opened)
    return {
        "outcomes": outcomes,
        "miscounts": [str(fault) for fault in recount()],
        "sent_twice": Post.objects.filter(body="Une fois").count(),
        "topics_without_opening": list(orphans.values_list("pk", flat=True)),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
