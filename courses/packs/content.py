"""Load everything that a new site starts with: referentials, federations, pages, forum categories and modules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, RootModel
from wagtail.models import Collection, Page, Site

from courses.catalog.models import CatalogPage, Competence, Referential, Theme
from forum.models import Category
from forum.services import open_topic
from pages.models import HomePage, StandardPage
from people.models import User
from people.services import load_federations, load_territories

from . import streams
from .faults import Fault, PackError, reporter
from .ids import Raw, item, items
from .interactive import content_faults, install_libraries, shipped_libraries
from .loading import Loading, LoadReport, PageText
from .models import PackItem
from .questions import Target
from .reading import Known, Pack, Text, find_packs, read_document, read_packs, read_page
from .schema import Code, FileModel, Identifier, Line150, Line200, Line250, Line300, PageFront, Url

SITE_NAME = "Réseau ETI"

# -- Files ---------------------------------------------------------------------------------------------------------


class _Federation(FileModel):
    slug: Identifier
    name: Line150
    description: str = ""


class _Federations(RootModel[list[_Federation]]):
    pass


class _Theme(FileModel):
    slug: Identifier
    title: Annotated[str, Field(min_length=1, max_length=80)]
    description: Annotated[str, Field(max_length=200)] = ""


class _Themes(RootModel[list[_Theme]]):
    pass


class _Competence(FileModel):
    code: Code
    title: Line250


class _Activity(_Competence):
    competences: list[_Competence]


class _Referential(FileModel):
    code: Annotated[str, Field(min_length=1, max_length=20)]
    title: Line200
    level: int
    publisher: Line150
    url: Url
    consulted_on: date
    activities: list[_Activity]


class _Card(FileModel):
    title: Annotated[str, Field(min_length=1, max_length=80)]
    text: Line300
    link_text: Annotated[str, Field(max_length=60)] = ""
    link: Annotated[str, Field(max_length=200)] = ""


class _Step(FileModel):
    title: Line150
    text: str


class _Proof(FileModel):
    text: Line300
    source: Line200


class _Home(FileModel):
    title: Line250
    lead: Line300
    audiences: Annotated[list[_Card], Field(min_length=1, max_length=6)]
    steps: Annotated[list[_Step], Field(min_length=1, max_length=6)]
    proof: Annotated[list[_Proof], Field(min_length=1)]


class _Welcome(FileModel):
    title: Annotated[str, Field(min_length=5, max_length=120)]
    body: str


class _Category(FileModel):
    slug: Identifier
    name: Annotated[str, Field(min_length=1, max_length=80)]
    description: Line250
    welcome: _Welcome


class _Categories(RootModel[list[_Category]]):
    pass


class _References:
    """What modules refer to, as the folder `content/` lists it."""

    def __init__(self, directory: Path, faults: list[Fault]) -> None:
        folder = directory / "referentials"
        federations = read_document(directory / "federations.yaml", _Federations, faults)[1]
        themes = read_document(folder / "themes.yaml", _Themes, faults)[1]
        paths = [path for path in sorted(folder.glob("*.yaml")) if path.name != "themes.yaml"]
        found = [read_document(path, _Referential, faults)[1] for path in paths]
        libraries: dict[str, Any] = {}
        with _collected(faults):
            libraries = shipped_libraries(directory)
        self.themes = themes.root if themes else []
        self.referentials = [referential for referential in found if referential]
        self.known = Known(
            federations=frozenset(federation.slug for federation in (federations.root if federations else ())),
            themes=frozenset(theme.slug for theme in self.themes),
            competences=frozenset(
                competence.code
                for referential in self.referentials
                for activity in referential.activities
                for competence in activity.competences
            ),
            interactive=partial(content_faults, libraries=libraries),
        )


class _Content:
    """All of `content/`, read. Raises PackError with every fault of every file."""

    def __init__(self, directory: Path) -> None:
        faults: list[Fault] = []
        self.directory = directory
        self.references = _References(directory, faults)
        home = read_document(directory / "pages" / "home.yaml", _Home, faults)[1]
        categories = read_document(directory / "forum" / "categories.yaml", _Categories, faults)[1]
        self.categories = categories.root if categories else []
        self.pages: dict[str, tuple[Path, Text[PageFront]]] = {}
        for path in sorted((directory / "pages").glob("*.md")):
            with _collected(faults):
                page = read_page(path)
                if page.front.slug in self.pages:
                    other = self.pages[page.front.slug][0].name
                    reporter(faults, str(path))(
                        1, f"la page {other} a le même slug", "donnez à chaque page un slug à elle"
                    )
                self.pages[page.front.slug] = path, page
        self.packs: list[Pack] = []
        with _collected(faults):
            self.packs = read_packs(find_packs(directory / "modules"), self.references.known)
        if faults or home is None:
            raise PackError(faults)
        self.home = home


@contextmanager
def _collected(faults: list[Fault]) -> Iterator[None]:
    try:
        yield
    except PackError as error:
        faults += error.faults


def known_in_content(directory: Path) -> Known:
    """Return what the packs of a `content/` folder may refer to. Raises PackError when its lists have faults."""
    faults: list[Fault] = []
    references = _References(directory, faults)
    if faults:
        raise PackError(faults)
    return references.known


# -- Loading -------------------------------------------------------------------------------------------------------


def _load_territories(loading: Loading, path: Path) -> None:
    try:
        load_territories(path)
    except (OSError, KeyError, ValueError) as error:
        remedy = "vérifiez la ligne d'en-tête kind,code,name,parent et la région de chaque département"
        loading.faults.append(Fault(str(path), 1, f"le fichier des territoires n'est pas accepté ({error})", remedy))


def _load_themes(themes: list[_Theme]) -> None:
    for position, theme in enumerate(themes):
        Theme.objects.get_or_create(
            slug=theme.slug, defaults={"title": theme.title, "description": theme.description, "position": position}
        )


def _load_referential(source: _Referential) -> None:
    referential, _created = Referential.objects.update_or_create(
        code=source.code, defaults={"title": source.title, "url": source.url, "consulted_on": source.consulted_on}
    )
    position = 0
    for activity in source.activities:
        parent = None
        for competence in (activity, *activity.competences):
            row, _created = Competence.objects.update_or_create(
                referential=referential,
                code=competence.code,
                defaults={"title": competence.title, "parent": parent, "position": position},
            )
            parent = parent or row
            position += 1


def _home_stream(home: _Home) -> list[Raw]:
    key = "page/home"
    audiences = {
        "title": "Pour qui ?",
        "cards": items((card.model_dump() for card in home.audiences), key, "cards"),
    }
    how = {
        "title": "Comment ça marche",
        "steps": items((step.model_dump() for step in home.steps), key, "steps"),
    }
    facts = {
        "title": "Pourquoi ce site",
        "facts": items((proof.model_dump() for proof in home.proof), key, "facts"),
    }
    return [
        item("audiences", audiences, key, "audiences"),
        item("how", how, key, "how"),
        item("facts", facts, key, "facts"),
    ]


def _put_unless_made_by_hand(loading: Loading, text: PageText, parent: Page, there: Page | None) -> Page | None:
    """Put a page of the site, but leave one that someone made at the same place without us."""
    if there is not None and not PackItem.objects.filter(page=there).exists():
        loading.report.kept.append(there.title)
        return there
    return loading.put(text, parent)


def _become_first_page(home: Page) -> None:
    """Make the home page the root of the site, instead of the page that Wagtail starts with. Other roots are left."""
    site = Site.objects.select_related("root_page").filter(is_default_site=True).first()
    if site is None:
        Site.objects.create(hostname="localhost", site_name=SITE_NAME, root_page=home, is_default_site=True)
        return
    placeholder = site.root_page
    if placeholder.specific_class is not Page:
        return
    site.hostname, site.site_name, site.root_page = "localhost", SITE_NAME, home
    site.save()
    if placeholder.is_leaf():
        placeholder.delete()


def _load_pages(loading: Loading, content: _Content) -> None:
    file = str(content.directory / "pages" / "home.yaml")
    home = _put_unless_made_by_hand(
        loading,
        PageText(
            "page/home",
            HomePage,
            {
                "title": content.home.title,
                "slug": "accueil",
                "lead": content.home.lead,
                "body": _home_stream(content.home),
            },
            file,
        ),
        Page.get_first_root_node(),
        HomePage.objects.first(),
    )
    if home is None:
        return
    _become_first_page(home)
    _put_unless_made_by_hand(
        loading,
        PageText("page/formations", CatalogPage, {"title": "Formations", "slug": "formations"}, file),
        home,
        CatalogPage.objects.first(),
    )
    for slug, (path, page) in content.pages.items():
        key = f"page/{slug}"
        images = loading.images.put("page", page.images, Collection.get_first_root_node())
        text = PageText(
            key,
            StandardPage,
            {
                "title": page.front.title,
                "slug": slug,
                "summary": page.front.summary,
                "show_in_menus": page.front.in_footer,
                "body": streams.body(page.body, Target(key, images, {})),
            },
            str(path),
            {"body": [block.line for block in page.body]},
        )
        _put_unless_made_by_hand(loading, text, home, Page.objects.child_of(home).filter(slug=slug).first())


def _load_forum(categories: list[_Category]) -> None:
    """Make the missing categories, each with its welcome topic. An existing one is the moderators' to change."""
    for position, source in enumerate(categories):
        category, created = Category.objects.get_or_create(
            slug=source.slug,
            defaults={"name": source.name, "description": source.description, "position": position},
        )
        if created:
            open_topic(category=category, author=None, title=source.welcome.title, body=source.welcome.body)


def load_content(directory: Path, *, overwrite: bool = False, user: User | None = None) -> LoadReport:
    """Load a `content/` folder in one transaction. Doing it again changes nothing.

    Referentials follow their files. Federations, themes and forum categories are only added: the existing ones are the
    operator's to change. Pages that someone edited are left as they are.
    Raises PackError, with nothing changed, when anything in the folder has a fault.
    """
    content = _Content(directory)
    install_libraries(directory)
    loading = Loading(overwrite=overwrite, user=user)
    with loading.transaction():
        _load_territories(loading, directory / "referentials" / "territories.csv")
        load_federations(directory / "federations.yaml")
        _load_themes(content.references.themes)
        for referential in content.references.referentials:
            _load_referential(referential)
        _load_pages(loading, content)
        _load_forum(content.categories)
        for pack in content.packs:
            loading.put_pack(pack)
    return loading.report
