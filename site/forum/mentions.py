"""People named in a post: «@Karim Benali», as anyone can type it.

The text keeps what was typed; who it names is settled when the post is saved, and kept by id: a person who changes
their name later is still the one who was named. Two people of one name are told apart by a number, «@Karim Benali#12»,
which completion writes and readers don't see.

Only people who show themselves may be named, and only where they may read: those who write in the topic, or who have
written under their name in the category or where everyone reads. Nobody finds out here who has an account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet

from people.models import User
from people.text import search_key

from .models import Category, Mention, Post, Topic
from .rights import readers_among

AT_MOST = 10
SUGGESTIONS = 8
SHORTEST = 2
PER_MINUTE = 60
_PARTICIPANTS = 200
_NAME_WORDS = 5

_WORD = r"[^\W\d_][\w'’.\-]*"
_MENTION = re.compile(rf"(?<![\w@/.])@({_WORD}(?: {_WORD}){{0,{_NAME_WORDS - 1}}})(?:#(\d{{1,18}}))?")
_TAG = re.compile(r"""(<[a-zA-Z/](?:[^"'>]|"[^"]*"|'[^']*')*>)""")
_VARIANTS = {"a": "aàâäáã", "c": "cç", "e": "eéèêë", "i": "iîïí", "n": "nñ", "o": "oôöó", "u": "uùûüú", "y": "yÿ"}


# -- Who may be named ----------------------------------------------------------------------------------------------


def _participants(topic: Topic) -> QuerySet[User]:
    latest = topic.posts.readable().filter(author__isnull=False).order_by("-pk").values("author_id")[:_PARTICIPANTS]
    return User.objects.filter(pk__in=[row["author_id"] for row in latest], is_active=True)


def _writers(category: Category) -> QuerySet[User]:
    """Return who has written under their name where everyone reads, or in this category."""
    shown = Post.objects.readable().filter(author=OuterRef("pk"), topic__hidden=False)
    where = Q(topic__category__audience=Category.Audience.PUBLIC) | Q(topic__category=category)
    return User.objects.filter(Exists(shown.filter(where)), is_active=True)


def suggest(user: User, typed: str, category: Category, topic: Topic | None = None) -> list[tuple[str, str]]:
    """Return names that begin like what is typed, those who write in the topic first: what to insert, what to show.

    Nothing for less than two letters, nor for who asks more than once a second for a minute.
    """
    typed = " ".join(typed.split())[:80]
    if len(search_key(typed)) < SHORTEST or not _may_ask(user):
        return []
    found: dict[int, User] = {}
    if topic is not None:
        found = {person.pk: person for person in _participants(topic) if _begins(person, typed)}
    if len(found) < SUGGESTIONS:
        others = (
            _writers(category).filter(_begins_q(typed)).exclude(pk__in=found).order_by("first_name", "last_name", "pk")
        )
        found |= {person.pk: person for person in others[: SUGGESTIONS + 1]}
    found.pop(user.pk, None)
    readers = readers_among(found, category)
    people = [person for person in found.values() if person.pk in readers and person.get_full_name()][:SUGGESTIONS]
    names = [person.get_full_name() for person in people]
    return [
        (f"{name}#{person.pk}" if names.count(name) > 1 else name, name)
        for person, name in zip(people, names, strict=True)
    ]


def _may_ask(user: User) -> bool:
    key = f"forum:completion:{user.pk}"
    cache.add(key, 0, 60)
    return cache.incr(key) <= PER_MINUTE


def _begins(person: User, typed: str) -> bool:
    key = search_key(typed)
    names = (person.first_name, person.last_name, person.get_full_name())
    return any(search_key(name).startswith(key) for name in names)


def _begins_q(typed: str) -> Q:
    """Return the condition on a name that begins like this, whatever the accents."""
    first, _, rest = typed.partition(" ")
    begins = Q(first_name__iregex=_pattern(typed)) | Q(last_name__iregex=_pattern(typed))
    if rest:
        begins |= Q(first_name__iregex=f"{_pattern(first)}$", last_name__iregex=_pattern(rest))
    return begins


def _pattern(typed: str) -> str:
    letters = (_VARIANTS.get(letter, re.escape(letter)) for letter in search_key(typed))
    return "^" + "".join(f"[{some}]" if len(some) > 1 and some[0] != "\\" else some for some in letters)


# -- Whom a text names ---------------------------------------------------------------------------------------------


def _typed_names(body: str) -> list[tuple[list[str], int | None]]:
    """Return, for each «@» of a text, the words that follow it, and the number that settles who it is."""
    found = [(match[1].split(" "), int(match[2]) if match[2] else None) for match in _MENTION.finditer(body)]
    return found[: 3 * AT_MOST]


def _possible(words: list[str]) -> list[str]:
    """Return the names that these words may be, the longest first. A name may be followed by other words."""
    return [" ".join(words[:count]).rstrip(".-'’") for count in range(len(words), 0, -1)]


def named_in(body: str, topic: Topic, already: Iterable[int] = ()) -> dict[str, User]:
    """Return whom a text names, by what it calls them, ten at most.

    `already` are the ids of people whom an earlier version named: they may have stopped writing since, or be called
    otherwise. A name that two people bear, without the number that tells them apart, names nobody.
    """
    typed = _typed_names(body)
    bearers = _bearers(typed, topic, already) if typed else {}
    named: dict[str, User] = {}
    for words, number in typed:
        for name in _possible(words):
            people = bearers.get(search_key(name), [])
            called = name
            if number and name == " ".join(words):
                people = [person for person in people if person.pk == number]
                called = f"{name}#{number}"
            if len(people) == 1 and len(named) < AT_MOST:
                named[called] = people[0]
            if people:
                break
    return named


def _bearers(typed: list[tuple[list[str], int | None]], topic: Topic, already: Iterable[int]) -> dict[str, list[User]]:
    """Return who may be named, by the key of their name, among those whom these words may name."""
    exact = Q(pk__in=[number for _, number in typed if number])
    for words, _ in typed:
        for name in _possible(words):
            parts = name.split(" ")
            for cut in range(1, len(parts)):
                exact |= Q(first_name__iexact=" ".join(parts[:cut]), last_name__iexact=" ".join(parts[cut:]))
    people = {person.pk: person for person in _participants(topic)}
    people |= {person.pk: person for person in _writers(topic.category).filter(exact)[:100]}
    people |= {person.pk: person for person in User.objects.filter(pk__in=list(already), is_active=True)}
    readers = readers_among(people, topic.category) if people else set()
    bearers: dict[str, list[User]] = {}
    for person in people.values():
        if person.pk in readers and person.get_full_name():
            bearers.setdefault(search_key(person.get_full_name()), []).append(person)
    return bearers


def emphasise(html: str, named: Iterable[str]) -> str:
    """Show the people named in a rendered text: their name stands out, the number that tells them apart is left out."""
    names = sorted({escape(name, quote=False) for name in named}, key=len, reverse=True)
    if not names:
        return html
    pattern = re.compile(rf"(?<![\w@/.])@({'|'.join(map(re.escape, names))})(?![\w#])")
    shown = (
        part if part.startswith("<") else pattern.sub(lambda match: f"<strong>@{match[1].split('#')[0]}</strong>", part)
        for part in _TAG.split(html)
    )
    return "".join(shown)


def record(post: Post) -> None:
    """Keep whom a post names, as its text says now, and let their names stand out."""
    if "@" not in post.body:
        if post.edited_at is not None:
            Mention.objects.filter(post=post).delete()
        return
    already = list(Mention.objects.filter(post=post).values_list("user_id", flat=True))
    named = named_in(post.body, post.topic, already)
    ids = {person.pk for person in named.values()}
    Mention.objects.filter(post=post).exclude(user__in=ids).delete()
    Mention.objects.bulk_create([Mention(post=post, user=person) for person in named.values()], ignore_conflicts=True)
    shown = emphasise(post.html, named)
    if shown != post.html:
        post.html = shown
        # Not save(), which would render the text again.
        Post.objects.filter(pk=post.pk).update(html=shown)
