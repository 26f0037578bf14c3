"""The full-text index, on SQLite and on PostgreSQL: the same entries for the same question, in a bounded time.

A word may be in half of a million messages: all of them are never ranked, nor even read. A stream gives at most `limit`
entries that match, the newest first, and stops.

- SQLite: FTS5 reads its lists of entries from the newest. Triggers keep the index in step with the rows.
- PostgreSQL: a GIN index gives its matches without order, so each entry also carries the number of its bucket: the
  newest 4,096 entries are asked first (GIN skips through a long list to meet a short one), then the newest 65,536, and
  the whole index only when those gave too few, which means that the matches are rare. Titles are fewer: each of their
  terms also stands once with the number of a large bucket (`t7=chanti`), which is a short list by itself.

Filters, audience included, are terms like words (`marks`), so that a filter that keeps little reads little.
"""

# ruff: noqa: S608  (what is put into the statements is made here: names of columns, numbers; the rest are parameters)

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

_FINE, _COARSE, _TITLES = 10, 15, 17
"""Bits of an id inside a bucket: 1,024 entries, 32,768, and 131,072 for titles."""

_SQLITE_TERMS = "{0}.words || ' ' || {0}.marks"
# detail=none: only which entries have a term. Their positions are read from the few rows that are ranked.
SQLITE_SCHEMA = (
    """CREATE VIRTUAL TABLE IF NOT EXISTS search_fts
       USING fts5(terms, content='', detail=none, columnsize=0, tokenize="ascii tokenchars '.=:-'")""",
    f"""CREATE TRIGGER IF NOT EXISTS search_entry_added AFTER INSERT ON search_searchentry BEGIN
          INSERT INTO search_fts(rowid, terms) VALUES (new.id, {_SQLITE_TERMS.format("new")});
        END""",
    f"""CREATE TRIGGER IF NOT EXISTS search_entry_removed AFTER DELETE ON search_searchentry BEGIN
          INSERT INTO search_fts(search_fts, rowid, terms) VALUES ('delete', old.id, {_SQLITE_TERMS.format("old")});
        END""",
    f"""CREATE TRIGGER IF NOT EXISTS search_entry_changed AFTER UPDATE ON search_searchentry
        WHEN old.words IS NOT new.words OR old.marks IS NOT new.marks BEGIN
          INSERT INTO search_fts(search_fts, rowid, terms) VALUES ('delete', old.id, {_SQLITE_TERMS.format("old")});
          INSERT INTO search_fts(rowid, terms) VALUES (new.id, {_SQLITE_TERMS.format("new")});
        END""",
)
# A function of our own, so that the index and the queries cannot differ. No parser: the terms are ready as they are.
POSTGRESQL_SCHEMA = (
    f"""CREATE OR REPLACE FUNCTION search_document(id bigint, words text, marks text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
          SELECT array_to_tsvector(array_remove(array_remove(string_to_array(
            translate(words, '|', ' ') || ' ' || marks
            || regexp_replace(' ' || marks, ' t=', ' t' || (id >> {_TITLES})::text || '=', 'g')
            || ' b=' || (id >> {_FINE})::text || ' c=' || (id >> {_COARSE})::text, ' '), '_'), ''))
        $$""",
    # Without a list of what is still to be sorted in: searching it would cost more than writing costs.
    """CREATE INDEX IF NOT EXISTS search_entry_terms ON search_searchentry
       USING gin (search_document(id, words, marks)) WITH (fastupdate = off)""",
)


def create_index(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the index of the database in use. A migration that changes the table on SQLite makes it anew: call this."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL_SCHEMA if postgresql else SQLITE_SCHEMA:
        schema_editor.execute(statement, params=None)


def drop_index(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the index away, before its table goes."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS search_entry_terms", params=None)
        schema_editor.execute("DROP FUNCTION IF EXISTS search_document", params=None)
    else:
        for name in ("added", "removed", "changed"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS search_entry_{name}", params=None)
        schema_editor.execute("DROP TABLE IF EXISTS search_fts", params=None)


@dataclass(frozen=True, slots=True)
class Stream:
    """A question to the index: a term at least of each group of `every`, none of `without`; at most `limit` entries."""

    every: tuple[tuple[str, ...], ...]
    without: tuple[str, ...] = ()
    limit: int = 200


@dataclass(frozen=True, slots=True)
class Row:
    """An entry that a stream gave, with what it is ranked by."""

    stream: int
    pk: int
    kind: str
    object_id: int
    group: str
    title: str
    at: datetime.datetime
    accepted: bool
    words: str
    marks: str


RANKED_LENGTH = 6000
"""How much of an entry's words is read to rank it, in characters."""
_COLUMNS = (
    f'e.id, e.kind, e.object_id, e."group", e.title, e.at, e.accepted, substr(e.words, 1, {RANKED_LENGTH}), e.marks'
)
# Terms are letters, figures, `=`, `.`, `:` and `-`; whatever else there may be one day never reaches the database.
_NOT_IN_A_TERM = re.compile(r"[\s\"'\\&|!()*_\0]")


def _clean(term: str) -> str:
    return _NOT_IN_A_TERM.sub("", term)


def _fts5(stream: Stream) -> str:
    groups = ("(" + " OR ".join(f'"{_clean(term)}"' for term in group) + ")" for group in stream.every)
    asked = " AND ".join(groups)
    if stream.without:
        refused = " OR ".join(f'"{_clean(term)}"' for term in stream.without)
        return f"({asked}) NOT ({refused})"
    return asked


def _any_of(terms: Iterable[str]) -> str:
    return "(" + " | ".join(f"'{_clean(term)}'" for term in terms) + ")"


def _buckets(newest: int, bits: int, number: int) -> range:
    """Return the numbers of the newest buckets."""
    return range(max((newest >> bits) - number + 1, 0), (newest >> bits) + 1)


def _tsqueries(stream: Stream, newest: int) -> list[str]:
    """Return the steps of a stream: the newest entries, more of them, all of them."""
    every = [_any_of(group) for group in stream.every]
    without = [f"!'{_clean(term)}'" for term in stream.without]
    whole = [*every, *without]
    if any(term.startswith("t=") for group in stream.every for term in group):
        numbers = _buckets(newest, _TITLES, 2)
        recent = [
            _any_of(f"t{number}={term[2:]}" for term in group for number in numbers)
            if group[0].startswith("t=")
            else _any_of(group)
            for group in stream.every
        ]
        steps = [[*recent, *without], whole]
    else:
        fine = _any_of(f"b={number}" for number in _buckets(newest, _FINE, 4))
        coarse = _any_of(f"c={number}" for number in _buckets(newest, _COARSE, 2))
        steps = [[*whole, fine], [*whole, coarse], whole]
    return [" & ".join(step) for step in steps]


def _sqlite_statement(streams: Sequence[Stream]) -> tuple[str, list[Any]]:
    parts, params = [], []
    for number, stream in enumerate(streams):
        parts.append(
            f"SELECT * FROM (SELECT {number} AS stream, rowid AS id FROM search_fts WHERE search_fts MATCH %s"
            f" ORDER BY rowid DESC LIMIT {stream.limit:d})"
        )
        params.append(_fts5(stream))
    return " UNION ALL ".join(parts), params


def _postgresql_statement(streams: Sequence[Stream]) -> tuple[str, list[Any]]:
    """A step of a stream is not even begun when those before it gave enough."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM search_searchentry")
        newest = cursor.fetchone()[0] or 0
    tables, unions, params = [], [], []
    document = "search_document(id, words, marks)"
    for number, stream in enumerate(streams):
        steps: list[str] = []
        for step, query in enumerate(_tsqueries(stream, newest)):
            name = f"s{number}_{step}"
            enough = " + ".join(f"(SELECT count(*) FROM {earlier})" for earlier in steps)
            tables.append(
                # The order is put on what the index gave, never the other way round.
                f"{name} AS MATERIALIZED (SELECT id FROM (SELECT id FROM search_searchentry"
                f" WHERE {document} @@ %s::tsquery{f' AND {enough} < {stream.limit:d}' if steps else ''}"
                f" OFFSET 0) AS matches ORDER BY id DESC LIMIT {stream.limit:d})"
            )
            params.append(query)
            steps.append(name)
        every = " UNION ".join(f"SELECT id FROM {name}" for name in steps)
        unions.append(
            f"SELECT * FROM (SELECT {number} AS stream, id FROM ({every}) AS steps ORDER BY id DESC"
            f" LIMIT {stream.limit:d}) AS stream_{number}"
        )
    return f"WITH {', '.join(tables)} {' UNION ALL '.join(unions)}", params


def candidates(streams: Sequence[Stream], audiences: Iterable[str]) -> list[Row]:
    """Return what the streams give, the newest first in each, in one query (PostgreSQL: two).

    The audience is asked of the index as a mark, so that a stream is full of what this person may read, and of the
    row itself, which alone decides.
    """
    allowed = sorted(audiences)
    if not streams or not allowed:
        return []
    marks = tuple(f"a={audience}" for audience in allowed)
    streams = [Stream((*stream.every, marks), stream.without, stream.limit) for stream in streams]
    postgresql = connection.vendor == "postgresql"
    found, params = (_postgresql_statement if postgresql else _sqlite_statement)(streams)
    places = ", ".join(["%s"] * len(allowed))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT found.stream, {_COLUMNS} FROM ({found}) AS found JOIN search_searchentry AS e ON e.id = found.id"
            f" WHERE e.audience IN ({places}) ORDER BY found.stream, e.id DESC",
            [*params, *allowed],
        )
        rows = cursor.fetchall()
    return [
        Row(stream, pk, kind, object_id, group, title, _moment(at), bool(accepted), words, marks)
        for stream, pk, kind, object_id, group, title, at, accepted, words, marks in rows
    ]


def _moment(value: datetime.datetime | str) -> datetime.datetime:
    """Return a date as Django would have read it: SQLite gives it as it is written, in UTC."""
    moment = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
    return timezone.make_aware(moment, datetime.UTC) if timezone.is_naive(moment) else moment


def vocabulary(prefix: str, limit: int = 12) -> list[tuple[str, str]]:
    """Return the most used known words that begin so, with the term of each."""
    # Both read an index: Django gives PostgreSQL one for the beginnings of a word.
    begins = "form LIKE %s" if connection.vendor == "postgresql" else "form >= %s AND form < %s"
    bounds = [f"{prefix}%"] if connection.vendor == "postgresql" else [prefix, f"{prefix}\U0010ffff"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT form, term FROM search_searchword WHERE {begins} ORDER BY uses DESC, form LIMIT %s",
            [*bounds, limit],
        )
        return cursor.fetchall()


@contextmanager
def index_made_at_the_end() -> Iterator[None]:
    """Make the index of PostgreSQL once all is written: many times quicker, but nothing is found quickly meanwhile."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS search_entry_terms")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(POSTGRESQL_SCHEMA[-1])


def quicken(sender: Any, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Tell PostgreSQL not to compile the statements of a new connection: it would take longer than any of them."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")


def tidy() -> None:
    """Let the database bring its index into its quickest form, after many entries were written."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE search_searchentry")
        else:
            cursor.execute("INSERT INTO search_fts(search_fts) VALUES ('optimize')")
