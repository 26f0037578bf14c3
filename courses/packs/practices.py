"""The practice sheets and collections that a new site starts with: `content/practices/`, read, checked, loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, RootModel

from courses.catalog.models import Competence
from people.models import Federation, Trade
from practices.models import MAX_STEPS, CollectionItem, SheetCollection, SheetPage
from practices.spaces import space_of

from .faults import Fault, reporter
from .ids import Raw, item
from .loading import Loading, PageText
from .reading import Known, read_document
from .schema import Code, FileModel, Identifier, Line250

COLLECTIONS = "collections.yaml"

# -- Files ---------------------------------------------------------------------------------------------------------


class _Step(FileModel):
    title: Annotated[str, Field(min_length=1, max_length=100)]
    text: Annotated[str, Field(max_length=600)] = ""


class Sheet(FileModel):
    """A sheet. Its bounds are those of the page that it becomes."""

    id: Identifier
    title: Annotated[str, Field(min_length=5, max_length=120)]
    federation: Identifier
    summary: Line250
    context: Annotated[str, Field(min_length=1, max_length=1200)]
    audience: Annotated[str, Field(min_length=1, max_length=400)]
    problem: Annotated[str, Field(min_length=1, max_length=800)]
    steps: Annotated[list[_Step], Field(min_length=1, max_length=MAX_STEPS)]
    materials: Annotated[str, Field(max_length=800)] = ""
    cost: Annotated[str, Field(max_length=200)] = ""
    safety: Annotated[str, Field(min_length=1, max_length=800)]
    before: Annotated[str, Field(max_length=600)] = ""
    after: Annotated[str, Field(min_length=1, max_length=600)]
    reproducible: Annotated[str, Field(min_length=1, max_length=500)]
    sources: Annotated[str, Field(max_length=1500)] = ""
    trades: list[Identifier] = []
    competences: list[Code] = []
    reviewed_on: date


class _Item(FileModel):
    sheet: Identifier
    note: Annotated[str, Field(max_length=200)] = ""


class _Collection(FileModel):
    slug: Identifier
    title: Annotated[str, Field(min_length=1, max_length=120)]
    description: Annotated[str, Field(max_length=600)] = ""
    federation: Identifier
    sheets: Annotated[list[_Item], Field(min_length=1)]


class _Collections(RootModel[list[_Collection]]):
    pass


class Practices:
    """All of `content/practices/`, read; faults are added to those given. A site without the folder has no sheet."""

    def __init__(self, folder: Path, known: Known, faults: list[Fault]) -> None:
        self.sheets: dict[str, tuple[Path, Sheet]] = {}
        self.collections: list[_Collection] = []
        if not folder.is_dir():
            return
        paths = [path for path in sorted(folder.glob("*.yaml")) if path.name != COLLECTIONS]
        for path in paths:
            self._read_sheet(path, known, faults)
        # The id of a sheet that could not be read is not known: nothing is said of who names it.
        self._read_collections(folder / COLLECTIONS, known, faults, complete=len(self.sheets) == len(paths))

    def _read_sheet(self, path: Path, known: Known, faults: list[Fault]) -> None:
        document, sheet = read_document(path, Sheet, faults)
        if document is None or sheet is None:
            return
        report = reporter(faults, str(path))
        if sheet.id in self.sheets:
            other = self.sheets[sheet.id][0].name
            report(1, f"la fiche {other} a le même id", "donnez à chaque fiche un id à elle")
        if sheet.federation not in known.federations:
            report(
                document.line_of(("federation",)),
                f"la fédération « {sheet.federation} » n'existe pas",
                "prenez un slug de federations.yaml",
            )
        for code in sheet.competences:
            if code not in known.competences:
                report(
                    document.line_of(("competences",)),
                    f"la compétence « {code} » n'existe pas",
                    "prenez un code de referentials/",
                )
        self.sheets[sheet.id] = path, sheet

    def _read_collections(self, path: Path, known: Known, faults: list[Fault], *, complete: bool) -> None:
        if not path.exists():
            return
        document, found = read_document(path, _Collections, faults)
        if document is None or found is None:
            return
        self.collections = found.root
        report = reporter(faults, str(path))
        for number, collection in enumerate(self.collections):
            if collection.federation not in known.federations:
                report(
                    document.line_of((number, "federation")),
                    f"la fédération « {collection.federation} » n'existe pas",
                    "prenez un slug de federations.yaml",
                )
            for place, entry in enumerate(collection.sheets):
                if complete and entry.sheet not in self.sheets:
                    report(
                        document.line_of((number, "sheets", place, "sheet")),
                        f"le recueil « {collection.slug} » nomme la fiche « {entry.sheet} », qui n'existe pas",
                        "prenez l'id d'une fiche du dossier",
                    )


# -- Loading -------------------------------------------------------------------------------------------------------


def load_practices(loading: Loading, practices: Practices) -> None:
    """Make or bring up to date the sheets; make the missing collections: an existing one is its federation's."""
    pages: dict[str, SheetPage] = {}
    for path, sheet in practices.sheets.values():
        federation = Federation.objects.get(slug=sheet.federation)
        page = loading.put(_text(sheet, path), space_of(federation=federation))
        if isinstance(page, SheetPage):
            pages[sheet.id] = page
    for source in practices.collections:
        if SheetCollection.objects.filter(slug=source.slug).exists():
            continue
        collection = SheetCollection(
            space=space_of(federation=Federation.objects.get(slug=source.federation)),
            title=source.title,
            slug=source.slug,
            description=source.description,
            published=True,
        )
        collection.items = [
            CollectionItem(sheet=pages[entry.sheet], note=entry.note, sort_order=order)
            for order, entry in enumerate(source.sheets)
            if entry.sheet in pages
        ]
        collection.save()


def _text(sheet: Sheet, path: Path) -> PageText:
    key = f"sheet/{sheet.id}"
    # The lines of work are the administrators': one that they took away is left out.
    trades = {trade.slug: trade for trade in Trade.objects.filter(slug__in=sheet.trades)}
    # One code may stand in several referentials: the first one is meant.
    found = Competence.objects.filter(code__in=sheet.competences, parent__isnull=False).order_by("-referential_id")
    competences = {competence.code: competence for competence in found}
    fields = sheet.model_dump(exclude={"id", "federation", "steps", "trades", "competences"})
    return PageText(
        key,
        SheetPage,
        {
            **{name: value.strip() if isinstance(value, str) else value for name, value in fields.items()},
            "slug": sheet.id,
            "steps": [_step(step, key, str(number)) for number, step in enumerate(sheet.steps)],
            "trades": [trades[slug] for slug in sheet.trades if slug in trades],
            "competences": [competences[code] for code in sheet.competences if code in competences],
        },
        str(path),
    )


def _step(step: _Step, *steps: str) -> Raw:
    photo: dict[str, Any] = {"image": None, "alt": "", "caption": ""}
    return item("step", {"title": step.title, "text": step.text.strip(), "photo": photo}, *steps)
