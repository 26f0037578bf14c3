"""What is wrong with a question, and what could be better. Pure: the editor, packs and imports use the same rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import singledispatch

from people.text import search_key

from .answers import answer_key
from .kinds import (
    ChoiceQuestion,
    GapTextQuestion,
    HotspotQuestion,
    Kind,
    NumericalQuestion,
    OpenQuestion,
    OrderingQuestion,
    PlacingQuestion,
    Question,
    ScaleQuestion,
    ShortAnswerQuestion,
)

type Faults = list[str]

NO_COMPETENCE = "Aucune compétence n'est indiquée : le résultat par compétence ne comptera pas cette question."


def _twins(texts: Iterable[str], key: Callable[[str], str] = search_key) -> str:
    """Return the first text that another one equals, or an empty text."""
    seen: set[str] = set()
    for text in texts:
        if key(text) in seen:
            return text
        seen.add(key(text))
    return ""


@singledispatch
def faults(question: Question) -> Faults:
    """Return what makes the question impossible to put to anyone, in French; nothing if it is sound."""
    raise NotImplementedError(type(question))


@faults.register
def _choice(question: ChoiceQuestion) -> Faults:
    right = len(question.key())
    if not right:
        return ["Cochez la bonne réponse : aucune ne l'est."]
    if question.kind is Kind.SINGLE and right > 1:
        return ["Une seule bonne réponse ici. Pour plusieurs, utilisez « Choix multiple »."]
    if question.kind is Kind.MULTIPLE and right == len(question.options):
        return ["Ajoutez au moins une mauvaise réponse."]
    if twin := _twins(option.text for option in question.options):
        return [f"Deux réponses ont le même texte : « {twin} »."]
    return []


@faults.register
def _placing(question: PlacingQuestion) -> Faults:
    thing, place = ("élément", "bac") if question.kind is Kind.CATEGORIZE else ("énoncé", "réponse")
    found = []
    if len(question.items) < 2:
        found.append(f"Il faut au moins deux {thing}s.")
    if len(question.places) < 2:
        found.append(f"Il faut au moins deux {place}s différent{'e' if place == 'réponse' else ''}s.")
    if twin := _twins(item.text for item in question.items):
        found.append(f"« {twin} » est écrit deux fois : chaque {thing} doit être unique.")
    if twin := _twins(place.text for place in question.places):
        found.append(f"« {twin} » est écrit deux fois avec une casse ou des accents différents.")
    return found


@faults.register
def _ordering(question: OrderingQuestion) -> Faults:
    if len(question.steps) < 2:
        return ["Il faut au moins deux étapes à remettre en ordre."]
    twin = _twins(step.text for step in question.steps)
    return [f"Deux étapes ont le même texte : « {twin} »."] if twin else []


@faults.register
def _gap_text(question: GapTextQuestion) -> Faults:
    if not question.gaps:
        return ["Aucun trou : écrivez la réponse entre doubles crochets, par exemple [[bac jaune]]."]
    found = []
    for gap in question.gaps:
        if not all(answer.text for answer in gap.answers):
            found.append(f"Le trou {gap.id} a une réponse vide.")
        elif gap.listed and sum(answer.correct for answer in gap.answers) != 1:
            found.append(f"Le trou {gap.id} est une liste : marquez une seule bonne réponse par une étoile (*).")
        elif gap.listed and len(gap.answers) < 2:
            found.append(f"Le trou {gap.id} est une liste : donnez au moins deux choix.")
        elif gap.listed and (twin := _twins(answer.text for answer in gap.answers)):
            found.append(f"Le trou {gap.id} propose deux fois « {twin} ».")
    if any(
        bracket in text for text in (question.after, *(g.before for g in question.gaps)) for bracket in ("[[", "]]")
    ):
        found.append("Un trou n'est pas fermé, ou pas ouvert : il faut deux crochets de chaque côté.")
    return found


@faults.register
def _short_answer(question: ShortAnswerQuestion) -> Faults:
    if not any(answer.share >= 100 for answer in question.answers):
        return ["Donnez au moins une réponse qui vaut 100 % des points."]
    if not all(answer_key(answer.text) for answer in question.answers):
        return ["Une réponse acceptée n'a ni lettre ni chiffre."]
    twin = _twins((answer.text for answer in question.answers), answer_key)
    return [f"« {twin} » est déjà accepté : la casse, les accents et la ponctuation ne comptent pas."] if twin else []


@faults.register
def _numerical(question: NumericalQuestion) -> Faults:
    if not any(answer.share >= 100 for answer in question.answers):
        return ["Donnez au moins une valeur qui vaut 100 % des points."]
    if any(answer.tolerance < 0 for answer in question.answers):
        return ["Une tolérance est un nombre positif, ou zéro."]
    if question.unit_rule == "typed" and not question.unit:
        return ["Indiquez l'unité que l'on doit écrire."]
    return []


@faults.register
def _hotspot(question: HotspotQuestion) -> Faults:
    found = []
    if question.picture is None:
        found.append("Choisissez l'image.")
    if not question.expected:
        found.append("Cochez la zone à trouver : aucune ne l'est.")
    for zone in question.zones:
        sides = (zone.x, zone.y, zone.width, zone.height)
        inside = all(0 <= side <= 100 for side in sides) and zone.x + zone.width <= 100 and zone.y + zone.height <= 100
        if not inside or not zone.width or not zone.height:
            found.append(f"La zone « {zone.label} » sort de l'image, ou n'a pas de taille.")
    if twin := _twins(zone.label for zone in question.zones):
        found.append(f"Deux zones ont le même nom : « {twin} ».")
    return found


@faults.register
def _open(question: OpenQuestion) -> Faults:
    found = []
    if question.marking == "self" and not question.model_answer.strip():
        found.append("Pour une auto-évaluation, donnez la réponse modèle à laquelle se comparer.")
    if question.criteria and not sum((criterion.points for criterion in question.criteria), Decimal(0)):
        found.append("La grille ne donne aucun point.")
    return found


@faults.register
def _scale(question: ScaleQuestion) -> Faults:
    if len(question.levels) < 2:
        return ["Une échelle a au moins deux niveaux."]
    twin = _twins(level.text for level in question.levels)
    return [f"Deux niveaux ont le même texte : « {twin} »."] if twin else []


def _lines(question: Question) -> list[str]:
    """Return the texts that an editor writes one a line: options, pairs, steps, zones, criteria, levels."""
    if isinstance(question, ChoiceQuestion):
        return [option.text for option in question.options]
    if isinstance(question, PlacingQuestion):
        return [item.text for item in question.items] + [place.text for place in question.places]
    if isinstance(question, OrderingQuestion):
        return [step.text for step in question.steps]
    if isinstance(question, ShortAnswerQuestion):
        return [answer.text for answer in question.answers]
    if isinstance(question, HotspotQuestion):
        return [zone.label for zone in question.zones]
    if isinstance(question, OpenQuestion):
        return [criterion.label for criterion in question.criteria]
    return [level.text for level in question.levels] if isinstance(question, ScaleQuestion) else []


def left_blank(question: Question) -> Faults:
    """Return what a draft has left blank, in French: a sound question has nothing of the kind."""
    found = [] if question.text.strip() else ["Écrivez la question."]
    if question.case and not (question.case.title.strip() and question.case.text.strip()):
        found.append("Donnez un titre et un texte à l'étude de cas.")
    if not all(text.strip() for text in _lines(question)):
        found.append("Une ligne est vide : remplissez-la, ou supprimez-la.")
    return found


def advice(question: Question) -> list[str]:
    """Return what would make a sound question better, in French: missing feedback, images that say nothing…"""
    found = []
    if question.is_scored and not question.explanation.strip():
        found.append("Il n'y a pas d'explication : dites pourquoi la bonne réponse est la bonne.")
    images = [question.image, question.picture if isinstance(question, HotspotQuestion) else None]
    if any(image and not image.alt and not image.decorative for image in images):
        found.append("L'image n'a pas de texte de remplacement : qui ne la voit pas ne peut pas répondre.")
    if isinstance(question, ChoiceQuestion) and question.kind is not Kind.TRUE_FALSE:
        without = [option.text for option in question.options if not option.correct and not option.feedback]
        if without:
            found.append(f"Ces réponses fausses n'ont pas de retour : {', '.join(f'« {text} »' for text in without)}.")
    if isinstance(question, OpenQuestion) and not question.criteria:
        found.append("Il n'y a pas de grille : donnez des critères, la note sera plus juste.")
    if question.is_scored and not question.competence_codes:
        found.append(NO_COMPETENCE)
    return found
