"""What people send to the forum, checked."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pages.markdown import plain_text, render_markdown

from . import composing
from .drafts import TEXTS, WritingState
from .identifying import Kind, Passage, find_passages
from .listing import Home
from .models import BODY_MAX_LENGTH, TITLE_MAX_LENGTH, TITLE_MIN_LENGTH, Attachment, Category, Topic, tag_slug
from .services import MAX_TAGS

TAG_MAX_LENGTH = 40
_NOTHING = _("Écrivez quelque chose avant de publier.")
_TOO_LONG = _("Ce message est trop long : %(limit_value)d caractères au plus.")


def check_message(text: str) -> None:
    """Refuse what shows nothing once rendered (spaces, invisible characters, tags alone), and what is too long."""
    if len(text) > BODY_MAX_LENGTH:
        raise ValidationError(_TOO_LONG, code="max_length", params={"limit_value": BODY_MAX_LENGTH})
    shown = plain_text(render_markdown(text, untrusted=True))
    # Categories Z and C are spaces and invisible characters.
    if all(unicodedata.category(character)[0] in "ZC" for character in shown):
        raise ValidationError(_NOTHING, code="required")


class TitleField(forms.CharField):
    """A title on one line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Titre"),
            min_length=TITLE_MIN_LENGTH,
            max_length=TITLE_MAX_LENGTH,
            help_text=_(
                "Dites le problème en une phrase, par exemple : « Faire respecter les pauses sur un chantier »."
            ),
            error_messages={
                "required": _("Écrivez un titre."),
                "min_length": _("Écrivez un titre d'au moins %(limit_value)d caractères."),
                "max_length": _("Ce titre est trop long : %(limit_value)d caractères au plus."),
            },
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        """Count and keep single spaces only."""
        return " ".join((super().to_python(value) or "").split())


class TextField(forms.CharField):
    """A text of several lines, in Markdown. A line break counts for one character, as in the browser."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "data-compose-text": ""})
        super().__init__(
            max_length=BODY_MAX_LENGTH,
            widget=widget,
            error_messages={"required": _NOTHING, "max_length": _TOO_LONG},
            **kwargs,
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Say the limit, but don't let the browser cut what one pastes: the form says that it is too long."""
        return {"data-limit": BODY_MAX_LENGTH}

    def to_python(self, value: Any) -> Any:
        """Count line breaks as the browser does."""
        return super().to_python(value.replace("\r\n", "\n") if value else value)


class BodyField(TextField):
    """A message."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            rows=8,
            label=_("Message"),
            help_text=_(
                "Laissez une ligne vide entre deux paragraphes. **gras**, - pour une liste, > pour citer quelqu'un, "
                "@Prénom Nom pour appeler un membre."
            ),
            **kwargs,
        )

    def validate(self, value: Any) -> None:
        """Refuse what shows nothing."""
        super().validate(value)
        if value:
            check_message(value)


class TagsField(forms.CharField):
    """Tags, separated by commas, five at most."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"data-compose-tags": "", "autocomplete": "off"})
        super().__init__(
            label=_("Étiquettes"),
            required=False,
            widget=widget,
            help_text=_("Cinq au plus, séparées par des virgules, par exemple : sécurité, espaces verts."),
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """Return the names, each once."""
        typed = [" ".join(name.split()) for name in (super().clean(value) or "").replace("#", "").split(",")]
        names = {slug: name for name in typed if (slug := tag_slug(name))}
        if len(names) > MAX_TAGS:
            raise ValidationError(_("Cinq étiquettes au plus : gardez les plus utiles."))
        if any(len(name) > TAG_MAX_LENGTH for name in names.values()):
            raise ValidationError(_("Une étiquette est trop longue : un ou deux mots suffisent."))
        return list(names.values())


class CategoryField(forms.ChoiceField):
    """Where to open a topic, among the categories where the person may, their own territory first."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Catégorie"),
            error_messages={
                "required": _("Choisissez une catégorie."),
                "invalid_choice": _("Vous ne pouvez pas (ou plus) ouvrir de discussion là. Choisissez une catégorie."),
            },
            **kwargs,
        )
        self.known: dict[str, Category] = {}

    def offer(self, home: Home) -> None:
        """Set what may be chosen."""
        may_open = home.rights.can_open_topics
        # The département before its région.
        mine = sorted(home.mine, key=lambda c: c.territory is not None and c.territory.parent_id is None)
        groups: list[tuple[Any, list[Category]]] = [
            (_("Mon territoire"), mine),
            (_("Thèmes"), home.themes),
            (_("Espaces privés"), home.private),
            (_("Autres territoires"), sorted(home.elsewhere, key=lambda c: c.name)),
        ]
        offered = [(label, [c for c in categories if may_open(c)]) for label, categories in groups]
        self.known = {c.slug: c for _label, categories in offered for c in categories}
        self.choices = [
            ("", _("Choisissez…")),
            *((label, [(c.slug, c.name) for c in categories]) for label, categories in offered if categories),
        ]

    def clean(self, value: Any) -> Any:
        """Return the category."""
        return self.known[super().clean(value)]


def _anonymous_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("Publier sous « Anonyme du réseau »"),
        required=False,
        help_text=_(
            "Les autres membres, les fédérations et les exports ne sauront pas que c'est vous. Un modérateur de la "
            "catégorie peut lever l'anonymat en cas d'abus, avec une raison ; vous en serez averti."
        ),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that seems to identify someone, in a field of the form; its place as the browser counts characters."""

    field: str
    passage: Passage
    start: int
    end: int

    @property
    def label(self) -> Any:
        """What the passage seems to be, in words."""
        return _FOUND_LABELS[self.passage.kind]


_FOUND_LABELS = {
    Kind.NAME: _("Un nom"),
    Kind.PHONE: _("Un numéro de téléphone"),
    Kind.EMAIL: _("Une adresse e-mail"),
    Kind.NIR: _("Un numéro de sécurité sociale"),
    Kind.IBAN: _("Un numéro de compte bancaire"),
    Kind.BIRTH: _("Une date de naissance"),
    Kind.ADDRESS: _("Une adresse"),
}


def _length_in_browser(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class WritingForm(forms.Form):
    """What all that one writes here shares. `submission` names this form: sent twice, it is one sending.

    Beside its fields it holds what the page shows with them: the draft that it was filled with, the files sent before,
    the passages that seem to identify someone.
    """

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, state: WritingState | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = state
        self.restored = False
        self.files: Sequence[Attachment] = ()  # type: ignore[assignment]  # what is sent already, not a raw upload
        self.found: list[Found] = []
        if state is not None and not state.charter_accepted:
            self.fields["charter"] = forms.BooleanField(
                label=_("J'ai lu la charte du forum et je la respecte"),
                error_messages={"required": _("Pour publier, acceptez la charte du forum.")},
            )

    @property
    def texts(self) -> list[str]:
        """The names of the fields where one writes, in order."""
        return [name for name in self.fields if name in TEXTS]

    @property
    def last_text(self) -> str:
        """The last field of the message: files come after it."""
        return [name for name in self.texts if name in {"body", *composing.PARTS}][-1]

    def _sent(self, name: str) -> str:
        return (self.data.get(name) or "").replace("\r\n", "\n")

    @property
    def digest(self) -> str:
        """What stands for the texts as they were sent: who confirms them confirms these and no others."""
        texts = "\0".join(f"{name}\0{self._sent(name).strip()}" for name in self.texts if name != "tags")
        return hashlib.sha256(texts.encode()).hexdigest()[:32]

    def seems_to_identify(self) -> bool:
        """Look for what seems to identify someone in the sent texts, unless the person has said that it is fine."""
        if self.data.get("action") == "publish_anyway" and self.data.get("confirmed") == self.digest:
            return False
        self.found = []
        for name in self.texts:
            text = self._sent(name)
            for passage in find_passages(text):
                start = _length_in_browser(text[: passage.start])
                end = start + _length_in_browser(passage.text)
                self.found.append(Found(name, passage, start, end))
        return bool(self.found)


class ReplyForm(WritingForm):
    """A reply."""

    body = BodyField()
    anonymous = _anonymous_field()


class _Guided(forms.Form):
    """The three texts of an «analyse de pratique», and the message that they make."""

    situation = TextField(
        rows=5,
        label=composing.PARTS["situation"],
        required=False,
        help_text=_("Le contexte et ce qui se passe, sans rien qui permette de reconnaître une personne."),
    )
    tried = TextField(
        rows=4,
        label=composing.PARTS["tried"],
        required=False,
        help_text=_("Ce qui a marché, ce qui n'a pas marché."),
    )
    ask = TextField(
        rows=3,
        label=composing.PARTS["ask"],
        required=False,
        help_text=_("Un avis, une idée, une expérience semblable…"),
    )

    def compose(self, cleaned: dict[str, Any], *, shown: str) -> None:
        """Put the whole message into `body`; what is wrong with it is said at the field that is shown."""
        parts = {name: cleaned.pop(name, "") for name in composing.PARTS}
        body = composing.compose(parts, cleaned.get("body") or "")
        if not self.errors.keys() & {"body", *composing.PARTS}:
            try:
                check_message(body)
            except ValidationError as error:
                self.add_error(shown, error)
        cleaned["body"] = body


class TopicForm(_Guided, WritingForm):
    """A new topic with its first message."""

    kind = forms.ChoiceField(
        label=_("Que voulez-vous faire ?"),
        choices=[
            (Topic.Kind.QUESTION, _("Poser une question")),
            (Topic.Kind.DISCUSSION, _("Lancer une discussion")),
            (Topic.Kind.PRACTICE, _("Analyser une situation de travail")),
            (Topic.Kind.ANNOUNCEMENT, _("Faire une annonce")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    title = TitleField()
    category = CategoryField()
    body = BodyField(required=False)
    tags = TagsField()
    anonymous = _anonymous_field()

    field_order = ["kind", "title", "category", "body", *composing.PARTS, "tags", "anonymous", "charter", "submission"]

    def __init__(self, *args: Any, home: Home, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("body", *composing.PARTS):
            # Which of them is needed depends on the kind: none may be said to be optional.
            self.fields[name].is_asked = True  # type: ignore[attr-defined]
        self.fields["category"].offer(home)  # type: ignore[attr-defined]
        if not home.rights.moderates_any:
            choices = self.fields["kind"].choices  # type: ignore[attr-defined]
            self.fields["kind"].choices = choices[:-1]  # type: ignore[attr-defined]
        self.fields["title"].widget.attrs.update(
            {
                "data-hx-get": reverse("search:similar"),
                "data-hx-trigger": "input changed delay:600ms",
                "data-hx-target": "#semblables",
                "autocomplete": "off",
            }
        )
        self.rights = home.rights
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """Make one message of the texts; announcements are for who moderates there."""
        cleaned = super().clean() or {}
        cleaned["kind"] = cleaned.get("kind") or Topic.Kind.DISCUSSION
        is_guided = cleaned["kind"] == Topic.Kind.PRACTICE
        self.compose(cleaned, shown="situation" if is_guided else "body")
        category = cleaned.get("category")
        if cleaned["kind"] == Topic.Kind.ANNOUNCEMENT and category and not self.rights.moderates(category.pk):
            self.add_error("kind", _("Seule la modération de cette catégorie y fait des annonces."))
        return cleaned


class EditForm(WritingForm):
    """A changed message. Sent twice, the second time changes nothing."""

    submission = None  # type: ignore[assignment]  # how Django leaves a field out
    body = BodyField()


class EditOpeningForm(EditForm):
    """A changed first message, which has the topic's title and tags with it."""

    title = TitleField()
    tags = TagsField()
    field_order = ["title", "body", "tags"]

    def clean_tags(self) -> list[str] | None:
        """Leave the tags as they are if the form had none to show."""
        names: list[str] = self.cleaned_data["tags"]
        return names if "tags" in self.data else None


class EditGuidedForm(_Guided, WritingForm):
    """A changed «analyse de pratique», in its three texts."""

    submission = None  # type: ignore[assignment]
    title = TitleField()
    tags = TagsField()
    field_order = ["title", *composing.PARTS, "tags"]

    clean_tags = EditOpeningForm.clean_tags

    def clean(self) -> dict[str, Any]:
        """Make one message of the three texts."""
        cleaned = super().clean() or {}
        self.compose(cleaned, shown="situation")
        return cleaned
