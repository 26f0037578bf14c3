"""What the files of a pack may hold, as pydantic models, and their faults said in French.

The bounds are those of the pages and blocks that a pack becomes, so that a pack without faults always loads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import URLValidator
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from .faults import Report
from .lines import Document
from .markup import markup_faults

_QUOTES = "écrivez un texte ; s'il ressemble à un nombre, à une date ou à true/false, mettez-le entre guillemets"
_DATE = "écrivez une date qui existe, année-mois-jour : 2026-11-25"

# -- Kinds of value ------------------------------------------------------------------------------------------------


def fault(problem: str, remedy: str, key: str = "") -> PydanticCustomError:
    """Return the error of a value that is not accepted; `key` is the part of it that the author has to change."""
    return PydanticCustomError("pack", "{problem}", {"problem": problem, "remedy": remedy, "key": key})


def alt_fault(alt: str | None, *, decorative: bool) -> tuple[str, str] | None:
    """Return what is wrong with what an image says to those who don't see it, if anything is."""
    if alt and decorative:
        return "l'image a un texte « alt » et se dit décorative", "gardez l'un des deux"
    if not alt and not decorative:
        return (
            "l'image n'a pas de texte de remplacement",
            "dites dans « alt » ce qu'elle montre",
        )
    return None


def _web_address(value: str) -> str:
    try:
        URLValidator(schemes=["http", "https"])(value)
    except DjangoValidationError:
        raise fault(f"« {value} » n'est pas une adresse web", "écrivez l'adresse entière, https:// compris") from None
    return value


def _secure_address(value: str) -> str:
    if not value.startswith("https://"):
        raise fault("l'adresse ne commence pas par https://", "utilisez l'adresse sécurisée de la vidéo")
    return value


def inline_markdown(value: str) -> str:
    """Refuse what the site would not show."""
    for _line, problem, remedy in markup_faults(value):
        raise fault(problem, remedy)
    return value


def _yes_or_no(value: Any) -> Any:
    answers = {"oui": True, "non": False}
    if value not in answers:
        raise fault("« decorative » vaut oui ou non", "écrivez decorative=oui, ou donnez un texte alt")
    return answers[value]


def _written_date(value: Any) -> Any:
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007  (a day has no time zone)
    except ValueError:
        raise fault(f"« {value} » n'est pas une date", _DATE) from None


def _number(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def no_twins[T](values: list[T]) -> list[T]:
    """Refuse a list that names something twice."""
    twins = sorted({str(value) for value in values if values.count(value) > 1})
    if twins:
        raise fault(f"« {', '.join(twins)} » figure deux fois dans la liste", "gardez une seule mention")
    return values


def _not_reserved(value: str) -> str:
    if value == "page":
        raise fault("l'identifiant « page » est réservé au site", "choisissez un autre identifiant")
    return value


def _library_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][\w.]{0,90} [0-9]{1,4}\.[0-9]{1,4}", value):
        raise fault(f"« {value} » n'est pas une bibliothèque", "écrivez son nom et sa version : H5P.DragText 1.8")
    return value


_IDENTIFIER = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Identifier = Annotated[str, StringConstraints(pattern=_IDENTIFIER, max_length=60)]
Line150 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=150)]
Line200 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Line250 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=250)]
Line300 = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Inline400 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400), AfterValidator(inline_markdown)]
Inline3000 = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=3000), AfterValidator(inline_markdown)
]
Note3000 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=3000), AfterValidator(inline_markdown)]
Note5000 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000), AfterValidator(inline_markdown)]
Markdown5000 = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000), AfterValidator(inline_markdown)
]
Url = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_web_address)]
VideoUrl = Annotated[Url, AfterValidator(_secure_address)]
AltText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
LibraryName = Annotated[str, AfterValidator(_library_name)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=10)]
Codes = Annotated[list[Code], AfterValidator(no_twins)]
Number = Annotated[Decimal, BeforeValidator(_number)]
Worth = Annotated[Number, Field(ge=Decimal("0.25"), le=Decimal(20), decimal_places=2)]
WrittenDate = Annotated[date, BeforeValidator(_written_date)]
YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no)]


class FileModel(BaseModel):
    """Values come from YAML with their type: a number is never taken for a text, nor a text for a date."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Attributes(BaseModel):
    """Values come from `{name="value"}`: all are texts, so dates are read from them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# -- Files ---------------------------------------------------------------------------------------------------------


class Source(FileModel):
    """A document that the module rests on."""

    title: Line250
    publisher: Line150
    url: Url | None = None
    published_on: date | None = None
    consulted_on: date


class CourseFile(FileModel):
    """`course.yaml`."""

    id: Annotated[Identifier, AfterValidator(_not_reserved)]
    title: Line250
    slug: Identifier
    summary: Line300
    federation: Identifier
    themes: Annotated[list[Identifier], Field(min_length=1), AfterValidator(no_twins)]
    level: Literal["decouverte", "approfondissement", "expertise"]
    open_access: bool = True
    minutes: Annotated[int, Field(ge=1, le=6000)]
    reviewed_on: date
    objectives: Annotated[list[Line250], Field(min_length=1, max_length=20)]
    competences: Codes = []
    sources: list[Source] = []


class LessonFront(FileModel):
    """The header of a lesson."""

    id: Identifier
    title: Line250
    summary: Line200
    minutes: Annotated[int, Field(ge=1, le=600)]
    required: bool = True
    layout: Literal["page", "slides"] = "page"


class InteractiveFile(FileModel):
    """A numbered file with `kind: interactive`."""

    kind: Literal["interactive"]
    id: Identifier
    title: Line250
    summary: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    introduction: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""
    alternative: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]
    minutes: Annotated[int, Field(ge=1, le=600)]
    required: bool = True
    rule: Literal["passed", "completed", "seen", "declared"] = "completed"
    pass_mark: Annotated[int, Field(ge=1, le=100)] = 70
    library: LibraryName
    content: Annotated[dict[str, Any], Field(min_length=1)]


class PageFront(FileModel):
    """The header of a standard page."""

    slug: Identifier
    title: Line250
    summary: Line250
    in_footer: bool = False


# -- Attributes of directives --------------------------------------------------------------------------------------


class NoAttributes(_Attributes):
    """`accordeon`, `question`."""


class TitleAttributes(_Attributes):
    """`retenir`, `attention`, `chantier`, `etapes`."""

    titre: Line150 | None = None


class LawAttributes(_Attributes):
    """`loi`."""

    reference: Line200
    date: WrittenDate
    url: Url | None = None


class QuotationAttributes(_Attributes):
    """`citation`."""

    auteur: Line150 | None = None
    source: Line200 | None = None


class TableAttributes(_Attributes):
    """`tableau`."""

    legende: Line200


class ImageAttributes(_Attributes):
    """`image`."""

    src: Line150
    alt: AltText | None = None
    decorative: YesOrNo = False
    legende: Line250 | None = None
    credit: Line150 | None = None


class VideoAttributes(_Attributes):
    """`video`."""

    url: VideoUrl
    titre: Line150
    duree: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)] | None = None


DIRECTIVES: Mapping[str, type[_Attributes]] = {
    "retenir": TitleAttributes,
    "attention": TitleAttributes,
    "chantier": TitleAttributes,
    "loi": LawAttributes,
    "etapes": TitleAttributes,
    "accordeon": NoAttributes,
    "citation": QuotationAttributes,
    "tableau": TableAttributes,
    "image": ImageAttributes,
    "video": VideoAttributes,
    "question": NoAttributes,
}

# -- Faults in French ----------------------------------------------------------------------------------------------

# By pydantic's error type: problem, remedy. `{name}` is the key, the rest comes from the error's context.
MESSAGES: Mapping[str, tuple[str, str]] = {
    "missing": ("« {name} » manque", "ajoutez « {name} » et sa valeur"),
    "extra_forbidden": ("« {name} » n'existe pas ici", "corrigez l'orthographe ou retirez cette ligne"),
    "string_type": ("« {name} » n'est pas un texte", _QUOTES),
    "string_too_short": ("« {name} » est vide", "écrivez un texte"),
    "string_too_long": ("« {name} » dépasse {max_length} caractères (il en a {length})", "raccourcissez-le"),
    "string_pattern_mismatch": (
        "« {name} » n'est pas un identifiant",
        "n'utilisez que des lettres minuscules sans accent, des chiffres et des tirets",
    ),
    "int_type": ("« {name} » n'est pas un nombre entier", "écrivez un nombre, sans guillemets ni unité"),
    "bool_type": ("« {name} » ne vaut ni true ni false", "écrivez true ou false, sans guillemets"),
    "date_type": ("« {name} » n'est pas une date", _DATE),
    "is_instance_of": ("« {name} » n'est pas un nombre", "écrivez un nombre, avec un point pour les décimales : 0.5"),
    "decimal_max_places": ("« {name} » a trop de décimales", "{decimal_places} décimales au plus"),
    "decimal_whole_digits": ("« {name} » est un nombre trop long", "écrivez un nombre plus court"),
    "greater_than_equal": ("« {name} » est plus petit que {ge}", "écrivez un nombre d'au moins {ge}"),
    "less_than_equal": ("« {name} » est plus grand que {le}", "écrivez un nombre d'au plus {le}"),
    "dict_type": ("« {name} » devrait contenir des lignes « clé: valeur »", "suivez l'exemple de content/README.md"),
    "list_type": ("« {name} » n'est pas une liste", "écrivez une liste : un tiret par ligne, ou [a, b]"),
    "too_short": ("« {name} » a trop peu d'éléments ({actual_length})", "donnez-en au moins {min_length}"),
    "too_long": ("« {name} » a trop d'éléments ({actual_length})", "gardez-en {max_length} au plus"),
    "model_type": ("« {name} » devrait contenir des lignes « clé: valeur »", "suivez l'exemple de content/README.md"),
    "model_attributes_type": (
        "« {name} » devrait contenir des lignes « clé: valeur »",
        "suivez l'exemple de content/README.md",
    ),
    "literal_error": ("« {name} » n'accepte pas cette valeur", "choisissez parmi : {expected}"),
    "union_tag_not_found": ("une question n'a pas de « type »", "ajoutez « type: » et le nom d'un type de question"),
    "union_tag_invalid": ("ce type de question n'existe pas ici", "choisissez parmi : {expected_tags}"),
}


def _french(error: ErrorDetails, path: tuple[str | int, ...]) -> tuple[str, str]:
    context = {**error.get("ctx", {})}
    where = [str(step + 1) if isinstance(step, int) else step for step in path]
    name = " › ".join(where) or "ce fichier"
    if error["type"] == "pack":
        return context["problem"], context["remedy"]
    if error["type"] == "string_too_long":
        context["length"] = len(str(error["input"]).strip())
    for bound in ("ge", "le"):
        if bound in context:
            context[bound] = str(context[bound]).removeprefix("Decimal('").removesuffix("')")
    for choice in ("expected", "expected_tags"):
        if choice in context:
            context[choice] = context[choice].replace("'", "").replace(" or ", ", ")
    problem, remedy = MESSAGES[error["type"]]
    if error["type"] == "missing":
        name = where[-1]
    return problem.format(name=name, **context), remedy.format(name=name, **context)


def _known_steps(loc: tuple[str | int, ...], value: Any) -> tuple[str | int, ...]:
    """Return the location without what names a variant of a union, which is no part of the document."""
    path: list[str | int] = []
    last = len(loc) - 1
    for number, step in enumerate(loc):
        within = isinstance(value, dict) or (isinstance(value, list) and isinstance(step, int))
        if within and step in (value if isinstance(value, dict) else range(len(value))):
            value = value[step]
        elif number != last or not isinstance(value, dict):
            continue
        path.append(step)
    return tuple(path)


def validate[M: BaseModel](model: type[M], document: Document, report: Report) -> M | None:
    """Return the document as the model, or None with each fault reported at its line."""
    try:
        return model.model_validate(document.value)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            path = _known_steps(error["loc"], document.value)
            key = "type" if error["type"] == "union_tag_invalid" else error.get("ctx", {}).get("key", "")
            report(document.line_of((*path, key)), *_french(error, path))
    return None
