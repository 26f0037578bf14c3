"""The forum with many topics: what its lists, a topic, the unread ones and the search cost then, and with few."""

from __future__ import annotations

import random
import uuid
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from itertools import accumulate
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.db.models import Count, Max
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from eti.bench.measuring import Budget, Measure, measure
from eti.bench.rows import insert, settle
from forum.counting import recount
from forum.models import Category, Follow, Member, Post, Tag, Topic, TopicRead, TopicTag
from forum.paging import encode_cursor
from people.models import Federation, Profile, Territory, User

FEW = 1000
"""So many topics are measured first: with all of them, a page may hardly cost more."""
TIMES, TIMES_OF_SEARCH_ON_SQLITE = 1.5, 3.0
RUNS = 15
REPLIES = 9
"""Each topic has so many replies on average; ten times more in one of a hundred."""
DAYS = 1000
PEOPLE_PER_TOPIC = 20
THEMES, SPACES = 12, 3
WORDS = 20_000
_CHUNK = 5_000
Say = Callable[[str], None]

_COMMON = [
    "chantier", "équipe", "salarié", "sécurité", "gants", "consigne", "planning", "atelier", "tri", "palette",
    "machine", "retard", "matin", "pause", "client", "livraison", "outil", "réparer", "expliquer", "montrer",
    "geste", "collègue", "formation", "parcours", "référent", "accompagner", "encadrer", "bac",
]  # fmt: skip
_SYLLABLES = [
    "ba", "cho", "din", "fra", "gou", "lir", "mé", "nol", "pru", "ri", "sal", "ter", "vau", "zin", "bel", "cor", "dru",
    "fin", "gal", "hou", "jar", "lem", "mar",
]  # fmt: skip

_TOPIC = (
    *("id", "category_id", "kind", "title", "slug", "author_id", "by_team", "anonymous", "created_at", "last_post_at"),
    *("last_post_id", "reply_count", "pinned", "locked", "hidden"),
)
_POST = (
    *("id", "topic_id", "opening", "by_topic_author", "author_id", "by_team", "anonymous", "body", "html"),
    *("created_at", "published_at", "hidden_why", "submission", "useful_count", "thanks_count", "same_count"),
)


@dataclass
class Filled:
    """A forum full of discussions, and who looks at it."""

    categories: list[Category]
    tags: list[Tag]
    people: list[User]
    member: User
    dice: random.Random
    vocabulary: list[str]
    weights: list[float]
    topics: int = 0
    posts: int = 0
    ends: datetime = field(default_factory=timezone.now)

    def words(self, number: int) -> str:
        """Return so many words, the first ones of the vocabulary far more often than the last."""
        total = self.weights[-1]
        return " ".join(self.vocabulary[bisect(self.weights, self.dice.random() * total)] for _ in range(number))


def start(topics: int) -> Filled:
    """Make categories, tags and people."""
    dice = random.Random(42)  # noqa: S311  (the same forum each time)
    region = Territory.objects.get_or_create(kind="region", code="93", defaults={"name": "Région de mesure"})[0]
    department = Territory.objects.get_or_create(
        kind="departement", code="13", defaults={"name": "Département de mesure", "parent": region}
    )[0]
    federation = Federation.objects.create(name="Fédération de mesure", slug="mesure")
    categories = [Category(name=f"Thème {n}", slug=f"mesure-{n}", position=n) for n in range(THEMES)]
    categories += [
        Category(name=str(place), slug=f"mesure-{place.code}", territory=place) for place in (region, department)
    ]
    categories += [
        Category(name=f"Espace {n}", slug=f"mesure-prive-{n}", audience="federation", federation=federation)
        for n in range(SPACES)
    ]
    Category.objects.bulk_create(categories)
    tags = Tag.objects.bulk_create([Tag(name=f"mot {n}", slug=f"mot-{n}") for n in range(200)])
    people = User.objects.bulk_create(
        [
            User(email=f"forum{n}@exemple.fr", first_name="Camille", last_name=f"Martin{n}", password="!")  # noqa: S106
            for n in range(max(topics // PEOPLE_PER_TOPIC, 50))
        ],
        batch_size=5000,
    )
    member = people[0]
    Profile.objects.create(user=member, job_function="eti", department=department)
    vocabulary = list(_COMMON)
    while len(vocabulary) < WORDS:
        vocabulary.append("".join(dice.choices(_SYLLABLES, k=dice.randint(2, 4))) + str(len(vocabulary) % 7))
    weights = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    return Filled(list(Category.objects.order_by("pk")), list(tags), people, member, dice, vocabulary, weights)


def fill(site: Filled, number: int) -> None:
    """Add topics until there are so many, spread over the same days whatever their number."""
    dice, first = site.dice, site.topics
    topic_id = (Topic.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    post_id = (Post.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    topics: list[tuple[Any, ...]] = []
    posts: list[tuple[Any, ...]] = []
    tags: list[tuple[int, int]] = []

    def flush() -> None:
        # A topic names its last post, which comes after it: the database checks that at the end.
        with transaction.atomic():
            insert(Topic, _TOPIC, topics)
            insert(Post, _POST, posts)
            insert(TopicTag, ("topic_id", "tag_id"), tags)
        for rows in (topics, posts, tags):
            rows.clear()

    while site.topics < number:
        place = site.topics - first
        at = site.ends - timedelta(days=DAYS) * (1 - (place + dice.random()) / (number - first + 1)) - timedelta(days=2)
        # A few categories have most of it; the last ones are private.
        category = site.categories[int(len(site.categories) * dice.random() ** 1.5)]
        title = site.words(5).capitalize() + f" {site.topics}"
        replies = dice.randint(0, 2 * REPLIES - 2) + (REPLIES * 10 if dice.random() < 0.01 else 0)
        last = at
        for post in range(replies + 1):
            last = at + timedelta(hours=post * dice.random())
            posts.append(_post(site, post_id, topic_id, last, opening=post == 0))
            post_id += 1
        kind = dice.choice(("question", "question", "discussion", "practice"))
        topics.append(
            (
                *(topic_id, category.pk, kind, title[:120], slugify(title)[:80], dice.choice(site.people).pk),
                *(False, False, at, last, post_id - 1, replies, False, False, False),
            )
        )
        tags.extend((topic_id, tag.pk) for tag in dice.sample(site.tags, dice.randint(0, 3)))
        site.topics += 1
        site.posts += replies + 1
        topic_id += 1
        if len(topics) >= _CHUNK:
            flush()
    flush()
    _sum_up()


def _post(site: Filled, pk: int, topic_id: int, at: datetime, *, opening: bool) -> tuple[Any, ...]:
    text = site.words(site.dice.randint(15, 60))
    author = site.dice.choice(site.people).pk
    return (
        *(pk, topic_id, opening, False, author, False, False, text, f"<p>{text}</p>", at, at, ""),
        *(uuid.UUID(int=site.dice.getrandbits(128), version=4), 0, 0, 0),
    )


def _sum_up() -> None:
    """Write the numbers of categories and tags, as posting one by one would have."""
    shown = Topic.objects.filter(hidden=False)
    for category in Category.objects.all():
        Category.objects.filter(pk=category.pk).update(topic_count=shown.filter(category=category).count())
    public = dict(
        TopicTag.objects.filter(topic__category__audience=Category.Audience.PUBLIC)
        .values_list("tag")
        .annotate(number=Count("pk"))
    )
    for pk, number in public.items():
        Tag.objects.filter(pk=pk).update(topic_count=number)


def read_most(site: Filled, days: int = 30, unread: int = 25) -> None:
    """Have the member say that all is read before so many days, and read what came since but some."""
    since = site.ends - timedelta(days=days)
    Member.objects.update_or_create(user=site.member, defaults={"read_before": since})
    recent = list(Topic.objects.filter(last_post_at__gt=since).order_by("-last_post_at").values_list("pk", "last_post"))
    TopicRead.objects.filter(user=site.member).delete()
    step = max(len(recent) // unread, 1)
    TopicRead.objects.bulk_create(
        [
            TopicRead(user=site.member, topic_id=topic, last_read_post_id=post)
            for place, (topic, post) in enumerate(recent)
            if place % step
        ],
        batch_size=5000,
    )
    followed = [Follow(user=site.member, topic_id=topic) for topic, _post in recent[:20]]
    Follow.objects.bulk_create(followed, ignore_conflicts=True)


# -- What is measured ----------------------------------------------------------------------------------------------


def _page(client: Client, address: str, **query: str) -> Any:
    response = client.get(address, query)
    if response.status_code != HTTPStatus.OK:
        message = f"{response.status_code} for {address}"
        raise RuntimeError(message)
    return response


def _calls(site: Filled) -> Iterator[tuple[str, float, int | None, Callable[[], Any]]]:
    """Yield what is measured: name, seconds and queries allowed, call."""
    member, visitor = Client(), Client()
    member.force_login(site.member)
    busiest = Category.objects.order_by("-topic_count").first()
    longest = Topic.objects.visible_to(AnonymousUser()).order_by("-reply_count").first()
    tag = Tag.objects.order_by("-topic_count").first()
    if busiest is None or longest is None or longest.last_post_id is None or tag is None:
        raise RuntimeError("the forum is empty")
    middle = Topic.objects.filter(category=busiest).order_by("-last_post_at")[busiest.topic_count // 2]
    pages = {
        "accueil du forum": (reverse("forum:home"), {}),
        "catégorie": (busiest.get_absolute_url(), {}),
        "catégorie, au milieu": (busiest.get_absolute_url(), {"apres": encode_cursor(middle)}),
        "étiquette": (tag.get_absolute_url(), {}),
        "sujet, première page": (longest.get_absolute_url(), {}),
        "sujet, dernière page": (longest.get_absolute_url(), {"avant": str(longest.last_post_id + 1)}),
        "non lus": (reverse("forum:home"), {"vue": "non-lus"}),
    }
    for name, (address, query) in pages.items():
        yield name, 0.5, 12, partial(_page, member, address, **query)
    yield "catégorie, sans compte", 0.5, 12, partial(_page, visitor, busiest.get_absolute_url())


def _measured(site: Filled, few: dict[str, float]) -> Iterator[Measure]:
    size = f"{site.topics:,}".replace(",", " ")
    for name, seconds, queries, call in _calls(site):
        times = TIMES_OF_SEARCH_ON_SQLITE if name.startswith("recherche") and connection.vendor == "sqlite" else TIMES
        allowed = min(seconds, few[name] * times) if name in few else seconds
        found = measure(Budget(f"{size} : {name}", allowed, queries), call, times=RUNS)
        few.setdefault(name, found.seconds)
        yield found


def run(topics: int, *, say: Say) -> list[Measure]:
    """Fill the scratch site, a little and then whole, and return what was measured there."""
    site = start(topics)
    found: list[Measure] = []
    few: dict[str, float] = {}
    for number in sorted({min(FEW, topics), topics}):
        say(f"{number} sujets…")
        fill(site, number)
        settle()
        read_most(site)
        found += _measured(site, few)
    wrong = list(recount())
    say(f"{site.topics} sujets, {site.posts} messages, {connection.vendor} ; recompte : {len(wrong)} écart(s).")
    return found
