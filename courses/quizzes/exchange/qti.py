"""QTI 2.1 and 2.2: single items and content packages, read. Pure.

See https://www.imsglobal.org/question/. An item's interactions are read through its correct response and its mapping;
response processing of its own is told, because it can't be followed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from courses.questions.kinds import Kind

from . import rules, safexml
from .drafts import Draft, Files, plain_decimal, short, to_decimal
from .markup import MARK, Picture, TextFormat, plain
from .package import Package, resolve
from .results import FileRefusedError, Imported, QuestionRefusedError
from .rules import FULL, Amount, Answer, Hole, Made

_HTML = TextFormat.HTML
_INLINE = {"textEntryInteraction", "inlineChoiceInteraction"}
_FEEDBACK = {"feedbackInline", "feedbackBlock"}
_UNSEEN = _FEEDBACK | {"rubricBlock", "templateInline", "templateBlock", "infoControl", "stylesheet"}
_HTML_NAMES = {
    *(
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "ul",
        "ol",
        "li",
        "br",
        "hr",
        "dl",
        "dt",
        "dd",
    ),
    *("b", "strong", "i", "em", "a", "img", "sub", "sup", "table", "tr", "td", "th", "tbody", "thead"),
    *("audio", "video", "object", "math", "svg"),
}
_STANDARD = ("match_correct", "map_response", "map_response_point", "cc2_match_basic", "cc2_map_response")

# -- What an item declares -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Response:
    """A response declaration: the correct values, and what values earn."""

    base: str = "identifier"
    cardinality: str = "single"
    correct: list[str] = field(default_factory=list)
    mapping: dict[str, Decimal] = field(default_factory=dict)
    areas: list[tuple[str, str, Decimal]] = field(default_factory=list)

    def fraction(self, value: str, best: Decimal) -> Decimal:
        """Return what a value earns, in percent of the best."""
        if self.mapping:
            return self.mapping.get(value, Decimal(0)) * 100 / best if best > 0 else Decimal(0)
        return FULL if value in self.correct else Decimal(0)

    @property
    def best(self) -> Decimal:
        """The most that one value earns; of all values together where several are to be chosen."""
        gains = [value for value in self.mapping.values() if value > 0]
        if self.cardinality == "single":
            return max(gains, default=Decimal(0))
        return sum(gains, Decimal(0))


def _number(text: str | None) -> Decimal:
    return to_decimal(text or "") or Decimal(0)


def _words_of(element: Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def _response(declaration: Element) -> Response:
    return Response(
        declaration.get("baseType", "identifier"),
        declaration.get("cardinality", "single"),
        [_words_of(value) for value in declaration.findall("correctResponse/value")],
        {
            " ".join(entry.get("mapKey", "").split()): _number(entry.get("mappedValue"))
            for entry in declaration.findall("mapping/mapEntry")
        },
        [
            (entry.get("shape", ""), entry.get("coords", ""), _number(entry.get("mappedValue")))
            for entry in declaration.findall("areaMapping/areaMapEntry")
        ],
    )


def _to_html(element: Element, replace: Callable[[Element], str | None]) -> str:
    """Return the inside of an element as HTML; `replace` gives what stands in place of an element, or None to go on."""
    parts = [escape(element.text or "")]
    for child in element:
        replaced = replace(child)
        if replaced is not None:
            parts.append(replaced)
        elif child.tag not in _UNSEEN:
            attributes = "".join(
                f' {name}="{escape(child.get(name, ""), {chr(34): "&quot;"})}"'
                for name in ("src", "alt", "href")
                if child.get(name)
            )
            inner = _to_html(child, replace)
            tag = child.tag if child.tag in _HTML_NAMES else ""
            parts.append(f"<{tag}{attributes}>{inner}</{tag}>" if tag else inner)
        parts.append(escape(child.tail or ""))
    return "".join(parts)


def _nothing(_element: Element) -> str | None:
    return None


# -- One item ------------------------------------------------------------------------------------------------------


class _Reader:
    """Reads one `assessmentItem`."""

    def __init__(self, draft: Draft, item: Element, files: Files) -> None:
        self.draft, self.item, self.files = draft, item, files
        draft.name = short(item.get("title") or item.get("identifier") or "", 120)
        self.responses = {r.get("identifier", ""): _response(r) for r in item.findall("responseDeclaration")}
        self.said = {
            feedback.get("identifier", ""): _to_html(feedback, _nothing)
            for feedback in item.findall("modalFeedback")
            if feedback.get("showHide", "show") == "show"
        }

    def read(self) -> Made:
        body = self.item.find("itemBody")
        if body is None:
            raise QuestionRefusedError("L'item n'a pas de corps.")
        if self.item.get("adaptive") == "true" or self.item.find("templateDeclaration") is not None:
            raise QuestionRefusedError("Les questions adaptatives ou à variables n'ont pas d'équivalent ici.")
        found = [element for element in body.iter() if element.tag.endswith("Interaction")]
        names = {element.tag for element in found}
        if not found:
            raise QuestionRefusedError("Il n'y a rien à répondre : c'est un texte, pas une question.")
        reader = self._READERS.get(found[0].tag)
        if not (len(found) == 1 and reader) and not names <= _INLINE:
            what = "plusieurs questions en une" if len(found) > 1 else f"« {found[0].tag} » n'a pas d'équivalent ici"
            raise QuestionRefusedError(f"Cet item n'est pas pris en charge : {what}.")
        self._common()
        if names <= _INLINE:
            return self._inline(body, found)
        assert reader is not None  # noqa: S101  (told above)
        self._put_text(body, found[0], required=found[0].tag != "gapMatchInteraction")
        response = self._response_of(found[0])
        if response.cardinality != "single" and not response.mapping:
            self.draft.note("C'était tout ou rien : ici, chaque bonne réponse rapporte une part des points.")
        made: Made = reader(self, found[0], response)
        return made

    def _common(self) -> None:
        worth = self.item.find("outcomeDeclaration[@identifier='MAXSCORE']/defaultValue/value")
        if worth is not None:
            self.draft.worth(to_decimal(_words_of(worth)))
        processing = self.item.find("responseProcessing")
        if processing is not None and len(processing) and not self._is_plain(processing):
            self.draft.note("Les règles de notation propres à l'item n'ont pas été reprises.")
        template = "" if processing is None else processing.get("template", "")
        if template and not any(name in template for name in _STANDARD):
            self.draft.note("Le modèle de notation de l'item n'est pas connu : ses règles n'ont pas été reprises.")
        used = {element.get("identifier", "") for element in self.item.iter() if element.tag != "modalFeedback"}
        for identifier, html in self.said.items():
            if identifier not in used:
                self.draft.explain(html, _HTML)

    def _is_plain(self, processing: Element) -> bool:
        """Whether response processing only compares with the correct response, or shows feedback."""
        usual = {
            *("responseProcessing", "responseCondition", "responseIf", "responseElseIf", "responseElse", "match"),
            *("variable", "correct", "setOutcomeValue", "baseValue", "mapResponse", "isNull", "not", "and", "sum"),
            *("equal", "stringMatch", "mapResponsePoint", "member", "or", "gte", "multiple"),
        }
        return {element.tag for element in processing.iter()} <= usual

    def _response_of(self, interaction: Element) -> Response:
        return self.responses.get(interaction.get("responseIdentifier", ""), Response())

    def _put_text(self, body: Element, interaction: Element, *, required: bool) -> None:
        def replace(element: Element) -> str | None:
            if element is not interaction:
                return None
            prompt = element.find("prompt")
            return "" if prompt is None else f"<div>{_to_html(prompt, _nothing)}</div>"

        html = _to_html(body, replace)
        if required:
            self.draft.put_text(html, _HTML, self.files)
        else:
            self.draft.values["text"] = self.draft.text(html, _HTML, self.files)

    def _label(self, choice: Element) -> str:
        return self.draft.label(_to_html(choice, _nothing), _HTML)

    def _feedback(self, choice: Element) -> str:
        html = "".join(_to_html(inner, _nothing) for inner in choice if inner.tag in _FEEDBACK)
        return self.draft.feedback(html or self.said.get(choice.get("identifier", ""), ""), _HTML, of=_words_of(choice))

    # -- Choosing and placing --------------------------------------------------------------------------------------

    def _choice(self, interaction: Element, response: Response) -> Made:
        single = response.cardinality == "single"
        best = response.best
        right = [c for c in interaction.findall("simpleChoice") if c.get("identifier", "") in response.correct]
        answers = []
        for choice in interaction.findall("simpleChoice"):
            fraction = response.fraction(choice.get("identifier", ""), best)
            if not single and not response.mapping:
                fraction = FULL / len(right) if fraction else -FULL / max(len(right), 1)
            answers.append(Answer(self._label(choice), fraction, self._feedback(choice)))
        if single and {answer.text.lower() for answer in answers} == {"vrai", "faux"}:
            said = {answer.text.lower(): answer for answer in answers}
            return rules.true_false(
                answer=said["vrai"].fraction >= FULL,
                feedback_true=said["vrai"].feedback,
                feedback_false=said["faux"].feedback,
            )
        return rules.choice(self.draft, answers, single=single)

    def _order(self, interaction: Element, response: Response) -> Made:
        labels = {choice.get("identifier", ""): self._label(choice) for choice in interaction.findall("simpleChoice")}
        if sorted(response.correct) != sorted(labels):
            raise QuestionRefusedError("L'ordre attendu ne porte pas sur tous les éléments.")
        return rules.ordering([labels[identifier] for identifier in response.correct])

    def _pairs(self, response: Response) -> list[tuple[str, str]]:
        values = response.correct or [key for key, value in response.mapping.items() if value > 0]
        pairs = [tuple(value.split()) for value in values]
        if not pairs or any(len(pair) != 2 for pair in pairs):
            raise QuestionRefusedError("Les paires attendues ne sont pas indiquées.")
        return [(left, right) for left, right in pairs]

    def _match(self, interaction: Element, response: Response) -> Made:
        sets = interaction.findall("simpleMatchSet")
        if len(sets) != 2:
            raise QuestionRefusedError("L'appariement n'a pas deux colonnes.")
        left, right = (
            {choice.get("identifier", ""): self._label(choice) for choice in column.findall("simpleAssociableChoice")}
            for column in sets
        )
        return self._placed(left, right, self._pairs(response))

    def _associate(self, interaction: Element, response: Response) -> Made:
        labels = {c.get("identifier", ""): self._label(c) for c in interaction.findall("simpleAssociableChoice")}
        pairs = self._pairs(response)
        left = {first: labels.get(first, "") for first, _second in pairs}
        self.draft.note("Les éléments étaient tous mêlés : ici, ils sont en deux colonnes.")
        return self._placed(left, {key: text for key, text in labels.items() if key not in left}, pairs)

    def _placed(self, left: Mapping[str, str], right: Mapping[str, str], pairs: list[tuple[str, str]]) -> Made:
        """Return a sorting into bins if several things go together and nothing is too many, else a matching."""
        places: dict[str, str] = {}
        for source, target in pairs:
            if source not in left or target not in right:
                raise QuestionRefusedError("Une paire attendue désigne un élément qui n'existe pas.")
            if source in places:
                raise QuestionRefusedError(f"« {short(left[source])} » va avec plusieurs éléments : ici, avec un seul.")
            places[source] = target
        for source in left:
            if source not in places:
                raise QuestionRefusedError(
                    f"« {short(left[source])} » ne va avec rien : ici, chaque énoncé va quelque part."
                )
        used = set(places.values())
        if len(used) == len(right) < len(left) and 2 <= len(right) <= 6 and all(len(t) <= 100 for t in right.values()):
            bins = [
                {"label": text, "items": [left[s] for s in left if places[s] == target], "feedback": ""}
                for target, text in right.items()
            ]
            return Kind.CATEGORIZE, {"bins": bins}
        matched = [(text, right[places[source]]) for source, text in left.items()]
        return rules.matching(self.draft, matched + [("", text) for key, text in right.items() if key not in used])

    # -- Writing ---------------------------------------------------------------------------------------------------

    def _open(self, _interaction: Element, _response: Response) -> Made:
        rubrics = [
            self.draft.words(_to_html(rubric, _nothing), _HTML, where="de la réponse modèle", inline=False)
            for rubric in self.item.iter("rubricBlock")
            if {"scorer", "tutor"} & set(rubric.get("view", "").split())
        ]
        return rules.open_answer("\n\n".join(filter(None, rubrics)))

    def _accepted(self, response: Response) -> list[Answer]:
        values = list(response.mapping) or response.correct
        extra = [value for value in response.correct if value not in values]
        answers = [Answer(self.draft.bounded(v), response.fraction(v, response.best)) for v in values]
        return [Answer(self.draft.bounded(value), FULL) for value in extra] + answers

    def _inline(self, body: Element, found: list[Element]) -> Made:
        """Read typed answers and lists inside a text: one at its end is a question of its own, others are gaps."""
        only = found[0]
        holes: list[Hole] = []

        def replace(element: Element) -> str | None:
            if element not in found:
                return None
            holes.append(self._hole(element))
            return f"{MARK}{len(holes) - 1}{MARK}"

        if len(found) == 1 and only.tag == "textEntryInteraction":
            html = _to_html(body, lambda element: MARK if element is only else None)
            before, _mark, after = html.partition(MARK)
            sentence = bool(_plain_words(after))
            self.draft.put_text(f"{before} …… {after}" if sentence else before, _HTML, self.files)
            return self._typed(self._response_of(only))
        source = _to_html(body, replace)
        return rules.gap_text(self.draft, self.draft.text(source, _HTML, self.files), holes)

    def _hole(self, element: Element) -> Hole:
        response = self._response_of(element)
        if element.tag == "textEntryInteraction":
            return Hole(listed=False, answers=tuple(self._accepted(response)))
        answers = tuple(
            Answer(
                self._label(choice),
                response.fraction(choice.get("identifier", ""), response.best),
                self._feedback(choice),
            )
            for choice in element.findall("inlineChoice")
        )
        return Hole(listed=True, answers=answers)

    def _typed(self, response: Response) -> Made:
        answers = self._accepted(response)
        if response.base in {"float", "integer"}:
            amounts = [Amount(a.text, self._tolerance(a.text), a.fraction, a.feedback) for a in answers]
            return rules.numerical(self.draft, amounts)
        return rules.short_answer(self.draft, answers, wildcards=False)

    def _tolerance(self, value: str) -> str:
        equal = next(iter(self.item.iter("equal")), None)
        if equal is None or equal.get("toleranceMode") not in {"absolute", "relative"}:
            return "0"
        low, *high = [_number(part) for part in equal.get("tolerance", "0").split()]
        if high and high[0] != low:
            self.draft.note("La tolérance n'était pas la même des deux côtés : la plus petite a été gardée.")
        kept = min([low, *high])
        return plain_decimal(kept * abs(_number(value)) / 100 if equal.get("toleranceMode") == "relative" else kept)

    def _gap_match(self, interaction: Element, response: Response) -> Made:
        texts = {choice.get("identifier", ""): self._label(choice) for choice in interaction.findall("gapText")}
        if interaction.find("gapImg") is not None:
            raise QuestionRefusedError("Des images sont à glisser dans les trous : ici, ce sont des mots.")
        right = {gap: choice for choice, gap in self._pairs(response)}
        holes: list[Hole] = []

        def replace(element: Element) -> str | None:
            if element.tag in {"gapText", "prompt"}:
                return ""
            if element.tag != "gap":
                return None
            key = right.get(element.get("identifier", ""))
            options = tuple(Answer(text, FULL if choice == key else Decimal(0)) for choice, text in texts.items())
            holes.append(Hole(listed=True, answers=options))
            return f"{MARK}{len(holes) - 1}{MARK}"

        source = _to_html(interaction, replace)
        stem = self.draft.values["text"]
        kind, value = rules.gap_text(self.draft, self.draft.text(source, _HTML, self.files), holes)
        if stem:
            instruction = value["text"].removeprefix(rules.GAP_INSTRUCTION)
            value["text"] = f"{stem}\n\n{instruction}".strip()
        return kind, value

    # -- Pointing --------------------------------------------------------------------------------------------------

    def _picture(self, interaction: Element) -> tuple[dict[str, Any], tuple[Decimal, Decimal]]:
        shown = interaction.find("object")
        if shown is None:
            shown = interaction.find("img")
        if shown is None:
            raise QuestionRefusedError("L'image à montrer du doigt manque.")
        source = shown.get("data") or shown.get("src") or ""
        found = self.draft.picture(Picture(source, _words_of(shown) or shown.get("alt", "")), self.files)
        if found is None:
            raise QuestionRefusedError(self.draft.notes[-1])
        value, size = found
        # Coordinates are in the pixels of the size that the item states, else of the image itself.
        width, height = _number(shown.get("width")), _number(shown.get("height"))
        return value, (width or Decimal(size[0]), height or Decimal(size[1]))

    def _zone(self, shape: str, coords: str, size: tuple[Decimal, Decimal]) -> dict[str, Any]:
        numbers = [_number(part) for part in coords.replace(",", " ").split()]
        match shape, numbers:
            case "rect", [left, top, right, bottom]:
                box = left, top, right, bottom
            case "circle", [x, y, radius]:
                box = x - radius, y - radius, x + radius, y + radius
            case "ellipse", [x, y, across, down]:
                box = x - across, y - down, x + across, y + down
            case "poly", [_, _, _, _, *_]:
                self.draft.note("Une zone en polygone est devenue le rectangle qui l'entoure.")
                box = min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
            case _:
                raise QuestionRefusedError(f"La forme de la zone « {shape} » ({coords}) n'est pas prise en charge.")
        left, top, right, bottom = (
            min(max(edge * 100 / side, Decimal(0)), FULL).quantize(Decimal("0.01"))
            for edge, side in zip(box, (*size, *size), strict=True)
        )
        return {
            "shape": "ellipse" if shape in {"circle", "ellipse"} else "rect",
            "x": plain_decimal(left),
            "y": plain_decimal(top),
            "width": plain_decimal(right - left),
            "height": plain_decimal(bottom - top),
        }

    def _hotspot(self, interaction: Element, response: Response) -> Made:
        picture, size = self._picture(interaction)
        zones = []
        for number, choice in enumerate(interaction.findall("hotspotChoice"), 1):
            label = choice.get("hotspotLabel") or ""
            if not label:
                label = f"Zone {number}"
                self.draft.note("Les zones n'avaient pas de nom : écrivez ce que chacune montre.")
            identifier = choice.get("identifier", "")
            right = response.fraction(identifier, response.best) > 0
            shape = self._zone(choice.get("shape", ""), choice.get("coords", ""), size)
            feedback = self._feedback(choice)
            zones.append({"label": short(label, 200), "correct": right, "feedback": feedback} | shape)
        return Kind.HOTSPOT, {"picture": picture, "zones": zones}

    _READERS: Mapping[str, Callable[..., Made]] = {
        "choiceInteraction": _choice,
        "orderInteraction": _order,
        "matchInteraction": _match,
        "associateInteraction": _associate,
        "extendedTextInteraction": _open,
        "gapMatchInteraction": _gap_match,
        "hotspotInteraction": _hotspot,
    }


def _plain_words(html: str) -> str:
    """Return the letters and digits that a stretch of HTML shows."""
    return "".join(c for c in plain(html, _HTML).text if c.isalnum())


# -- Files ---------------------------------------------------------------------------------------------------------

MANIFEST = "imsmanifest.xml"


def _hrefs_of_test(package: Package, path: str) -> list[str]:
    test = safexml.parse(package.read(path))
    return [resolve(path, ref.get("href", "")) for ref in test.iter("assessmentItemRef")]


def _items(package: Package) -> list[str]:
    """Return the paths of the items of a package: those of its tests in their order, then the others."""
    if MANIFEST not in package:
        raise FileRefusedError("Le paquet zip n'a pas de imsmanifest.xml à sa racine : ce n'est pas un paquet QTI.")
    resources = [
        (resource.get("type", ""), resolve(MANIFEST, resource.get("href") or ""))
        for resource in safexml.parse(package.read(MANIFEST)).iter("resource")
        if resource.get("href")
    ]
    if any("qti_xmlv1p2" in kind or "imsqti_xmlv1p" in kind for kind, _path in resources):
        raise FileRefusedError("Ce paquet est en QTI 1.2 : exportez les questions en QTI 2.1 ou 2.2.")
    tests = [path for kind, path in resources if "imsqti_test" in kind and path in package]
    ordered = [item for path in tests for item in _hrefs_of_test(package, path)]
    others = [path for kind, path in resources if "imsqti_item" in kind]
    return list(dict.fromkeys([*ordered, *others]))


def _single(file: BinaryIO) -> Element:
    root = safexml.root_of(file)[0]
    if root != "assessmentItem":
        raise FileRefusedError("Ce fichier ne fait que citer des questions : envoyez le paquet zip qui les contient.")
    return next(element for _line, element in safexml.elements(file, depth=1))


def _is_package(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(2) == b"PK"


def count(file: BinaryIO) -> int:
    """Return how many items a file holds. Raises FileRefusedError."""
    if _is_package(file):
        return len(_items(Package(file)))
    _single(file)
    return 1


def _read_item(draft: Draft, package: Package, path: str) -> Imported:
    draft.name = path
    if path not in package:
        return draft.refused("Le fichier de cet item manque dans le paquet.")
    try:
        item = safexml.parse(package.read(path))
    except FileRefusedError as refusal:
        return draft.refused(str(refusal))
    if item.tag != "assessmentItem":
        return draft.refused(f"Ce n'est pas un item QTI 2 (« {short(item.tag)} »).")
    return draft.read(_Reader(draft, item, package.beside(path)).read)


def read(file: BinaryIO, seed: uuid.UUID) -> Iterator[Imported]:
    """Yield what becomes of each item of a file. Raises FileRefusedError."""
    if not _is_package(file):
        draft = Draft(seed, 1, line=1)
        yield draft.read(_Reader(draft, _single(file), {}).read)
        return
    package = Package(file)
    for number, path in enumerate(_items(package), 1):
        yield _read_item(Draft(seed, number), package, path)
