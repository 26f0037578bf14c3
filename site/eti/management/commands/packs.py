"""`eti packs check PATH…` and `eti packs load PATH… [--overwrite]`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from courses.packs.content import known_in_content
from courses.packs.faults import PackError
from courses.packs.interactive import content_faults, install_libraries, shipped_libraries, stored_libraries
from courses.packs.loading import known_in_database, load_pack
from courses.packs.reading import Known, Pack, find_packs, read_packs


def _known() -> Known:
    """Return what packs may refer to: what this site has, if there is one yet, and what comes with the code."""
    listed = known_in_content(settings.CONTENT_DIR)
    try:
        present = known_in_database()
    except DatabaseError:
        return listed
    return Known(
        listed.federations | present.federations,
        listed.themes | present.themes,
        listed.competences | present.competences,
        partial(content_faults, libraries=shipped_libraries(settings.CONTENT_DIR) | stored_libraries()),
    )


class Command(BaseCommand):
    """Check packs, or load them into the site."""

    help = "Vérifie des packs de cours, ou les charge dans le site. Le format est décrit dans content/README.md."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="check | load")
        check = actions.add_parser("check", help="dit tout ce qui ne va pas, sans rien changer")
        load = actions.add_parser("load", help="vérifie, puis charge ou met à jour les pages")
        for action in (check, load):
            action.add_argument("paths", nargs="+", type=Path, metavar="PACK", help="un pack, ou un dossier de packs")
        load.add_argument(
            "--overwrite", action="store_true", help="remplace aussi les pages retouchées dans l'interface d'édition"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "load":
                install_libraries(settings.CONTENT_DIR)
            packs = self._read(options["paths"], _known() if options["action"] == "check" else known_in_database())
            if options["action"] == "load":
                for pack in packs:
                    self.stdout.write(f"{pack.course.title}…")
                    for line in load_pack(pack, overwrite=options["overwrite"]).lines():
                        self.stdout.write(f"  {line}")
        except PackError as error:
            for fault in error.faults:
                self.stderr.write(str(fault))
            count = len(error.faults)
            told = "1 erreur" if count == 1 else f"{count} erreurs"
            raise CommandError(f"{told}. Rien n'a été chargé.", returncode=1) from None

    def _read(self, paths: list[Path], known: Known) -> list[Pack]:
        packs = read_packs([pack for path in paths for pack in find_packs(path)], known)
        for pack in packs:
            questions = sum(1 for quiz in pack.quizzes for _question in quiz.front.asked())
            counts = f"{len(pack.lessons)} leçons, {len(pack.quizzes)} quiz, {questions} questions"
            if pack.interactive:
                played = len(pack.interactive)
                counts += f", {played} activité{'s' if played > 1 else ''} interactive{'s' if played > 1 else ''}"
            self.stdout.write(f"{pack.path} : {counts}, aucune erreur")
        return packs
