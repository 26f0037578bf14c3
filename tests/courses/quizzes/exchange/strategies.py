"""Questions of every kind that both formats hold, with the signs that mean something to one format or the other."""

import io
import re
import uuid

from hypothesis import strategies as st

from courses.questions import gaps
from courses.questions.answers import answer_key
from courses.questions.checks import faults
from courses.questions.kinds import Gap, GapAnswer
from courses.questions.raw import question_from_raw
from courses.quizzes.exchange import gift, moodle
from courses.quizzes.exchange.markup import TextFormat, convert
from courses.quizzes.exchange.writing import Export, ExportFormat

SEED = uuid.UUID(int=4)
SIGNS = "*_[]()#=~{}:\\<>&%/-.!?'|@$\"`+^«»→"

# A formula between its signs loses its look on the way in, and the report says so: see test_markup.
_FORMULA = re.compile(r"\$\$.+\$\$|\\\(.*\\\)|\\\[.*\\\]")
words = (
    st.text(st.sampled_from("abcéœ àZ09" + SIGNS), min_size=1, max_size=30)
    .map(lambda t: " ".join(t.split()))
    .filter(lambda t: not _FORMULA.search(t))
)
said = words.filter(lambda t: any(c.isalnum() for c in t))
"""Words alone: what is chosen, placed or typed."""
markdown = st.lists(said, min_size=1, max_size=3).map(lambda ps: convert("\n\n".join(ps), TextFormat.PLAIN).text)
inline = said.map(lambda t: convert(t, TextFormat.PLAIN, inline=True).text)
feedback = st.just("") | inline
shares = st.sampled_from(["0", "25", "33.33", "50", "100"])


def unlike(texts):
    return len({answer_key(text) for text in texts}) == len(texts) and all(answer_key(text) for text in texts)


def several(element, least=2, most=5):
    return st.lists(element, min_size=least, max_size=most).filter(unlike)


def item(value):
    return {"type": "item", "id": str(uuid.uuid4()), "value": value}


@st.composite
def options(draw, *, several_right):
    texts = draw(several(said, 3))
    right = draw(st.integers(1, len(texts) - 1)) if several_right else 1
    flags = draw(st.permutations([place < right for place in range(len(texts))]))
    return [
        {"text": text, "correct": flag, "feedback": draw(feedback)} for text, flag in zip(texts, flags, strict=True)
    ]


def single():
    return st.fixed_dictionaries({"options": options(several_right=False)})


def multiple():
    return st.fixed_dictionaries({"options": options(several_right=True)})


def true_false():
    return st.fixed_dictionaries(
        {"answer": st.sampled_from(["true", "false"]), "feedback_true": feedback, "feedback_false": feedback}
    )


@st.composite
def matching(draw):
    texts = draw(several(said.filter(lambda t: "->" not in t), 5, 9))
    half = (len(texts) - 1) // 2
    pairs = [{"prompt": texts[i], "match": texts[half + i], "feedback": ""} for i in range(half)]
    return {"pairs": pairs, "distractors": texts[2 * half :]}


def ordering():
    return st.fixed_dictionaries({"items": several(said)})


@st.composite
def short_answer(draw):
    texts = draw(several(said.filter(lambda t: "->" not in t and t != "*"), 1))
    answers = [
        {"text": text, "share": "100" if place == 0 else draw(shares), "feedback": draw(arrowless)}
        for place, text in enumerate(texts)
    ]
    return {"answers": answers, "typo": False, "feedback_other": draw(arrowless)}


arrowless = feedback.filter(lambda t: "->" not in t)
numbers = st.decimals(-1000, 1000, places=2).map(lambda n: f"{n.normalize():f}" if n else "0")


@st.composite
def numerical(draw, *, units):
    answers = [
        {
            "value": draw(numbers),
            "tolerance": draw(numbers).lstrip("-"),
            "share": "100" if place == 0 else draw(shares),
            "feedback": draw(feedback),
        }
        for place in range(draw(st.integers(1, 3)))
    ]
    unit = draw(st.sampled_from(["", "kg", "m²", "%"])) if units else ""
    rule = "typed" if unit and draw(st.booleans()) else "shown"
    return {"answers": answers, "unit": unit, "unit_rule": rule, "feedback_other": draw(feedback)}


def open_answer(*, models):
    return st.fixed_dictionaries(
        {
            "marking": st.just("trainer"),
            "model_answer": st.just("") | markdown if models else st.just(""),
            "criteria": st.just([]),
        }
    )


@st.composite
def gap_text(draw):
    found = []
    for number in range(draw(st.integers(1, 3))):
        listed = draw(st.booleans())
        texts = draw(several(said.filter(lambda t: "*" not in t), 2 if listed else 1, 4))
        answers = tuple(
            GapAnswer("", text, place == 0 or not listed, draw(feedback)) for place, text in enumerate(texts)
        )
        found.append(Gap(str(number), draw(around), answers, listed))
    body = gaps.write(tuple(found), draw(st.just("") | around))
    return {"text": draw(st.just("Complétez le texte.") | markdown), "body": body.strip(), "typo": False}


around = st.text(st.sampled_from("abcé Z0,;.'*_<>&#~=}"), min_size=1, max_size=20).map(
    lambda t: " ".join(f"a {t} b".split()) + " "
)

GIFT_KINDS = {
    "single": single(),
    "multiple": multiple(),
    "true_false": true_false(),
    "matching": matching(),
    "ordering": ordering(),
    "short_answer": short_answer(),
    "numerical": numerical(units=False),
    "open": open_answer(models=False),
}
MOODLE_KINDS = GIFT_KINDS | {
    "numerical": numerical(units=True),
    "open": open_answer(models=True),
    "gap_text": gap_text(),
}


def _items(value):
    if isinstance(value, list):
        return [item(_items(inner)) for inner in value]
    if isinstance(value, dict):
        return {key: _items(inner) for key, inner in value.items()}
    return value


@st.composite
def blocks(draw, kinds, *, hints):
    """A sound raw block."""
    kind = draw(st.sampled_from(sorted(kinds)))
    value = {
        "text": draw(markdown),
        "image": None,
        "explanation": draw(st.just("") | markdown),
        "hint": draw(st.just("") | inline) if hints else "",
        "worth": draw(st.sampled_from(["0.25", "1", "2", "20"])) if hints else "1",
        "lesson": None,
        "competences": draw(st.sampled_from([[], ["A2.1"], ["A2.1", "B3"]])),
    } | draw(kinds[kind])
    return {"type": kind, "id": str(uuid.uuid4()), "value": _items(value)}


def is_sound(block):
    return not faults(question_from_raw(block))


def bare(value):
    """Return a raw value without the ids of its lists, which change from one import to the next."""
    if isinstance(value, list):
        return [bare(inner["value"] if isinstance(inner, dict) and "value" in inner else inner) for inner in value]
    if isinstance(value, dict):
        return {key: bare(inner) for key, inner in value.items() if key != "id"}
    return value


READERS = {ExportFormat.GIFT: gift, ExportFormat.MOODLE: moodle}


def there_and_back(raw_blocks, form, images=lambda _id: None):
    """Return what becomes of raw blocks once written to a file and read from it, and the report of the export."""
    export = Export([question_from_raw(block) for block in raw_blocks], form, images)
    file = io.BytesIO("".join(export).encode())
    return list(READERS[form].read(file, SEED)), export.report
