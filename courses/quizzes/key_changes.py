"""What changed in the key of a question since it was put, and whether its answers can be graded anew. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

from courses.questions.kinds import (
    ChoiceQuestion,
    Gap,
    GapTextQuestion,
    HotspotQuestion,
    Kind,
    NumericalQuestion,
    OrderingQuestion,
    PlacingQuestion,
    Question,
    ResponseError,
    ShortAnswerQuestion,
    Zone,
    from_json,
)

GONE = "Elle n'est plus dans le quiz."
ANOTHER_KIND = "Ce n'est plus le même type de question."
NOTHING_RIGHT = "Parmi les réponses proposées alors, aucune n'est juste maintenant."
_NOT_THE_SAME = {
    Kind.SINGLE: "Une des réponses proposées alors a été supprimée.",
    Kind.MULTIPLE: "Une des réponses proposées alors a été supprimée.",
    Kind.TRUE_FALSE: "Une des réponses proposées alors a été supprimée.",
    Kind.MATCHING: "Les éléments à associer ne sont plus les mêmes.",
    Kind.CATEGORIZE: "Les éléments à trier ou les catégories ne sont plus les mêmes.",
    Kind.ORDERING: "Les étapes à ordonner ne sont plus les mêmes.",
    Kind.GAP_TEXT: "Les trous, ou les choix d'un trou, ne sont plus les mêmes.",
    Kind.HOTSPOT: "Les zones ne sont plus les mêmes.",
    Kind.OPEN: "Les points de la grille ont changé : une réponse ouverte ne se note qu'à la main.",
}


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A question of past attempts beside the same question as it is now.

    `after` is the question as it was put, with the key of now; None where the answers can't be graded anew, and then
    `reason` says why, in French. `lines` say what changed. `reworded`: its words changed too, so that someone should
    check that it still asks the same thing.
    """

    before: Question
    after: Question | None = None
    lines: tuple[str, ...] = ()
    reason: str = ""
    reworded: bool = False


def compare(put: Question, now: Question | None) -> KeyChange | None:
    """Return what changed between a question as it was put and as it is now (None: gone), or None if nothing counts."""
    if now is None:
        return KeyChange(put, reason=GONE)
    if now.kind != put.kind:
        return KeyChange(put, reason=ANOTHER_KIND)
    try:
        after = put.with_key_of(now)
    except ResponseError:
        return KeyChange(put, reason=_NOT_THE_SAME[put.kind])
    if counts(put) == counts(after):
        return None
    if put.grade(put.key()).correct and not after.grade(after.key()).correct:
        return KeyChange(put, reason=NOTHING_RIGHT)
    return KeyChange(put, after, tuple(_in_words(put, after)), reworded=_words(put) != _words(now, put))


def counts(question: Question) -> tuple[Any, ...]:
    """Return all that the grade of an answer depends on, whatever the order in which things are shown."""
    return (question.worth, *_key(question))


def _key(question: Question) -> tuple[Any, ...]:
    match question:
        case ChoiceQuestion():
            return (frozenset(question.key()),)
        case PlacingQuestion():
            return (frozenset((item.id, item.place) for item in question.items),)
        case OrderingQuestion():
            return (frozenset((step.id, step.rank) for step in question.steps),)
        case GapTextQuestion():
            return (question.typo, frozenset((gap.id, _accepted_in(gap)) for gap in question.gaps))
        case ShortAnswerQuestion():
            return (question.typo, frozenset((a.text, a.share) for a in question.answers))
        case NumericalQuestion():
            accepted = frozenset((a.value, a.tolerance, a.share) for a in question.answers)
            return (question.unit, question.unit_rule, accepted)
        case HotspotQuestion():
            return (frozenset((zone.id, zone.correct, _place(zone)) for zone in question.zones),)
    return ()


def _accepted_in(gap: Gap) -> frozenset[tuple[str, bool]]:
    return frozenset((answer.id if gap.listed else answer.text, answer.correct) for answer in gap.answers)


def _place(zone: Zone) -> tuple[Any, ...]:
    return (zone.shape, zone.x, zone.y, zone.width, zone.height)


# -- In words ------------------------------------------------------------------------------------------------------


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(f"« {text} »" for text in texts) or "aucune"


def _share(text: str, share: Decimal) -> str:
    return text if share == 100 else f"{text} ({_number(share)} % des points)"


def _in_words(put: Question, after: Question) -> list[str]:
    lines = []
    if put.worth != after.worth:
        lines.append(f"Points : {_number(put.worth)} → {_number(after.worth)}")
    before, now = _said(put), _said(after)
    lines += [f"{part} : {before[part]} → {now[part]}" for part in before if before[part] != now[part]]
    return lines or ["Le détail de la correction a changé."]


def _said(question: Question) -> dict[str, str]:
    """Return each part of the key, as it is said. The parts of two versions of a question have the same names."""
    match question:
        case ChoiceQuestion():
            right = [option.text for option in question.options if option.correct]
            return {"Bonnes réponses" if question.chooses_many else "Bonne réponse": _listed(sorted(right))}
        case PlacingQuestion():
            places = {place.id: place.text for place in question.places}
            return {f"« {item.text} »": places.get(item.place, "") for item in question.items}
        case OrderingQuestion():
            ordered = sorted(question.steps, key=lambda step: step.rank)
            return {"Bon ordre": ", ".join(step.text for step in ordered)}
        case GapTextQuestion():
            gaps = {f"Trou {g.id}": _listed(sorted(a.text for a in g.answers if a.correct)) for g in question.gaps}
            return gaps | _typo(question.typo)
        case ShortAnswerQuestion():
            accepted = sorted(_share(answer.text, answer.share) for answer in question.answers)
            return {"Réponses acceptées": _listed(accepted)} | _typo(question.typo)
        case NumericalQuestion():
            accepted = [
                _share(
                    _number(a.value) + (f" à {_number(a.tolerance)} près" if a.tolerance else ""),
                    a.share,
                )
                for a in sorted(question.answers, key=lambda a: a.value)
            ]
            rule = "à écrire" if question.unit_rule == "typed" else "affichée"
            unit = f"{question.unit} ({rule})" if question.unit else "aucune"
            return {"Valeurs acceptées": _listed(accepted), "Unité": unit}
        case HotspotQuestion():
            right = sorted(zone.label for zone in question.zones if zone.correct)
            places = {f"Zone « {z.label} »": ", ".join(_zone_in_words(z)) for z in question.zones}
            return {"Bonnes zones": _listed(right)} | places
    return {}


def _typo(forgiven: bool) -> dict[str, str]:  # noqa: FBT001
    return {"Une faute de frappe": "acceptée" if forgiven else "refusée"}


def _zone_in_words(zone: Zone) -> Iterable[str]:
    yield "ellipse" if zone.shape == "ellipse" else "rectangle"
    sides = (("gauche", zone.x), ("haut", zone.y), ("largeur", zone.width), ("hauteur", zone.height))
    yield from (f"{name} {_number(value)} %" for name, value in sides)


def _words(question: Question, as_put: Question | None = None) -> tuple[Any, ...]:
    """Return the words that a person reads before answering; of what was put only, where a later version has more."""
    shown: Mapping[str, str] = {}
    match question:
        case ChoiceQuestion():
            shown = {option.id: option.text for option in question.options}
        case HotspotQuestion():
            shown = {zone.id: zone.label for zone in question.zones} | {"": str(question.picture)}
        case GapTextQuestion():
            shown = {gap.id: gap.before for gap in question.gaps} | {"": question.after}
    if isinstance(as_put, ChoiceQuestion):
        shown = {option.id: shown.get(option.id, "") for option in as_put.options}
    image = question.image.id if question.image else None
    case = (question.case.title, question.case.text) if question.case else ()
    return question.text, image, case, dict(shown)


# -- Many attempts -------------------------------------------------------------------------------------------------

VERSIONS_KEPT = 60
_ID = itemgetter("id")


class Comparer:
    """Compares the questions of many snapshots with the same later ones, each version of a question once.

    `questions` are the later ones by id, None for one that is gone; other questions of the snapshots are left alone.
    What differs between two snapshots only by its order is one version.
    """

    def __init__(self, questions: Mapping[str, Question | None]) -> None:
        self.questions = questions
        self._seen: dict[str, list[tuple[dict[str, Any], KeyChange | None]]] = {}

    def changes(self, snapshot: list[dict[str, Any]]) -> list[tuple[int, KeyChange]]:
        """Return the place in the snapshot and the change of each question that changed."""
        found = []
        for place, raw in enumerate(snapshot):
            if raw["id"] in self.questions and (change := self._change(raw)):
                found.append((place, change))
        return found

    def _change(self, raw: dict[str, Any]) -> KeyChange | None:
        version = _in_one_order(raw)
        seen = self._seen.setdefault(raw["id"], [])
        for known, change in seen:
            if known == version:
                return change
        change = compare(from_json([raw])[0], self.questions[raw["id"]])
        if len(seen) < VERSIONS_KEPT:
            seen.append((version, change))
        return change


def _in_one_order(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON of a question with all that `arranged` mixes in the order of the ids."""
    version = dict(raw)
    for part in ("options", "items", "places", "steps"):
        if part in raw:
            version[part] = sorted(raw[part], key=_ID)
    if "gaps" in raw:
        version["gaps"] = [{**gap, "answers": sorted(gap["answers"], key=_ID)} for gap in raw["gaps"]]
    return version
