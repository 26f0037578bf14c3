"""`eti reindex`."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from search import engine
from search.models import SearchEntry, SearchWord
from search.registry import Document, Source, sources
from search.services import index_many, remove_older


class Command(BaseCommand):
    """Bring the search index in step with what the site holds."""

    help = (
        "Refait l'index de la recherche : ce qui manque est ajouté, ce qui a changé est mis à jour, ce qui n'existe "
        "plus est retiré. Le site reste ouvert ; interrompu, on le relance."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kinds", nargs="*", help="Types à réindexer (tous par défaut).")
        parser.add_argument(
            "--fresh", action="store_true", help="Vide d'abord l'index : la recherche se remplit au fur et à mesure."
        )

    def handle(self, *args: Any, kinds: list[str], fresh: bool, **options: Any) -> None:
        known = sources()
        if unknown := set(kinds) - known.keys():
            raise CommandError(f"Types inconnus : {', '.join(sorted(unknown))}. Connus : {', '.join(sorted(known))}.")
        chosen = [source for kind, source in known.items() if not kinds or kind in kinds]
        started = timezone.now()
        if fresh:
            SearchEntry.objects.filter(kind__in=[source.kind for source in chosen])._raw_delete("default")
        if not kinds:
            SearchWord.objects.all()._raw_delete("default")
        with engine.index_made_at_the_end() if fresh and not kinds else nullcontext():
            total = index_many(_oldest_first(chosen), progress=self._tell)
        removed = remove_older([source.kind for source in chosen], started)
        engine.tidy()
        self.stdout.write(self.style.SUCCESS(f"Entrées indexées : {total} ; retirées : {removed}"))

    def _tell(self, total: int) -> None:
        if total % 10_000 == 0:
            self.stdout.write(f"{total}…")


def _oldest_first(chosen: list[Source]) -> Iterator[Document]:
    """Give the documents of all sources as they were written: the newest entries are looked for first."""
    return heapq.merge(*(source.documents() for source in chosen), key=lambda document: document.at)
