"""A first draft of a session plan from a lesson or a practice sheet. What a page doesn't say is left to the ETI."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from wagtail.models import Page

from courses.catalog.models import Competence, LessonPage
from pages.markdown import plain_text, render_markdown
from people.models import Trade
from people.text import search_key

from .models import SheetPage
from .session_models import STEPS_AT_MOST, SessionPlan, SessionStep

MINUTES = 45
UNWRITTEN = "Être capable de "
# Words of French that say nothing of a subject.
_SHORTEST_WORD = 5
# «de hisser», «de hausser»: an h that one breathes.
_BREATHED = ("hach", "hal", "harcel", "hauss", "heurt", "hiss", "hurl")
_LOOSE = re.compile(r"\s+([,.)…])")
# A title that begins with an infinitive says an objective.
_VERB = re.compile(r"(\w+(?:er|ir|re))\b")
_NOUNS = re.compile(
    r"atelier|avenir|autre|cadre|cahier|calendrier|carre|centre|chantier|collier|dossier|entre|escalier|fer|fibre|filiere|"
    r"lettre|livre|loisir|matiere|metier|notre|ordre|panier|papier|plaisir|premier|quartier|registre|votre"
)
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form starts with."""

    title: str = ""
    objective: str = UNWRITTEN
    audience: str = ""
    minutes: int = MINUTES
    place: str = ""
    materials: str = ""
    gestures: str = ""
    safety: str = ""
    assessment: str = ""
    steps: tuple[dict[str, Any], ...] = ()
    competences: tuple[Competence, ...] = ()
    trades: tuple[Trade, ...] = ()

    def initial(self) -> dict[str, Any]:
        """Return the fields of the form, without the steps."""
        names = ("title", "objective", "audience", "minutes", "place", "materials", "gestures", "safety", "assessment")
        return {name: getattr(self, name) for name in names} | {
            "competences": list(self.competences),
            "trades": list(self.trades),
        }


def able_to(text: str) -> str:
    """Write an objective the operational way: «Classer…» gives «Être capable de classer…»."""
    text = text.strip().rstrip(".")
    if not text or search_key(text).startswith("etre capable"):
        return text
    verb = text[0].lower() + text[1:]
    key = search_key(verb)
    elided = key.startswith(("a", "e", "i", "o", "u", "h")) and not key.startswith(_BREATHED)
    return f"Être capable {"d'" if elided else 'de '}{verb}."


def says_what_to_do(title: str) -> bool:
    """Whether a title begins with an infinitive: «Trier les textiles», not «Atelier couture»."""
    found = _VERB.match(search_key(title))
    return found is not None and not _NOUNS.fullmatch(found[1])


def closest(objectives: Iterable[str], subject: str, limit: int = 2) -> list[str]:
    """Return the objectives that share the most long words with a subject; none if none shares any."""
    wanted = _long_words(subject)
    scored = [(len(wanted & _long_words(objective)), objective) for objective in objectives]
    best = sorted((score for score in scored if score[0]), key=lambda score: -score[0])
    return [objective for _shared, objective in best[:limit]]


def _long_words(text: str) -> set[str]:
    words = "".join(c if c.isalnum() else " " for c in search_key(text)).split()
    # A plural is the same word.
    return {word.rstrip("sx") for word in words if len(word) >= _SHORTEST_WORD}


def lines(parts: Iterable[str], limit: int) -> str:
    """Return the parts, one a line, as far as whole parts go within the limit; the first one is cut if it must be."""
    kept: list[str] = []
    for part in parts:
        text = " ".join(part.split())
        if not text:
            continue
        if len("\n".join([*kept, text])) > limit:
            if not kept:
                kept.append(text[: limit - 1].rsplit(" ", 1)[0] + "…")
            break
        kept.append(text)
    return "\n".join(kept)


def sentences(markdown: str) -> list[str]:
    """Return the paragraphs and list items of a Markdown text, without its marks."""
    parts: list[list[str]] = [[]]
    for line in markdown.splitlines():
        if not line.strip() or _ITEM.match(line):
            parts.append([])
        parts[-1].append(line)
    # A tag is a space in a plain text: not before a comma.
    texts = (_LOOSE.sub(r"\1", plain_text(render_markdown("\n".join(part)))) for part in parts)
    return [text for text in texts if text]


_METHOD = SessionStep.Method
_SHOW = "Montrer une fois à vitesse réelle, une fois lentement en expliquant."
# The moments of a session on the job: phase, method, what the ETI does, what the people do.
_USUAL = (
    (
        "Accueil et objectif",
        _METHOD.INTERROGATIVE,
        "Dire l'objectif et pourquoi. Demander ce que chacun sait déjà.",
        "Disent ce qu'ils connaissent du geste et de ses risques.",
    ),
    ("Démonstration", _METHOD.DEMONSTRATIVE, _SHOW, "Observent, reformulent les points clés."),
    (
        "Entraînement",
        _METHOD.ACTIVE,
        "Observer, corriger un point à la fois, encourager.",
        "Refont le geste à leur tour, puis seuls.",
    ),
    (
        "Bilan",
        _METHOD.INTERROGATIVE,
        "Faire redire les points clés, vérifier les critères, noter dans le livret.",
        "Disent ce qu'ils savent faire et ce qui reste à travailler.",
    ),
)


def usual_steps(shown: str = "", minutes: int = MINUTES) -> tuple[dict[str, Any], ...]:
    """Return the four moments of a session on the job, with their share of the time."""
    short, show = max(1, round(minutes / 9)), max(1, round(minutes / 4))
    times = (short, show, max(1, minutes - 2 * short - show), short)
    return tuple(
        {
            "phase": phase,
            "minutes": time,
            "method": method.value,
            "trainer": shown if shown and method == _METHOD.DEMONSTRATIVE else trainer,
            "people": people,
        }
        for (phase, method, trainer, people), time in zip(_USUAL, times, strict=True)
    )


def _limit(name: str, model: type[SessionPlan | SessionStep] = SessionPlan) -> int:
    return getattr(model._meta.get_field(name), "max_length", None) or 0


def draft_from_lesson(lesson: LessonPage) -> Draft:
    """Return a draft from a lesson: its steps are the gestures, its warnings the safety points."""
    course = lesson.course
    gestures: list[str] = []
    safety: list[str] = []
    shown = ""
    for block in lesson.body:
        if block.block_type == "steps":
            names = [step["title"] for step in block.value["steps"]]
            shown = shown or " → ".join(names)
            gestures += [f"– {name}" for name in names]
        elif block.block_type == "callout" and block.value["kind"] == "attention":
            safety += [f"– {text}" for text in [block.value["title"], *sentences(block.value["text"])] if text]
        elif block.block_type == "callout" and block.value["kind"] == "retenir":
            gestures += [f"– {text}" for text in sentences(block.value["text"])]
    objectives = closest((str(block.value) for block in course.objectives), f"{lesson.title} {lesson.summary}", limit=1)
    return Draft(
        title=lesson.title[: _limit("title")],
        objective=able_to(objectives[0]) if objectives else UNWRITTEN,
        gestures=lines(gestures, _limit("gestures")),
        safety=lines(safety, _limit("safety")),
        steps=usual_steps(lines([f"Montrer : {shown}"], _limit("trainer", SessionStep)) if shown else ""),
        competences=tuple(course.competences.filter(parent__isnull=False)),
    )


def steps_of_sheet(titled: Sequence[tuple[str, str]], minutes: int = MINUTES) -> tuple[dict[str, Any], ...]:
    """Return a welcome, the steps of a sheet (title, text) put together where there are too many, and a closing."""
    welcome, _show, _train, closing = usual_steps(minutes=minutes)
    most = STEPS_AT_MOST - 2
    groups = list(batched(titled, -(-len(titled) // most) or 1, strict=False))
    if not groups:
        return usual_steps(minutes=minutes)
    left = minutes - welcome["minutes"] - closing["minutes"]
    each, rest = divmod(left, len(groups))
    shown = tuple(
        {
            "phase": " ; ".join(title for title, _text in group)[: _limit("phase", SessionStep)],
            "minutes": each + (1 if place < rest else 0) or 1,
            "method": SessionStep.Method.DEMONSTRATIVE.value,
            "trainer": lines([text or title for title, text in group], _limit("trainer", SessionStep)),
            "people": "",
        }
        for place, group in enumerate(groups)
    )
    return welcome, *shown, closing


def draft_from_sheet(sheet: SheetPage) -> Draft:
    """Return a draft from a practice sheet: its steps, its materials, its safety."""
    titled = [(step.value["title"], step.value["text"] or "") for step in sheet.steps]
    return Draft(
        title=sheet.title[: _limit("title")],
        objective=able_to(sheet.title) if says_what_to_do(sheet.title) else UNWRITTEN,
        audience=lines(sheet.audience.splitlines(), _limit("audience")),
        materials=lines(sheet.materials.splitlines(), _limit("materials")),
        gestures=lines((f"– {title}" for title, _text in titled), _limit("gestures")),
        safety=lines(sheet.safety.splitlines(), _limit("safety")),
        steps=steps_of_sheet(titled),
        competences=tuple(sheet.competences.filter(parent__isnull=False)),
        trades=tuple(sheet.trades.all()),
    )


def draft_from_page(page: Page) -> Draft:
    """Return a draft from any page that a session may be made of."""
    specific = page.specific
    if isinstance(specific, LessonPage):
        return draft_from_lesson(specific)
    if isinstance(specific, SheetPage):
        return draft_from_sheet(specific)
    return Draft(title=page.title[: _limit("title")], steps=usual_steps())


def blank_draft() -> Draft:
    """Return the draft of a session that comes from no page."""
    return Draft(steps=usual_steps())
