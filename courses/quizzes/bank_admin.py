"""Question banks in Wagtail's admin: for the members of a federation those of theirs, for administrators all."""

from __future__ import annotations

import uuid
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail import hooks
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.panels import FieldPanel, HelpPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, TitleColumn
from wagtail.admin.widgets.button import Button
from wagtail.permissions import policy_registry, register_permission_policy
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import CopyView, CreateView, DeleteView, EditView, SnippetViewSetGroup

from courses.questions.blocks import AnyQuestionBlock, competence_choices
from courses.questions.panels import AdvicePanel
from people.federation_views import (
    FederationChooserViewSet,
    FederationForm,
    FederationIndexView,
    FederationViewSet,
    OwnBulkActionMixin,
    OwnChooseResultsView,
    OwnChooseView,
    OwnChosenView,
    OwnDeleteBulkAction,
    visible_to,
)
from people.permission_policies import FederationPermissionPolicy
from people.text import search_key

from .banks import quizzes_drawing_from
from .blocks import BankChooser
from .models import BankQuestion, QuestionBank, QuizPage

KINDS = {name: block.label for name, block in AnyQuestionBlock().child_blocks.items()}
"""What the kinds of question are called."""

ASIDE = "column-aside"
"""The class of the columns that a telephone leaves out."""

register_permission_policy(QuestionBank, FederationPermissionPolicy(QuestionBank))
register_permission_policy(BankQuestion, FederationPermissionPolicy(BankQuestion, "bank__federation"))


def questions_url(bank: QuestionBank) -> str:
    """Return the address of the list of a bank's questions."""
    return f"{reverse(BankQuestion.snippet_viewset.get_url_name('list'))}?bank={bank.pk}"


def drawing_quizzes(bank: QuestionBank, user: Any) -> list[tuple[QuizPage, str | None]]:
    """Return the quizzes that draw from a bank, with where the person may edit them if they may."""
    finder = AdminURLFinder(user)
    return [(quiz, finder.get_edit_url(quiz)) for quiz in quizzes_drawing_from(bank)]


# -- Banks ---------------------------------------------------------------------------------------------------------


class BankIndexView(FederationIndexView):
    """The list of banks."""

    add_item_label = _("Créer une banque")

    def get_list_more_buttons(self, instance: QuestionBank) -> list[Any]:
        """Lead to the questions too."""
        questions = Button(_("Voir les questions"), questions_url(instance), icon_name="list-ul", priority=5)
        return [questions, *super().get_list_more_buttons(instance)]


class BankEditView(EditView):
    """The settings of a bank."""

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Lead to the questions too."""
        return [
            *super().header_more_buttons,
            Button(_("Voir les questions"), questions_url(self.object), icon_name="list-ul", priority=5),
        ]


class BankDeleteView(DeleteView):
    """Delete a bank, unless a quiz draws from it."""

    @cached_property
    def drawing(self) -> list[tuple[QuizPage, str | None]]:
        """The quizzes that draw from the bank."""
        return drawing_quizzes(self.object, self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what hangs on the bank."""
        return {
            **super().get_context_data(**kwargs),
            "drawing": self.drawing,
            "is_protected": bool(self.drawing),
            "question_count": self.object.questions.count(),
        }

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Refuse while a quiz draws from the bank."""
        if self.drawing:
            raise PermissionDenied
        return super().form_valid(form)


class BankFilterForm(BaseFilterForm):
    """Find a bank by its title."""

    q = forms.CharField(
        label=_("Titre"), required=False, widget=forms.TextInput(attrs={"placeholder": _("Rechercher")})
    )

    def filter(self, objects: QuerySet[QuestionBank]) -> QuerySet[QuestionBank]:
        """Keep the banks whose title has each word."""
        objects = super().filter(objects)
        if query := self.cleaned_data["q"]:
            self.is_searching, self.search_query = True, query
            for word in query.split():
                objects = objects.filter(title__icontains=word)
        return objects


class _BankChoiceMixin:
    filter_form_class = BankFilterForm
    results_template_name = "quizzes/admin/choose_bank_results.html"

    def get_object_list(self) -> QuerySet[QuestionBank]:
        banks: QuerySet[QuestionBank] = super().get_object_list()  # type: ignore[misc]
        drawable = Count("questions", filter=Q(questions__active=True))
        return banks.select_related("federation").annotate(drawable_count=drawable)

    @property
    def columns(self) -> list[Column]:
        return [
            *super().columns,  # type: ignore[misc]
            NumberColumn("drawable_count", label=_("Questions à tirer")),
            Column("federation", label=_("Fédération")),
        ]


class BankChosenView(OwnChosenView):
    """The chosen bank, as the field of a draw names it."""

    def get_display_title(self, instance: QuestionBank) -> str:
        """Say how many questions it offers."""
        return BankChooser(model=QuestionBank).get_display_title(instance)


class BankChooseView(_BankChoiceMixin, OwnChooseView):
    """The window to choose a bank in."""


class BankChooseResultsView(_BankChoiceMixin, OwnChooseResultsView):
    """Its list, as it is filtered."""


class BankChooserViewSet(FederationChooserViewSet):
    """Choose a bank to draw from."""

    choose_view_class = BankChooseView
    choose_results_view_class = BankChooseResultsView
    chosen_view_class = BankChosenView


class BankViewSet(FederationViewSet):
    """Question banks."""

    model = QuestionBank
    icon = "folder-open-inverse"
    menu_label = _("Banques de questions")
    menu_name = "banques"
    index_view_class = BankIndexView
    edit_view_class = BankEditView
    delete_view_class = BankDeleteView
    chooser_viewset_class = BankChooserViewSet
    copy_view_enabled = False
    list_display = [
        "title",
        Column("federation", label=_("Fédération"), sort_key="federation__name", classname=ASIDE),
        TitleColumn(
            "question_count",
            label=_("Questions"),
            sort_key="question_count",
            get_url=questions_url,
            classname="column-count",
        ),
        DateColumn("created_at", label=_("Créée"), sort_key="created_at", classname=ASIDE),
    ]
    list_per_page = 30
    search_fields = ["title", "description"]
    ordering = ["title", "pk"]
    index_template_name = "quizzes/admin/bank_index.html"
    index_results_template_name = "quizzes/admin/banks_results.html"
    delete_template_name = "quizzes/admin/bank_delete.html"
    edit_handler = ObjectList(
        [
            HelpPanel(
                _(
                    "Une banque réunit des questions. Un quiz peut en tirer quelques-unes au hasard, différentes à "
                    "chaque essai : ajoutez-y un « Tirage dans une banque ». Seuls les membres de la fédération "
                    "voient la banque."
                )
            ),
            FieldPanel("title"),
            FieldPanel("federation", widget=forms.Select),
            FieldPanel(
                "description", help_text=_("Pour vos collègues : le sujet, le niveau, l'origine des questions.")
            ),
        ],
        base_form_class=FederationForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionBank]:
        """Count the questions for the list."""
        banks = super().get_queryset(request)
        return banks.select_related("federation").annotate(question_count=Count("questions"))


# -- Questions -----------------------------------------------------------------------------------------------------


def _banks_of(request: HttpRequest | None) -> QuerySet[QuestionBank]:
    return visible_to(request, QuestionBank).select_related("federation") if request else QuestionBank.objects.none()


class QuestionFilterSet(WagtailFilterSet):
    """What the list of questions is narrowed by."""

    bank = django_filters.ModelChoiceFilter(label=_("Banque"), queryset=_banks_of)
    kind = django_filters.ChoiceFilter(label=_("Type"), choices=[*KINDS.items()])
    competence = django_filters.ChoiceFilter(
        label=_("Compétence"), choices=competence_choices, method="filter_competence"
    )
    active = django_filters.BooleanFilter(label=_("Utilisable dans les tirages"))

    class Meta:
        model = BankQuestion
        fields: list[str] = []

    def filter_competence(self, found: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        """Keep the questions that aim at a competence."""
        return found.filter(codes__contains=f"|{code}|")


def search_questions(found: QuerySet[Any], query: str) -> QuerySet[Any]:
    """Keep the questions in whose words each word of the query is found, whatever its accents and case."""
    for word in search_key(query).split():
        found = found.filter(label_key__contains=word)
    return found


class QuestionIndexView(FederationIndexView):
    """The list of questions, of one bank or of all."""

    add_item_label = _("Ajouter une question")
    filterset_class = QuestionFilterSet
    banks_add_url_name = "wagtailsnippets_quizzes_questionbank:add"

    def search_queryset(self, queryset: QuerySet[BankQuestion]) -> QuerySet[BankQuestion]:
        """Search without regard to accents."""
        return search_questions(queryset, self.search_query)

    def get_add_url(self) -> str | None:
        """Add to the bank that is shown."""
        url, bank = super().get_add_url(), self.request.GET.get("bank", "")
        return f"{url}?bank={bank}" if url and bank.isdecimal() else url

    @cached_property
    def has_banks(self) -> bool:
        """Whether there is a bank to add to."""
        return _banks_of(self.request).exists()


class _SavingMixin:
    """Save only when asked to, then come back to the list of the bank.

    Wagtail saves what has revisions by itself. A question of a bank has no draft: half a correction would be drawn.
    """

    object: BankQuestion

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)  # type: ignore[misc]
        self.autosave_enabled = False

    def get_success_url(self) -> str:
        return questions_url(self.object.bank)


class QuestionCreateView(_SavingMixin, CreateView):
    """A new question."""

    def get_initial(self) -> dict[str, Any]:
        """Start in the bank that the address names, if it is one of the person's."""
        bank = self.request.GET.get("bank", "")
        found = visible_to(self.request, QuestionBank, "add").filter(pk=bank if bank.isdecimal() else 0).first()
        return {**super().get_initial(), **({"bank": found.pk} if found else {})}


class QuestionEditView(_SavingMixin, EditView):
    """A question of a bank."""


class QuestionCopyView(CopyView):
    """A new question made of an old one."""

    def get_initial_form_instance(self) -> BankQuestion:
        """Give the copy an id of its own: answers are kept by the id of the question."""
        question: BankQuestion = super().get_initial_form_instance()
        raw = [{**block, "id": str(uuid.uuid4())} for block in question.content.get_prep_value()]
        question.content = BankQuestion.content.field.to_python(raw)
        return question


class QuestionForm(FederationForm):
    """A question in one of the person's banks."""

    owner_field = "bank"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bank = self.fields["bank"]
        assert isinstance(bank, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        if self.get_owners().values("federation").distinct().count() > 1:
            bank.label_from_instance = lambda found: f"{found} ({found.federation})"  # type: ignore[assignment]

    def get_owners(self) -> QuerySet[Any]:
        """Return the person's banks."""
        policy: FederationPermissionPolicy = policy_registry.get_by_type(QuestionBank)
        return policy.instances_user_has_permission_for(self.for_user, "add").select_related("federation")

    def clean(self) -> dict[str, Any] | None:
        """Refuse a question that another one already stands for: a form sent twice, or made up."""
        cleaned = super().clean()
        for block in self.cleaned_data.get("content") or ():
            try:
                question_id = uuid.UUID(block.id) if block.id else None
            except ValueError:
                raise ValidationError(_("Cette question ne peut pas être enregistrée : rechargez la page.")) from None
            others = BankQuestion.objects.exclude(pk=self.instance.pk)
            if question_id and others.filter(question_id=question_id).exists():
                raise ValidationError(_("Cette question est déjà enregistrée. Pour en faire une autre, copiez-la."))
        return cleaned


class QuestionViewSet(FederationViewSet):
    """The questions of the banks."""

    model = BankQuestion
    icon = "help"
    menu_label = _("Questions")
    menu_name = "questions"
    index_view_class = QuestionIndexView
    add_view_class = QuestionCreateView
    edit_view_class = QuestionEditView
    copy_view_class = QuestionCopyView
    list_display = [
        "label",
        Column("kind", label=_("Type"), accessor=lambda q: KINDS.get(q.kind, q.kind), sort_key="kind"),
        Column("bank", label=_("Banque"), sort_key="bank__title", classname=ASIDE),
        Column(
            "codes",
            label=_("Compétences"),
            accessor=lambda q: q.codes.strip("|").replace("|", ", "),
            classname=ASIDE,
        ),
        Column("active", label=_("À tirer"), accessor=lambda q: _("Oui") if q.active else _("Non"), sort_key="active"),
        DateColumn("updated_at", label=_("Modifiée"), sort_key="updated_at", classname=ASIDE),
    ]
    list_per_page = 30
    search_fields = ["label_key"]
    index_template_name = "quizzes/admin/bank_index.html"
    index_results_template_name = "quizzes/admin/questions_results.html"
    edit_handler = ObjectList(
        [
            AdvicePanel(heading=_("À améliorer")),
            FieldPanel("bank", widget=forms.Select),
            FieldPanel(
                "content",
                heading=_("Question"),
                help_text=_(
                    "Une seule question. L'aperçu la montre comme à un apprenant, ou avec sa bonne réponse. La changer "
                    "ne change pas les essais déjà faits."
                ),
            ),
            FieldPanel("active"),
        ],
        base_form_class=QuestionForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankQuestion]:
        """Fetch the banks along."""
        return super().get_queryset(request).select_related("bank")


class QuizViewSetGroup(SnippetViewSetGroup):
    """Menu of what quizzes draw from."""

    items = (BankViewSet, QuestionViewSet)
    menu_label = _("Quiz")
    menu_icon = "help"
    menu_order = 303
    submenu_hook = "register_quiz_menu_item"


register_snippet(QuizViewSetGroup)


# -- Chosen lines --------------------------------------------------------------------------------------------------


class BankDeleteAction(OwnDeleteBulkAction):
    """Delete the chosen banks, unless a quiz draws from one of them."""

    models = [QuestionBank]
    template_name = "quizzes/admin/bulk_delete.html"
    is_protected: bool

    def annotate_items(self, items: list[Any]) -> list[Any]:
        """Look for what draws from each bank."""
        items = super().annotate_items(items)
        for bank in items:
            bank.drawing_count = len(quizzes_drawing_from(bank))
            self.is_protected = self.is_protected or bool(bank.drawing_count)
        return items

    def object_context(self, item: Any) -> dict[str, Any]:
        """Say how many quizzes draw from the bank."""
        note = ngettext("%d quiz y tire des questions", "%d quiz y tirent des questions", item.drawing_count)
        return {**super().object_context(item), "note": note % item.drawing_count if item.drawing_count else ""}


class _QuestionActionMixin(OwnBulkActionMixin):
    models = [BankQuestion]

    def get_all_objects_in_listing_query(self, parent_id: str | None) -> list[Any]:
        """Return the whole list as it is filtered and searched: the address of the action repeats that of the list."""
        found = visible_to(self.request, BankQuestion)
        filters = QuestionFilterSet(self.request.GET, queryset=found, request=self.request)
        return list(search_questions(filters.qs, self.request.GET.get("q", "")).values_list("pk", flat=True))


class QuestionDeleteAction(_QuestionActionMixin, OwnDeleteBulkAction):
    """Delete the chosen questions."""

    template_name = "quizzes/admin/bulk_delete.html"


class _SetActiveAction(_QuestionActionMixin, SnippetBulkAction):
    template_name = "quizzes/admin/bulk_active.html"
    active: bool
    explanation: Any

    def check_perm(self, obj: BankQuestion) -> bool:
        allowed: bool = self.permission_policy.user_has_permission_for_instance(self.request.user, "change", obj)
        return allowed

    @classmethod
    def execute_action(cls, objects: list[BankQuestion], **kwargs: Any) -> tuple[int, int]:
        BankQuestion.objects.filter(pk__in=[question.pk for question in objects]).update(active=cls.active)
        return len(objects), 0

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str:
        words = ngettext("%d question modifiée.", "%d questions modifiées.", num_parent_objects)
        return words % num_parent_objects


class ActivateAction(_SetActiveAction):
    """Let quizzes draw the chosen questions."""

    display_name = _("Activer")
    action_type = "activate"
    aria_label = _("Activer les questions choisies")
    explanation = _("Les quiz pourront tirer ces questions :")
    action_priority = 10
    active = True


class DeactivateAction(_SetActiveAction):
    """Keep the chosen questions out of draws."""

    display_name = _("Désactiver")
    action_type = "deactivate"
    aria_label = _("Désactiver les questions choisies")
    explanation = _("Ces questions restent dans leur banque, mais ne seront plus tirées :")
    action_priority = 20
    active = False


# After Wagtail's own, whose place the deletions take.
for action in (BankDeleteAction, QuestionDeleteAction, ActivateAction, DeactivateAction):
    hooks.register("register_bulk_action", action, order=10)
