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
from wagtail.admin.panels import FieldPanel, HelpPanel, InlinePanel, MultiFieldPanel, ObjectList, Panel
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import policy_registry, register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import CreateView, EditView, SnippetViewSet, SnippetViewSetGroup

from .federation_views import FederationForm, OwnDeleteBulkAction, visible_to
from .federation_views import FederationViewSet as OwnViewSet
from .models import Federation, Membership, Network, Structure, Territory, Trade, User
from .permission_policies import FederationPermissionPolicy


class TerritoryPermissionPolicy(ModelPermissionPolicy):
    """Territories come from the official list: they may be corrected, neither added nor deleted by hand."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Say no to adding and deleting, to everyone."""
        return action not in {"add", "delete"} and super().user_has_permission(user, action)


register_permission_policy(Territory, TerritoryPermissionPolicy(Territory))
# A network that belongs to a federation is its editors' to describe; the others are the administrators'.
register_permission_policy(
    Network,
    FederationPermissionPolicy(
        Network,
        rights={Membership.Role.AUTHOR: (), Membership.Role.EDITOR: ("view", "add", "change", "delete")},
    ),
)

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


class NetworkForm(FederationForm):
    """A network. An administrator may leave it without a federation; an editor gives it one of theirs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["federation"].required = not self.for_user.is_superuser


def _network_panels(*, with_members: bool) -> Panel:
    """Return the fields of a network. Only administrators choose among all accounts: others answer requests."""
    members = (
        MultiFieldPanel(
            [
                InlinePanel(
                    "memberships",
                    panels=[
                        FieldPanel("user", widget=person_chooser.widget_class),
                        FieldPanel("role"),
                        FieldPanel("accepted_at"),
                    ],
                    label=_("membre"),
                )
            ],
            heading=_("Membres"),
            help_text=_("Sans date d'acceptation, la demande est en attente et n'ouvre rien."),
        )
        if with_members
        else HelpPanel(
            content=_("Les demandes et les membres se gèrent sur la page du réseau, dans l'annuaire du site."),
            heading=_("Membres"),
        )
    )
    panels = [FieldPanel(name) for name in ("name", "slug", "description", "federation")]
    return ObjectList([*panels, members], base_form_class=NetworkForm).bind_to_model(Network)


class _OwnNetworkPanelMixin:
    """Show the fields that the person may fill."""

    request: HttpRequest
    panel: Panel
    form_class: type[NetworkForm] | None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.form_class = None
        self.panel = _network_panels(with_members=request.user.is_superuser)
        super().setup(request, *args, **kwargs)  # type: ignore[misc]


class NetworkAddView(_OwnNetworkPanelMixin, CreateView):
    """A new network."""


class NetworkEditView(_OwnNetworkPanelMixin, EditView):
    """A network changed."""


class NetworkViewSet(OwnViewSet):
    """Networks: their name, what they are for, whose they are, and for administrators who belongs to them."""

    model = Network
    icon = "group"
    menu_label = _("Réseaux")
    list_display = ["name", "federation", Column("member_count", label=_("Membres"), sort_key="member_count")]
    search_fields = ["name", "description"]
    ordering = "name"
    add_view_class = NetworkAddView
    edit_view_class = NetworkEditView
    copy_view_enabled = False

    def get_edit_handler(self) -> Panel:
        """Return the fields of an editor: the views show administrators theirs."""
        return _network_panels(with_members=False)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Network]:
        """List what the person may see, and count the accepted members."""
        accepted = Count("memberships", filter=Q(memberships__accepted_at__isnull=False))
        return visible_to(request, Network).select_related("federation").annotate(member_count=accepted)


@hooks.register("register_bulk_action")
class DeleteNetworksAction(OwnDeleteBulkAction):
    """Delete the chosen networks, if they are the person's."""

    models = [Network]


class TradeViewSet(SnippetViewSet):
    """Lines of work."""

    model = Trade
    icon = "tag"
    menu_label = _("Filières")
    list_display = ["name", "slug", "position"]
    search_fields = ["name"]
    ordering = "position"
    panels = [FieldPanel("name"), FieldPanel("slug"), FieldPanel("position")]


class NetworkViewSetGroup(SnippetViewSetGroup):
    """Menu of who takes part."""

    items = (FederationViewSet, NetworkViewSet, StructureViewSet, TerritoryViewSet, TradeViewSet)
    menu_label = _("Réseau")
    menu_icon = "group"
    menu_order = 310


register_snippet(NetworkViewSetGroup)
