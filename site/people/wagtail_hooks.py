"""Federations, structures and territories in Wagtail's admin, for those who may change them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import policy_registry, register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from .models import Federation, Structure, Territory, User


class TerritoryPermissionPolicy(ModelPermissionPolicy):
    """Territories come from the official list: they may be corrected, neither added nor deleted by hand."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Say no to adding and deleting, to everyone."""
        return action not in {"add", "delete"} and super().user_has_permission(user, action)


register_permission_policy(Territory, TerritoryPermissionPolicy(Territory))

# -- Choosing a person ---------------------------------------------------------------------------------------------


class _FederationsOnlyMixin:
    """Show the list of all accounts only to those who manage federations, not to everyone who enters the admin."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse the others."""
        policy = policy_registry.get_by_type(Federation)
        if not policy.user_has_any_permission(request.user, {"add", "change"}):
            raise PermissionDenied
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response


class PersonFilterForm(BaseFilterForm):
    """Find an account by name or e-mail address."""

    q = forms.CharField(
        label=_("Nom ou adresse e-mail"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Rechercher")}),
    )

    def filter(self, objects: QuerySet[User]) -> QuerySet[User]:
        """Keep the accounts in which each word is found somewhere."""
        objects = super().filter(objects)
        if query := self.cleaned_data["q"]:
            self.is_searching, self.search_query = True, query
            for word in query.split():
                objects = objects.filter(
                    Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
                )
        return objects


class _PersonListMixin(_FederationsOnlyMixin):
    filter_form_class = PersonFilterForm
    ordering = ["last_name", "first_name", "pk"]

    def get_object_list(self) -> QuerySet[User]:
        return User.objects.filter(is_active=True)

    @property
    def columns(self) -> list[Column]:
        """Names, then what tells two people of one name apart."""
        names, *others = super().columns  # type: ignore[misc]
        names.label = _("Personne")
        return [names, *others, Column("email", label=_("Adresse e-mail"))]


class PersonChooseView(_PersonListMixin, chooser.ChooseView):
    """The window to choose a person in."""


class PersonChooseResultsView(_PersonListMixin, chooser.ChooseResultsView):
    """Its list, as it is filtered."""


class PersonChosenView(_FederationsOnlyMixin, chooser.ChosenView):
    """The chosen person."""


class PersonChosenMultipleView(_FederationsOnlyMixin, chooser.ChosenMultipleView):
    """Several chosen persons at once: each becomes a member."""


class PersonChooserViewSet(ChooserViewSet):
    """Choose a person. Not used for other apps' fields unless they ask for it."""

    model = User
    icon = "user"
    choose_one_text = _("Choisir une personne")
    choose_another_text = _("Choisir une autre personne")
    choose_view_class = PersonChooseView
    choose_results_view_class = PersonChooseResultsView
    chosen_view_class = PersonChosenView
    chosen_multiple_view_class = PersonChosenMultipleView
    register_widget = False

    def get_urlpatterns(self) -> list[Any]:
        """Leave out the page that makes accounts: that is done under Settings."""
        return [pattern for pattern in super().get_urlpatterns() if pattern.name != "create"]


person_chooser = PersonChooserViewSet("person_chooser", url_prefix="people/choose-person")


@hooks.register("register_admin_viewset")
def register_person_chooser() -> PersonChooserViewSet:
    """Give the chooser its addresses."""
    return person_chooser


# -- Menu «Réseau» -------------------------------------------------------------------------------------------------


class FederationViewSet(SnippetViewSet):
    """Federations and who belongs to them."""

    model = Federation
    icon = "group"
    menu_label = _("Fédérations")
    list_display = ["name", "slug", Column("member_count", label=_("Membres"), sort_key="member_count")]
    search_fields = ["name", "slug", "description"]
    ordering = "name"
    panels = [
        FieldPanel("name"),
        FieldPanel("slug"),
        FieldPanel("description"),
        FieldPanel("website"),
        MultiFieldPanel(
            [
                InlinePanel(
                    "memberships",
                    panels=[FieldPanel("user", widget=person_chooser.widget_class), FieldPanel("role")],
                    label=_("membre"),
                )
            ],
            heading=_("Membres"),
            help_text=_("Un membre peut aussitôt écrire dans l'espace de la fédération, selon son rôle."),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Federation]:
        """Count the members for the list."""
        return Federation.objects.annotate(member_count=Count("memberships"))


class StructureViewSet(SnippetViewSet):
    """Structures that members named."""

    model = Structure
    icon = "home"
    menu_label = _("Structures")
    list_display = ["name", Column("get_kind_display", label=_("Type"), sort_key="kind"), "department"]
    list_filter = ["kind", "department"]
    search_fields = ["name", "name_key"]
    ordering = "name"
    panels = [FieldPanel("kind"), FieldPanel("name"), FieldPanel("department")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Structure]:
        """Fetch the départements along."""
        return Structure.objects.select_related("department")


class TerritoryViewSet(SnippetViewSet):
    """Régions and départements."""

    model = Territory
    icon = "globe"
    menu_label = _("Territoires")
    list_display = ["name", Column("get_kind_display", label=_("Type"), sort_key="kind"), "code", "parent"]
    list_filter = ["kind", "parent"]
    search_fields = ["name", "code"]
    panels = [FieldPanel("name"), FieldPanel("kind", read_only=True), FieldPanel("code", read_only=True)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Territory]:
        """Fetch the régions along."""
        return Territory.objects.select_related("parent")


class NetworkViewSetGroup(SnippetViewSetGroup):
    """Menu of who takes part."""

    items = (FederationViewSet, StructureViewSet, TerritoryViewSet)
    menu_label = _("Réseau")
    menu_icon = "group"
    menu_order = 310


register_snippet(NetworkViewSetGroup)
