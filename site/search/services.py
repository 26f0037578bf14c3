"""What other apps call: put things in the index, take them out, search, find what is similar."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import batched, combinations
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, Sum, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.safestring import SafeString

from people.text import search_key

from . import engine
from .asking import MIN_PREFIX, Question, Term, read_question
from .engine import Row, Stream
from .french import GAP, MAX_WORD, indexed_words, words_of
from .models import SearchEntry, SearchWord
from .passages import mark, passage
from .ranking import has_phrase, score
from .registry import Document, Found, Person, Source, audiences_of, sources

PER_PAGE = 20
_BATCH = 1000
_FIELDS = ["group", "audience", "title", "text", "at", "accepted", "indexed_at", "words", "marks"]

# -- Writing -------------------------------------------------------------------------------------------------------


def _values(value: str | Iterable[str]) -> Iterable[str]:
    return (value,) if isinstance(value, str) else value


def _marks(document: Document, family: str) -> str:
    """Return the terms that filter an entry, and those of its title."""
    at = document.at
    filters = [
        f"a={document.audience}",
        f"k={document.kind}",
        f"f={family}",
        f"y={at.year}",
        f"m={at.year}{at.month:02}",
    ]
    filters += [f"{name}={value}" for name, values in document.facets.items() for value in _values(values) if value]
    title = dict.fromkeys(f"t={term}" for word in words_of(document.title) for term in word.terms)
    return " ".join((*(part for part in filters if " " not in part), *title))


def _entry(document: Document, now: datetime.datetime, seen: dict[str, str]) -> SearchEntry:
    source = sources().get(document.kind)
    title = indexed_words(document.title, seen)
    text = indexed_words(document.text, seen)
    return SearchEntry(
        kind=document.kind,
        object_id=document.object_id,
        group=document.group,
        audience=document.audience,
        title=document.title[:255],
        text=document.text if document.keep_text else "",
        at=document.at,
        accepted=document.accepted,
        indexed_at=now,
        words=f"{title} {GAP} {text}" if title and text else title or text,
        marks=_marks(document, source.family if source else ""),
    )


def index(
    kind: str,
    object_id: int,
    *,
    title: str,
    text: str,
    audience: str,
    at: datetime.datetime,
    group: str = "",
    facets: Mapping[str, str | Iterable[str]] | None = None,
    accepted: bool = False,
    keep_text: bool = False,
) -> None:
    """Put one thing in the index, or bring it up to date. Call it in the transaction that changes the thing."""
    index_many([Document(kind, object_id, title, text, audience, at, group, facets or {}, accepted, keep_text)])


def index_document(document: Document) -> None:
    """Put one document in the index, or bring it up to date."""
    index_many([document])


def index_many(documents: Iterable[Document], *, progress: Callable[[int], None] | None = None) -> int:
    """Put many things in the index, oldest first, by batches; return how many. `progress` is told the total so far."""
    total = 0
    now = timezone.now()
    for batch in batched(documents, _BATCH, strict=False):
        unique = {(document.kind, document.object_id): document for document in batch}
        seen: list[dict[str, str]] = [{} for _document in unique]
        entries = [_entry(document, now, words) for document, words in zip(unique.values(), seen, strict=True)]
        with transaction.atomic():
            _write(entries)
            _learn_words(seen)
        total += len(batch)
        if progress is not None:
            progress(total)
    return total


def _write(entries: Sequence[SearchEntry]) -> None:
    """Insert or update, in three queries. A known entry keeps its id, and takes none from the sequence meanwhile.

    Ids without holes matter: the newest entries are looked for by their ids (`search.engine`).
    """
    asked = Q()
    for kind in {entry.kind for entry in entries}:
        asked |= Q(kind=kind, object_id__in=[entry.object_id for entry in entries if entry.kind == kind])
    known = {
        (kind, pk): entry
        for kind, pk, entry in SearchEntry.objects.filter(asked).values_list("kind", "object_id", "pk")
    }
    for entry in entries:
        entry.pk = known.get((entry.kind, entry.object_id))
    for rows, key in (
        ([entry for entry in entries if entry.pk is None], ["kind", "object_id"]),
        ([entry for entry in entries if entry.pk is not None], ["id"]),
    ):
        if rows:
            # A conflict in the first: someone indexed the same thing meanwhile. The last one to write is right.
            SearchEntry.objects.bulk_create(rows, update_conflicts=True, unique_fields=key, update_fields=_FIELDS)


def remove(kind: str, object_ids: Iterable[int]) -> None:
    """Take things out of the index at once."""
    for ids in batched(object_ids, _BATCH, strict=False):
        SearchEntry.objects.filter(kind=kind, object_id__in=ids).delete()


def remove_group(group: str) -> None:
    """Take out everything of a group."""
    if group:
        SearchEntry.objects.filter(group=group).delete()


def set_audience(group: str, audience: str, *, facets: Mapping[str, str | Iterable[str]] | None = None) -> None:
    """Have another audience find everything of a group; with `facets`, give these filters their new values too."""
    new = {"a": audience, **(facets or {})}
    entries = SearchEntry.objects.filter(group=group).only("pk", "audience", "marks").order_by("pk")
    for batch in batched(entries.iterator(_BATCH), _BATCH, strict=False):
        for entry in batch:
            entry.audience, entry.marks = audience, _remarked(entry.marks, new)
        SearchEntry.objects.bulk_update(batch, ["audience", "marks"])


def _remarked(marks: str, new: Mapping[str, str | Iterable[str]]) -> str:
    """Return marks in which these filters have new values; one without a value is taken away."""
    replaced = tuple(f"{name}=" for name in new)
    kept = (mark_ for mark_ in marks.split() if not mark_.startswith(replaced))
    return " ".join((*(f"{name}={value}" for name, values in new.items() for value in _values(values) if value), *kept))


def set_audience_of_many(groups: Iterable[str], audience: str) -> None:
    """Have another audience find everything of many groups: who may no longer find it stops at once.

    The rows alone decide who finds them: they are changed here, in the caller's transaction. Their marks, which make
    the others find them, follow in a task.
    """
    for names in batched(groups, 500, strict=False):
        SearchEntry.objects.filter(group__in=names).exclude(audience=audience).update(audience=audience)
    from .tasks import mend_marks

    transaction.on_commit(mend_marks.enqueue)


def mend_audience_marks() -> int:
    """Give every entry the mark of its audience; return how many had another one."""
    marked = Concat(Value("a="), "audience", Value(" "))
    mended = last = 0
    while True:
        chunk = list(SearchEntry.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:5000])
        if not chunk:
            return mended
        wrong = SearchEntry.objects.filter(pk__range=(chunk[0], chunk[-1])).exclude(marks__startswith=marked)
        entries = list(wrong.only("pk", "audience", "marks"))
        for entry in entries:
            entry.marks = _remarked(entry.marks, {"a": entry.audience})
        SearchEntry.objects.bulk_update(entries, ["marks"], batch_size=_BATCH)
        mended += len(entries)
        last = chunk[-1]


def set_accepted(group: str, kind: str, object_id: int | None) -> None:
    """Say which entry of a group is the accepted answer, or that none is."""
    SearchEntry.objects.filter(group=group, accepted=True).exclude(kind=kind, object_id=object_id or 0).update(
        accepted=False
    )
    if object_id is not None:
        SearchEntry.objects.filter(group=group, kind=kind, object_id=object_id).update(accepted=True)


def indexed_facets(kind: str, object_id: int) -> dict[str, set[str]] | None:
    """Return the filters that a thing has in the index, its audience under "a"; None if it is not there."""
    marks = SearchEntry.objects.filter(kind=kind, object_id=object_id).values_list("marks", flat=True).first()
    if marks is None:
        return None
    facets: dict[str, set[str]] = {}
    for mark_ in marks.split():
        name, _equals, value = mark_.partition("=")
        facets.setdefault(name, set()).add(value)
    return facets


def indexed_ids(group: str, kind: str) -> set[int]:
    """Return the ids of the things of one kind that a group has in the index."""
    return set(SearchEntry.objects.filter(group=group, kind=kind).values_list("object_id", flat=True))


def remove_older(kinds: Collection[str], moment: datetime.datetime) -> int:
    """Take out what no one has indexed since: after a full reindexing, what no longer exists. Return how many."""
    removed = 0
    stale = SearchEntry.objects.filter(kind__in=kinds, indexed_at__lt=moment).order_by("pk")
    while ids := list(stale.values_list("pk", flat=True)[:_BATCH]):
        removed += SearchEntry.objects.filter(pk__in=ids).delete()[0]
    return removed


# -- Known words ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=100_000)
def _form(word: str) -> str:
    return search_key(word).replace(" ", "")[:MAX_WORD]


_known: set[str] = set()
"""Words that this process has already written down: most of those of a text."""
_MOST_KNOWN = 300_000


def _learn_words(texts: Sequence[Mapping[str, str]]) -> None:
    """Write down the words of texts. What they count for is rough: it says which words are rare, no more."""
    used: Counter[str] = Counter()
    terms: dict[str, str] = {}
    for text in texts:
        forms = {_form(word): term for word, term in text.items() if len(word) >= MIN_PREFIX}
        terms |= forms
        used.update(forms.keys())
    if len(texts) > 1:
        _write_words(used, terms, add=True)
    elif new := [form for form in used if form not in _known]:
        # One message: only new words are written, after it, so that nobody waits for a row that all texts share.
        transaction.on_commit(lambda: _write_words(dict.fromkeys(new, 1), terms, add=False))


def _write_words(used: Mapping[str, int], terms: Mapping[str, str], *, add: bool) -> None:
    rows = [(form, terms[form], uses) for form, uses in sorted(used.items())]
    conflict = "DO UPDATE SET uses = search_searchword.uses + excluded.uses" if add else "DO NOTHING"
    with connection.cursor() as cursor:
        for batch in batched(rows, 300, strict=False):
            places = ", ".join(["(%s, %s, %s)"] * len(batch))
            cursor.execute(
                f"INSERT INTO search_searchword (form, term, uses) VALUES {places} ON CONFLICT (form) {conflict}",  # noqa: S608
                [value for row in batch for value in row],
            )
    if len(_known) > _MOST_KNOWN:
        _known.clear()
    _known.update(used)


def _uses(terms: Collection[str]) -> dict[str, int]:
    return dict(SearchWord.objects.filter(term__in=terms).values_list("term").annotate(Sum("uses")))


# -- Searching -----------------------------------------------------------------------------------------------------

FAMILIES = ("discussions", "lessons", "sheets", "pages")
_TEXT_LIMIT = 200
_TITLE_LIMIT = 100
_PHRASE_LIMIT = 2000
_ENOUGH = 10
"""Results below which the last word is taken for the beginning of a word."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A result, ready to be shown."""

    kind: str
    object_id: int
    label: str
    family: str
    title: SafeString
    plain_title: str
    url: str
    place: str
    passage: SafeString
    at: datetime.datetime
    replies: int | None
    solved: bool


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results. `count` is exact unless `more_exist`: then more match than were ranked."""

    question: Question
    hits: Sequence[Hit]
    count: int
    more_exist: bool
    page: int
    pages: int

    @property
    def has_previous(self) -> bool:
        """Whether a page comes before."""
        return self.page > 1

    @property
    def has_next(self) -> bool:
        """Whether a page comes after."""
        return self.page < self.pages


Filters = Mapping[str, Sequence[str]]
"""Name of a facet → values, one of which must be there."""


def _filter_groups(filters: Filters) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(f"{name}={value}" for value in values) for name, values in filters.items() if values)


def _streams(question: Question, families: Sequence[str], filters: Filters) -> list[Stream]:
    """One stream for each family, so that messages never crowd out lessons, and one for titles, however old."""
    limit = _PHRASE_LIMIT if question.phrases or question.without_phrases else _TEXT_LIMIT
    words = tuple(term.terms for term in question.words)
    titles = tuple(tuple(f"t={term}" for term in terms) for terms in words)
    without = tuple(term for word in question.without for term in word.terms[:1])
    kept = _filter_groups(filters)
    chosen = (tuple(f"f={family}" for family in families),)
    return [
        *(Stream((*words, (f"f={family}",), *kept), without, limit) for family in families),
        Stream((*titles, *chosen, *kept), without, max(_TITLE_LIMIT, limit // 2)),
    ]


@dataclass(frozen=True, slots=True)
class _Ranked:
    rows: list[Row]
    more_exist: bool


def _ranked(
    question: Question,
    audiences: Collection[str],
    families: Sequence[str],
    filters: Filters,
    since: datetime.datetime | None,
) -> _Ranked:
    """Return the candidates best first, one of each group where the source says so."""
    streams = _streams(question, families, filters)
    rows = engine.candidates(streams, audiences)
    given = Counter(row.stream for row in rows)
    more_exist = any(given[number] >= stream.limit for number, stream in enumerate(streams[:-1]))
    now = timezone.now()
    known = sources()
    best: dict[object, tuple[float, Row]] = {}
    for row in {row.pk: row for row in rows}.values():
        source = known.get(row.kind)
        if source is None or (since is not None and row.at < since) or not _agrees(row, question):
            continue
        key = row.group if source.one_a_group and row.group else (row.kind, row.object_id)
        value = score(row, question, now, source.weight)
        held = best.get(key)
        if held is None or (value, row.at, row.object_id) > (held[0], held[1].at, held[1].object_id):
            best[key] = (value, row)
    ordered = sorted(best.values(), key=lambda pair: (-pair[0], -pair[1].at.timestamp(), -pair[1].object_id))
    return _Ranked([row for _value, row in ordered], more_exist)


def _agrees(row: Row, question: Question) -> bool:
    return all(has_phrase(row.words, phrase) for phrase in question.phrases) and not any(
        has_phrase(row.words, phrase) for phrase in question.without_phrases
    )


def _completed(question: Question) -> Question | None:
    """Return the question with its last word taken for the beginning of one, or None when no known word begins so."""
    known = dict.fromkeys(term for _form, term in engine.vocabulary(question.prefix))
    last = question.words[-1]
    terms = tuple(dict.fromkeys((*last.terms, *known)))
    return question.with_words((*question.words[:-1], Term(last.text, terms))) if len(terms) > len(last.terms) else None


def search(
    user: Person,
    text: str | Question,
    *,
    families: Collection[str] = (),
    facets: Filters | None = None,
    since: datetime.datetime | None = None,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> Results:
    """Return what answers best among what this person may read.

    `families` narrows to some of FAMILIES; `facets` to entries that have one of the values of each; `since` to what was
    written from then on. However common the words, the time does not grow with what the site holds.
    """
    question = read_question(text) if isinstance(text, str) else text
    if not question:
        return Results(question, [], 0, more_exist=False, page=1, pages=0)
    present = {source.family for source in sources().values()}
    chosen = [family for family in FAMILIES if family in present and (not families or family in families)]
    filters = {**(facets or {}), **_months(since)}
    audiences = audiences_of(user)
    ranked = _ranked(question, audiences, chosen, filters, since)
    if len(ranked.rows) < _ENOUGH and question.prefix and not ranked.more_exist:
        completed = _completed(question)
        if completed is not None:
            wider = _ranked(completed, audiences, chosen, filters, since)
            first = {row.pk for row in ranked.rows}
            # Whole words come first.
            ranked = _Ranked(ranked.rows + [row for row in wider.rows if row.pk not in first], wider.more_exist)
            question = completed
    pages = -(-len(ranked.rows) // per_page)
    page = min(max(page, 1), max(pages, 1))
    rows = ranked.rows[(page - 1) * per_page : page * per_page]
    return Results(question, _hits(user, rows, question.terms), len(ranked.rows), ranked.more_exist, page, pages)


def _months(since: datetime.datetime | None) -> dict[str, list[str]]:
    """Return the months from then to now as a filter: the index then gives nothing much older."""
    if since is None:
        return {}
    today = timezone.now()
    months: list[str] = []
    year, month = since.year, since.month
    while (year, month) <= (today.year, today.month) and len(months) < 60:
        months.append(f"{year}{month:02}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return {"m": months}


def _found(user: Person, rows: Sequence[Row]) -> dict[tuple[str, int], Found]:
    """Ask each source, once, for what it has to show of these rows."""
    known = sources()
    # Kinds that share a loader, as all pages of the CMS do, are loaded together.
    kinds: dict[Any, set[str]] = {}
    ids: dict[Any, list[int]] = {}
    for row in rows:
        load = known[row.kind].load
        kinds.setdefault(load, set()).add(row.kind)
        ids.setdefault(load, []).append(row.object_id)
    return {
        (kind, object_id): found
        for load in kinds
        for object_id, found in load(user, ids[load]).items()
        for kind in kinds[load]
    }


def _hits(user: Person, rows: Sequence[Row], terms: Collection[str]) -> list[Hit]:
    found = _found(user, rows)
    without_text = [
        row.pk for row in rows if (f := found.get((row.kind, row.object_id))) is not None and f.text is None
    ]
    kept = dict(SearchEntry.objects.filter(pk__in=without_text).values_list("pk", "text")) if without_text else {}
    known = sources()
    return [
        _hit(known[row.kind], row, shown, kept.get(row.pk, ""), terms)
        for row in rows
        if (shown := found.get((row.kind, row.object_id))) is not None
    ]


def _hit(source: Source, row: Row, found: Found, kept: str, terms: Collection[str]) -> Hit:
    return Hit(
        kind=row.kind,
        object_id=row.object_id,
        label=found.label or str(source.label),
        family=source.family,
        title=mark(found.title, terms),
        plain_title=found.title,
        url=found.url,
        place=found.place,
        passage=passage(kept if found.text is None else found.text, terms),
        at=found.at or row.at,
        replies=found.replies,
        solved=found.solved,
    )


def matching_ids(user: Person, text: str, kind: str, limit: int = 200) -> list[int]:
    """Return the ids of the things of one kind that match, best first: for a list with filters of its own."""
    question = read_question(text)
    source = sources().get(kind)
    if not question or source is None:
        return []
    audiences, filters = audiences_of(user), {"k": [kind]}
    rows = _ranked(question, audiences, [source.family], filters, None).rows
    if len(rows) < _ENOUGH and question.prefix and (completed := _completed(question)) is not None:
        rows += [row for row in _ranked(completed, audiences, [source.family], filters, None).rows if row not in rows]
    return [row.object_id for row in rows[:limit]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The same question without a word that nothing answers."""

    text: str
    dropped: str


def suggestion(
    user: Person,
    question: Question,
    *,
    families: Collection[str] = (),
    facets: Filters | None = None,
) -> Suggestion | None:
    """Return a shorter question that has answers this person may read, or None.

    The rarest word is the first to be left out. One query tries them all; nothing is said of what may not be read.
    """
    if len(question.words) < 2:
        return None
    uses = _uses([term.terms[0] for term in question.words])
    rarest_first = sorted(question.words, key=lambda term: uses.get(term.terms[0], 0))
    kept = _filter_groups(facets or {})
    chosen = (tuple(f"f={family}" for family in families),) if families else ()
    streams = [
        Stream((*(term.terms for term in question.words if term is not dropped), *chosen, *kept), limit=1)
        for dropped in rarest_first
    ]
    answered = {row.stream for row in engine.candidates(streams, audiences_of(user))}
    for number, dropped in enumerate(rarest_first):
        if number in answered:
            return Suggestion(" ".join(t.text for t in question.words if t is not dropped), dropped.text)
    return None


# -- Similar -------------------------------------------------------------------------------------------------------

_SIMILAR_LIMIT = 20
_SIMILAR_WORDS = 4


def similar(
    user: Person, title: str, *, kinds: Collection[str] = ("topic", "lesson", "module", "sheet"), limit: int = 5
) -> list[Hit]:
    """Return what has nearly this title among what this person may read, best first; nothing rather than anything.

    Two words of the title at least are shared, or the only one. The rarest words count: they say what it is about.
    """
    question = read_question(title)
    words = question.words
    if not words:
        return []
    uses = _uses([term.terms[0] for term in words])
    weights = {term: 1 / math.log(3 + uses.get(term.terms[0], 0)) for term in words}
    # A word that no text has says nothing of what there is: it comes after the rare ones.
    rarest = sorted(words, key=lambda term: (term.terms[0] not in uses, -weights[term]))[:_SIMILAR_WORDS]
    asked: list[tuple[Term, ...]] = [tuple(rarest)]
    asked += [pair for pair in combinations(rarest, 2) if len(rarest) > 2]
    chosen = (tuple(f"k={kind}" for kind in kinds),)
    streams = [
        Stream((*(tuple(f"t={term}" for term in word.terms) for word in group), *chosen), limit=_SIMILAR_LIMIT)
        for group in asked
    ]
    rows = {row.pk: row for row in engine.candidates(streams, audiences_of(user))}.values()

    def likeness(row: Row) -> float:
        terms = {mark_[2:] for mark_ in row.marks.split() if mark_.startswith("t=")}
        shared = sum(weights[word] for word in words if not terms.isdisjoint(word.terms))
        return shared / sum(weights.values()) + (0.05 if "solved=1" in row.marks.split() else 0)

    ordered = sorted(rows, key=lambda row: (-likeness(row), -row.at.timestamp(), -row.object_id))
    return _hits(user, ordered[:limit], question.terms)
