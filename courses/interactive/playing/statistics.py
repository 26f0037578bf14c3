"""How an activity went for those who opened it, and how each of its parts did.

All of it comes from the browsers of learners. The queries add up in the database, and read the newest
`SAMPLE` people at most where they look into answers, so that a report costs the same however many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import batched
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from courses.catalog.figures import Series
from courses.interactive.lrs.models import Statement
from courses.interactive.packages.models import Package
from people.models import User

from .answers import FREE, Interaction, correct_in_words, in_words, interactions_in, kind_of, question_in_words
from .models import PlayState, Registration

SAMPLE = 5000
SCORM_SAMPLE = 1000
"""The cmi data of a person may be of 64,000 characters and more."""
MOST_PARTS = 200
"""Made-up parts, which a browser can send by the thousand, don't fill the report."""
SHOWN_CHOICES = 5
BATCH = 2000
ANSWERING = ("http://adlnet.gov/expapi/verbs/answered", "http://adlnet.gov/expapi/verbs/responded")
SCORM = (Package.Kind.SCORM12, Package.Kind.SCORM2004)

_RIGHT = Q(success=True) | Q(success=None, score_scaled__gte=1)
_JUDGED = Q(success__isnull=False) | Q(score_scaled__isnull=False)


# -- The whole -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overview:
    """How an activity went: people who opened it, who are done, their best scores in percent, their seconds."""

    people: int = 0
    done: int = 0
    scores: Series = field(default_factory=Series)
    seconds: Series = field(default_factory=Series)

    @property
    def done_rate(self) -> float | None:
        """The percentage of people who are done."""
        return 100 * self.done / self.people if self.people else None


def registrations_in(page_id: int, block_id: UUID) -> QuerySet[Registration]:
    """Return what people did in one place."""
    return Registration.objects.filter(page=page_id, block_id=block_id)


def overview(registrations: QuerySet[Registration]) -> Overview:
    """Return how an activity went. Three queries."""
    counted = registrations.order_by()
    whole = counted.aggregate(people=Count("*"), done=Count("done_at"))
    scores = counted.filter(score__isnull=False).values_list("score").annotate(number=Count("*"))
    seconds = counted.filter(seconds__gt=0).values_list("seconds").annotate(number=Count("*"))
    return Overview(
        **whole, scores=Series.of((100 * score, number) for score, number in scores), seconds=Series.of(seconds)
    )


# -- Its parts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that people gave: in words, how many gave it, and whether it is right where that is known."""

    text: str
    number: int
    percent: float
    is_right: bool | None


@dataclass(frozen=True, slots=True)
class Part:
    """How a question inside a content did, by the last answer of each person. `right` counts among `judged` ones."""

    key: str
    text: str
    answered: int
    judged: int
    right: int
    correct: str = ""
    is_free: bool = False
    choices: Sequence[Choice] = ()

    @property
    def right_rate(self) -> float | None:
        """The percentage of right answers."""
        return 100 * self.right / self.judged if self.judged else None


def answers_in(registrations: QuerySet[Registration], federation_id: int) -> QuerySet[Statement]:
    """Return the statements that answer something. A tool of another federation has nothing to say here."""
    return Statement.objects.filter(
        Q(client=None) | Q(federation=federation_id),
        registration__in=registrations.order_by().values("pk"),
        verb__in=ANSWERING,
        voided=False,
    ).exclude(activity="")


def _newest(registrations: QuerySet[Registration], number: int) -> QuerySet[Registration]:
    # A slice keeps its order only inside a subquery of its own.
    newest = registrations.order_by("-last_at", "-pk").values("pk")[:number]
    return Registration.objects.filter(pk__in=newest)


def _definition(raw: Any) -> Mapping[str, Any]:
    found = raw.get("object", {}).get("definition") if isinstance(raw, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def parts(registrations: QuerySet[Registration], federation_id: int, activity: str, content: Any = None) -> list[Part]:
    """Return how each part did, in the order of the content. Four queries.

    `activity` is the IRI of the place, `content` what an H5P content is made of.
    """
    found = _answered_parts(_newest(registrations, SAMPLE), federation_id, activity)
    order = part_order(content)
    found.sort(key=lambda part: order.get(_part(part.key), len(order)))
    return found + _interaction_parts(_newest(registrations, SCORM_SAMPLE))


def _part(activity: str) -> str:
    """Return the identifier of a part of an H5P content in the id of its activity."""
    return activity.rpartition("=")[2]


def part_order(content: Any) -> dict[str, int]:
    """Return the place of each part of an H5P content, by its identifier."""
    found: dict[str, int] = {}
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            number = value.get("subContentId")
            if isinstance(number, str):
                found.setdefault(number, len(found))
            waiting.extend(reversed(list(value.values())))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
    return found


def _answered_parts(registrations: QuerySet[Registration], federation_id: int, activity: str) -> list[Part]:
    answers = answers_in(registrations, federation_id).order_by()
    last = answers.values("registration", "activity").annotate(last=Max("sequence")).values("last")
    counted = Statement.objects.filter(sequence__in=last).order_by()
    rows = list(
        counted.values("activity")
        .annotate(
            answered=Count("*"),
            judged=Count("pk", filter=_JUDGED),
            right=Count("pk", filter=_RIGHT),
            first=Min("sequence"),
            newest=Max("sequence"),
        )
        .order_by("-answered", "first")[:MOST_PARTS]
    )
    # The whole content sums its parts up: it is a question itself only where it has none.
    rows = [row for row in rows if len(rows) == 1 or row["activity"] != activity]
    rows.sort(key=lambda row: row["first"])
    newest = Statement.objects.filter(sequence__in=[row["newest"] for row in rows])
    definitions = {name: _definition(raw) for name, raw in newest.values_list("activity", "raw")}
    said = (
        counted.filter(activity__in=list(definitions))
        .values_list("activity", KeyTextTransform("response", KeyTransform("result", "raw")))
        .annotate(number=Count("*"), right=Count("pk", filter=_RIGHT), judged=Count("pk", filter=_JUDGED))
    )
    given: dict[str, list[tuple[str, int, bool | None]]] = {}
    for name, response, number, right, judged in said:
        words = in_words(definitions[name], response)
        given.setdefault(name, []).append((words, number, 2 * right >= judged if judged else None))
    return [
        Part(
            key=row["activity"],
            text=question_in_words(definitions[row["activity"]]),
            answered=row["answered"],
            judged=row["judged"],
            right=row["right"],
            correct=correct_in_words(definitions[row["activity"]]),
            is_free=kind_of(definitions[row["activity"]]) in FREE,
            choices=most_chosen(given.get(row["activity"], ()), row["answered"]),
        )
        for row in rows
    ]


def most_chosen(given: Iterable[tuple[str, int, bool | None]], answered: int) -> list[Choice]:
    """Return the most given answers of (words, how many, whether right); what is empty was not given."""
    numbers: Counter[str] = Counter()
    right: dict[str, bool | None] = {}
    for words, number, is_right in given:
        if words:
            numbers[words] += number
            right[words] = is_right if right.get(words) is None else right[words]
    ranked = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))[:SHOWN_CHOICES]
    return [Choice(words, number, 100 * number / answered, right[words]) for words, number in ranked]


def _interactions(states: QuerySet[PlayState]) -> Iterator[tuple[UUID, str, list[Interaction]]]:
    """Yield the registration, the SCO and the interactions of each state of a SCORM content that has some."""
    rows = (
        states.filter(registration__version__package__kind__in=SCORM)
        .order_by("registration", "key")
        .values_list("registration", "key", KeyTransform("cmi", "data"))
    )
    for registration, key, kept in rows.iterator(chunk_size=500):
        if found := interactions_in(kept):
            yield registration, key, found


def _interaction_parts(registrations: QuerySet[Registration]) -> list[Part]:
    states = PlayState.objects.filter(registration__in=registrations)
    by_part: dict[tuple[str, str], list[Interaction]] = {}
    for _registration, key, interactions in _interactions(states):
        for interaction in interactions:
            name = (key, interaction.id)
            if name in by_part or len(by_part) < MOST_PARTS:
                by_part.setdefault(name, []).append(interaction)
    return [_interaction_part(f"{key} {number}", found) for (key, number), found in by_part.items()]


def _interaction_part(key: str, found: Sequence[Interaction]) -> Part:
    definition = found[-1].definition
    given = [(in_words(one.definition, one.response), 1, one.success) for one in found]
    return Part(
        key=key,
        text=question_in_words(definition),
        correct=correct_in_words(definition),
        answered=len(found),
        judged=sum(one.success is not None for one in found),
        right=sum(one.success is True for one in found),
        is_free=kind_of(definition) in FREE,
        choices=most_chosen(given, len(found)),
    )


# -- The answers of people -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """An answer of one person, in words. `tries` is how many times they answered; `at` is None where it is not told."""

    text: str
    response: str
    is_right: bool | None
    correct: str = ""
    score: Decimal | None = None
    at: datetime | None = None
    tries: int = 1


MOST_ANSWERS = 2000
"""So many statements of one person are read, the newest."""


def _given(statement: Statement) -> Given:
    definition = _definition(statement.raw)
    is_right = statement.success
    if is_right is None and statement.score_scaled is not None:
        is_right = statement.score_scaled >= 1
    result = statement.raw.get("result") if isinstance(statement.raw, Mapping) else None
    return Given(
        text=question_in_words(definition),
        response=in_words(definition, result.get("response") if isinstance(result, Mapping) else None),
        is_right=is_right,
        correct=correct_in_words(definition),
        score=statement.score_scaled,
        at=statement.timestamp,
    )


def _of_interaction(interaction: Interaction) -> Given:
    return Given(
        text=question_in_words(interaction.definition),
        response=in_words(interaction.definition, interaction.response),
        is_right=interaction.success,
        correct=correct_in_words(interaction.definition),
    )


def answers_of(registration: Registration, federation_id: int, activity: str) -> list[Given]:
    """Return the last answer of a person to each question, in the order of the content. Three queries."""
    mine = Registration.objects.filter(pk=registration.pk)
    newest: dict[str, Statement] = {}
    tries: Counter[str] = Counter()
    for statement in answers_in(mine, federation_id).order_by("-sequence")[:MOST_ANSWERS]:
        newest.setdefault(statement.activity, statement)
        tries[statement.activity] += 1
    if len(newest) > 1:
        newest.pop(activity, None)
    order = part_order(registration.version.content)
    ranked = sorted(newest, key=lambda name: (order.get(_part(name), len(order)), newest[name].sequence))
    found = [replace(_given(newest[name]), tries=tries[name]) for name in ranked]
    for _registration, _key, interactions in _interactions(PlayState.objects.filter(registration=registration)):
        found += [_of_interaction(interaction) for interaction in interactions]
    return found


def each_answer(registrations: QuerySet[Registration], federation_id: int) -> Iterator[tuple[User, Given]]:
    """Yield each answer with its person, in the order of arrival, then those that SCORM contents keep."""
    statements = answers_in(registrations, federation_id).filter(user__isnull=False).select_related("user")
    for statement in statements.order_by("sequence").iterator(chunk_size=BATCH):
        assert statement.user  # noqa: S101  (kept by the filter)
        yield statement.user, _given(statement)
    states = PlayState.objects.filter(registration__in=registrations.order_by().values("pk"))
    users: dict[UUID, User] = {}
    for batch in batched(_interactions(states), BATCH, strict=False):
        rows = Registration.objects.filter(pk__in={row[0] for row in batch} - set(users)).select_related("user")
        users |= {row.pk: row.user for row in rows}
        for registration, _key, interactions in batch:
            for interaction in interactions:
                yield users[registration], _of_interaction(interaction)
