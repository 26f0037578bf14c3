"""The form of a session plan: its fields, and its steps in rows that may be added, removed and moved."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from courses.catalog.models import Competence
from people.models import Trade
from people.text import search_key

from .session_models import STEPS_AT_MOST, SessionPlan, SessionStep
from .session_timing import Timing, timing

_ACTION = re.compile(r"(remove|up|down):(\d{1,2})", re.ASCII)


def _limit(name: str, model: type[SessionPlan | SessionStep] = SessionPlan) -> int:
    return getattr(model._meta.get_field(name), "max_length", None) or 0


class _TextField(forms.CharField):
    """A text of so many lines at most. A line break counts once, though the browser sends two characters."""

    def __init__(self, *, rows: int = 3, lines: int, **kwargs: Any) -> None:
        self.lines = lines
        widget = forms.Textarea(attrs={"rows": rows, "class": "session-text"})
        super().__init__(widget=widget, error_messages={"max_length": _TOO_LONG, **kwargs.pop("errors", {})}, **kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(value.replace("\r\n", "\n") if value else value) or ""

    def validate(self, value: str) -> None:
        super().validate(value)
        if (lines := value.count("\n") + 1) > self.lines:
            raise ValidationError(
                _("Trop de lignes pour tenir sur une page : %(limit)d au plus (il y en a %(lines)d)."),
                params={"limit": self.lines, "lines": lines},
            )


_TOO_LONG = _("Trop long pour tenir sur une page : %(limit_value)d caractères au plus (il y en a %(show_value)d).")


class CompetenceField(forms.ModelMultipleChoiceField):
    """Competences of the referentials, as boxes."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the code and the title."""
        return f"{obj.code} – {obj.title}"


class PlanForm(forms.Form):
    """A session plan, without its steps."""

    title = forms.CharField(
        label=_("Titre de la séance"),
        max_length=_limit("title"),
        error_messages={"required": _("Donnez un titre à la séance."), "max_length": _TOO_LONG},
    )
    objective = _TextField(
        label=_("Objectif"),
        lines=4,
        max_length=_limit("objective"),
        help_text=_(
            "Ce que la personne saura faire à la fin, que vous pourrez voir : « Être capable de… », un verbe d'action."
        ),
        errors={"required": _("Écrivez l'objectif : « Être capable de… ».")},
    )
    minutes = forms.IntegerField(
        label=_("Durée prévue (minutes)"),
        min_value=5,
        max_value=480,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "data-session-wanted": ""}),
        error_messages={
            "required": _("Indiquez la durée, en minutes."),
            "invalid": _("Écrivez un nombre de minutes."),
            "min_value": _("Cinq minutes au moins."),
            "max_value": _("Une journée (480 minutes) au plus."),
        },
    )
    audience = _TextField(
        label=_("Public et prérequis"),
        required=False,
        rows=2,
        lines=5,
        max_length=_limit("audience"),
        help_text=_("Qui, combien, ce qu'ils savent déjà. Pas de nom : le plan peut être partagé."),
    )
    place = forms.CharField(label=_("Lieu"), required=False, max_length=_limit("place"))
    materials = _TextField(label=_("Matériel"), required=False, rows=2, lines=8, max_length=_limit("materials"))
    gestures = _TextField(
        label=_("Gestes et points clés"),
        required=False,
        rows=4,
        lines=12,
        max_length=_limit("gestures"),
        help_text=_("Ce qu'il faut voir dans le geste, dans l'ordre."),
    )
    safety = _TextField(
        label=_("Sécurité"),
        required=False,
        lines=10,
        max_length=_limit("safety"),
        help_text=_("Équipements de protection, gestes interdits, quoi faire en cas d'accident."),
    )
    assessment = _TextField(
        label=_("Comment on vérifie"),
        required=False,
        lines=8,
        max_length=_limit("assessment"),
        help_text=_("Des critères que l'on observe : « range l'outil lame fermée », « trie 10 pièces sans erreur »."),
    )
    traces = _TextField(
        label=_("Traces"),
        required=False,
        rows=2,
        lines=5,
        max_length=_limit("traces"),
        help_text=_("Où l'on note ce qui est acquis : livret de suivi, feuille d'émargement, photo du travail fait."),
    )
    trades = forms.ModelMultipleChoiceField(
        label=_("Filières"), required=False, queryset=Trade.objects.all(), widget=forms.CheckboxSelectMultiple
    )
    competences = CompetenceField(
        label=_("Compétences du référentiel"),
        required=False,
        queryset=Competence.objects.filter(parent__isnull=False),
        widget=forms.CheckboxSelectMultiple,
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31)


class StepForm(forms.Form):
    """A row: a step of the session."""

    phase = forms.CharField(
        label=_("Nom de l'étape"),
        max_length=_limit("phase", SessionStep),
        error_messages={"required": _("Nommez cette étape, ou retirez-la."), "max_length": _TOO_LONG},
    )
    minutes = forms.IntegerField(
        label=_("Minutes"),
        required=False,
        min_value=1,
        max_value=480,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "data-session-minutes": ""}),
        error_messages={
            "invalid": _("Écrivez un nombre de minutes."),
            "min_value": _("Une minute au moins."),
            "max_value": _("480 minutes au plus."),
        },
    )
    method = forms.ChoiceField(
        label=_("Méthode"), required=False, choices=[("", _("Choisissez…")), *SessionStep.Method.choices]
    )
    trainer = _TextField(
        label=_("Ce que je fais"), required=False, rows=2, lines=4, max_length=_limit("trainer", SessionStep)
    )
    people = _TextField(
        label=_("Ce que font les salariés"), required=False, rows=2, lines=4, max_length=_limit("people", SessionStep)
    )


class SessionForms:
    """The plan's form and the forms of its rows, as shown, typed or checked.

    A row in which nothing was typed counts for nothing. Rows are named `etape-<place>-<field>`; `etapes` says how many.
    """

    def __init__(self, plan: PlanForm, steps: Sequence[StepForm]) -> None:
        self.plan = plan
        self.steps = list(steps)

    @classmethod
    def shown(cls, initial: Mapping[str, Any], steps: Iterable[Mapping[str, Any]]) -> SessionForms:
        """Return the forms of a plan that nobody has typed in yet."""
        forms_of_steps = [StepForm(initial=dict(step), prefix=_prefix(n)) for n, step in enumerate(steps)]
        return cls(PlanForm(initial={"submission": uuid.uuid4(), **initial}), forms_of_steps)

    @classmethod
    def typed(cls, data: QueryDict) -> SessionForms:
        """Return the forms as they were sent. Empty rows are left out."""
        return cls(PlanForm(data), _bound(row for row in _rows(data) if any(row.values())))

    @classmethod
    def rearranged(cls, data: QueryDict, action: str) -> SessionForms | None:
        """Return the forms as they were sent, with a row added, removed or moved; None for any other action.

        Nothing is checked yet: what is typed is kept as it is.
        """
        rows = _rows(data)
        if action == "add":
            rows = [*rows, dict.fromkeys(StepForm.base_fields, "")] if len(rows) < STEPS_AT_MOST else rows
        elif (found := _ACTION.fullmatch(action)) and (place := int(found[2])) < len(rows):
            row = rows.pop(place)
            if found[1] != "remove":
                rows.insert(max(0, place + (1 if found[1] == "down" else -1)), row)
        else:
            return None
        plan = PlanForm(initial={name: _value(data, name) for name in PlanForm.base_fields})
        return cls(plan, [StepForm(initial=row, prefix=_prefix(n)) for n, row in enumerate(rows)])

    def is_valid(self) -> bool:
        """Check everything, so that all errors show at once."""
        return all([self.plan.is_valid(), *[step.is_valid() for step in self.steps]])

    def cleaned(self) -> dict[str, Any]:
        """Return what the services take, without the hidden fields."""
        fields = {k: v for k, v in self.plan.cleaned_data.items() if k not in {"submission", "revision"}}
        return {**fields, "steps": [step.cleaned_data for step in self.steps]}

    @property
    def timing(self) -> Timing:
        """The minutes of the rows against the duration, as far as they are numbers."""
        wanted = _number(self.plan["minutes"].value()) or 0
        return timing((_number(step["minutes"].value()) for step in self.steps), wanted)

    @property
    def has_room(self) -> bool:
        """Whether a row may be added."""
        return len(self.steps) < STEPS_AT_MOST

    @property
    def empty_step(self) -> StepForm:
        """A row for the script to copy."""
        return StepForm(prefix="etape-__n__")


def _prefix(place: int) -> str:
    return f"etape-{place}"


def _number(value: Any) -> int | None:
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else None


def _rows(data: QueryDict) -> list[dict[str, str]]:
    count = min(_number(data.get("etapes")) or 0, 2 * STEPS_AT_MOST)
    return [{name: data.get(f"{_prefix(n)}-{name}", "").strip() for name in StepForm.base_fields} for n in range(count)]


def _bound(rows: Iterable[Mapping[str, str]]) -> list[StepForm]:
    return [
        StepForm({f"{_prefix(n)}-{name}": value for name, value in row.items()}, prefix=_prefix(n))
        for n, row in enumerate(rows)
    ]


def _value(data: QueryDict, name: str) -> Any:
    several = isinstance(PlanForm.base_fields[name], forms.ModelMultipleChoiceField)
    return data.getlist(name) if several else data.get(name)


class SessionSearchForm(forms.Form):
    """What is looked for among the shared plans. An unknown value counts for nothing."""

    q = forms.CharField(label=_("Mots"), required=False, max_length=100)
    competence = forms.ModelChoiceField(
        Competence.objects.filter(parent__isnull=False), label=_("Compétence"), required=False, empty_label=_("Toutes")
    )
    filiere = forms.ModelChoiceField(
        Trade.objects.all(), label=_("Filière"), required=False, to_field_name="slug", empty_label=_("Toutes")
    )

    def values(self) -> tuple[str, Competence | None, Trade | None]:
        """Return the words, the competence and the line of work that are known."""
        self.is_valid()
        data = self.cleaned_data
        words = data.get("q") or ""
        return (words if search_key(words) else ""), data.get("competence"), data.get("filiere")
