"""Tools that speak xAPI, in Wagtail's admin, for the editors of their federation; and the list of what came in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, HelpPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import CreateView, DeleteView, SnippetViewSetGroup

from people.federation_views import FederationForm, FederationIndexView, FederationViewSet, OwnDeleteBulkAction
from people.models import Membership, User
from people.permission_policies import FederationPermissionPolicy
from people.text import search_key

from .models import Client, Statement
from .reading import statements_for, words
from .services import give_credentials
from .validation import VOIDED

EDITORS_ONLY: Mapping[str, Collection[str]] = {
    Membership.Role.AUTHOR: (),
    Membership.Role.EDITOR: ("view", "add", "change", "delete"),
}
"""A key opens what all learners of a federation did: giving one out is not an author's to decide."""
ASIDE = "column-aside"
SHOWN = 50
_MOST_PEOPLE = 200
_ADL = "http://adlnet.gov/expapi/verbs/"
VERBS = {
    f"{_ADL}answered": _("a répondu"),
    f"{_ADL}attempted": _("a commencé"),
    f"{_ADL}completed": _("a terminé"),
    f"{_ADL}experienced": _("a vu"),
    f"{_ADL}failed": _("n'a pas réussi"),
    f"{_ADL}initialized": _("a ouvert"),
    f"{_ADL}interacted": _("a agi sur"),
    f"{_ADL}launched": _("a lancé"),
    f"{_ADL}passed": _("a réussi"),
    f"{_ADL}progressed": _("a avancé dans"),
    f"{_ADL}terminated": _("a quitté"),
    VOIDED: _("a annulé"),
}
"""What the verbs that contents use are called."""

policy = FederationPermissionPolicy(Client, rights=EDITORS_ONLY)
register_permission_policy(Client, policy)


def endpoint() -> str:
    """Return the address that a tool is given."""
    return f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}{reverse('lrs:root')}"


# -- Tools ---------------------------------------------------------------------------------------------------------


class ClientIndexView(FederationIndexView):
    """The list of tools."""

    add_item_label = _("Ajouter un outil")


class ClientCreateView(CreateView):
    """A new tool, whose secret is shown in the answer itself: it is never kept, not even for a moment."""

    object: Client

    def save_instance(self) -> Client:
        """Give the tool its credentials with its first saving."""
        client: Client = self.form.instance
        self.secret = give_credentials(client)
        client.created_by = self.request.user
        saved: Client = super().save_instance()
        return saved

    def save_action(self) -> HttpResponse:
        """Show the secret."""
        return _credentials_page(self.request, self.object, self.secret)


class ClientDeleteView(DeleteView):
    """Delete a tool: what it has sent stays."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say when the tool was last at work."""
        return {**super().get_context_data(**kwargs), "client": self.object}


def _credentials_page(request: HttpRequest, client: Client, secret: str) -> HttpResponse:
    """Return the page that shows a secret, once; no cache keeps it."""
    viewset = Client.snippet_viewset  # type: ignore[attr-defined]
    way: list[dict[str, Any]] = [
        {"url": reverse(viewset.get_url_name("list")), "label": Client._meta.verbose_name_plural},
        {"url": "", "label": str(client)},
    ]
    context = {
        "client": client,
        "secret": secret,
        "endpoint": endpoint(),
        "list_url": reverse(viewset.get_url_name("list")),
        **_frame(_("Clé et secret de «\u00a0%s\u00a0»") % client, way, "key"),
    }
    response = TemplateResponse(request, "lrs/admin/credentials.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


class ClientViewSet(FederationViewSet):
    """Tools that speak xAPI."""

    model = Client
    icon = "key"
    menu_label = _("Outils xAPI")
    menu_name = "outils-xapi"
    index_view_class = ClientIndexView
    add_view_class = ClientCreateView
    delete_view_class = ClientDeleteView
    copy_view_enabled = False
    list_display = [
        "name",
        Column("federation", label=_("Fédération"), sort_key="federation__name", classname=ASIDE),
        Column("active", label=_("Actif"), accessor=lambda c: _("Oui") if c.active else _("Non"), sort_key="active"),
        DateColumn("last_used_at", label=_("Dernier usage"), sort_key="last_used_at"),
        Column("key", label=_("Clé"), classname=ASIDE),
    ]
    search_fields = ["name", "key"]
    ordering = ["name", "pk"]
    list_per_page = 30
    index_template_name = "lrs/admin/client_index.html"
    index_results_template_name = "lrs/admin/clients_results.html"
    delete_template_name = "lrs/admin/client_delete.html"
    edit_handler = ObjectList(
        [
            HelpPanel(
                _(
                    "Un outil de votre réseau (LMS, application, tableau de bord) peut envoyer et lire ici des traces "
                    "d'apprentissage xAPI, avec une clé et un secret. Il voit ce que font toutes les personnes qui "
                    "suivent les modules de la fédération : ne donnez le secret qu'à qui en a besoin."
                )
            ),
            FieldPanel("name"),
            FieldPanel("federation", widget=forms.Select),
            FieldPanel("may_read"),
            FieldPanel("may_write"),
            FieldPanel("active", help_text=_("Décochez pour refuser l'outil sans rien effacer.")),
        ],
        base_form_class=FederationForm,
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch the federations along."""
        return super().get_queryset(request).select_related("federation")


class XapiViewSetGroup(SnippetViewSetGroup):
    """Menu of what speaks xAPI, and of what came in."""

    items = (ClientViewSet,)
    menu_label = _("Traces xAPI")
    menu_icon = "list-ul"
    menu_order = 305
    submenu_hook = "register_xapi_menu_item"


register_snippet(XapiViewSetGroup)


class ClientDeleteAction(OwnDeleteBulkAction):
    """Delete the chosen tools."""

    models = [Client]
    template_name = "lrs/admin/bulk_delete.html"


# After Wagtail's own, whose place it takes.
hooks.register("register_bulk_action", ClientDeleteAction, order=10)


# -- Statements ----------------------------------------------------------------------------------------------------


class StatementFilterForm(forms.Form):
    """What the list of statements is narrowed by."""

    personne = forms.CharField(label=_("Personne"), required=False, max_length=100)
    verbe = forms.ChoiceField(label=_("Action"), required=False, choices=[("", _("Toutes")), *VERBS.items()])


class StatementLine:
    """A statement as the list shows it."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        raw = statement.raw
        actor = raw.get("actor", {})
        self.person = statement.user.display_name if statement.user else actor.get("name") or statement.agent
        self.verb = VERBS.get(statement.verb) or words(raw.get("verb", {}).get("display")) or statement.verb
        target = raw.get("object", {})
        self.object = words(target.get("definition", {}).get("name")) or target.get("id", "") or target.get("name", "")

    @property
    def percent(self) -> int | None:
        """The score of 100, if there is one."""
        scaled = self.statement.score_scaled
        return None if scaled is None else round(scaled * 100)


def _people_named(query: str) -> list[int]:
    """Return those whose name has each word of a search, whatever its case; so many that a page can be made of them."""
    people = User.objects.all()
    for word in query.split():
        people = people.filter(first_name__icontains=word) | people.filter(last_name__icontains=word)
    return list(people.order_by("pk").values_list("pk", flat=True)[:_MOST_PEOPLE])


def _frame(title: Any, way: list[dict[str, Any]], icon: str) -> dict[str, Any]:
    start = {"url": reverse("wagtailadmin_home"), "label": _("Accueil")}
    return {"header_title": title, "page_title": title, "header_icon": icon, "breadcrumbs_items": [start, *way]}


@never_cache
@require_safe
def statements(request: HttpRequest) -> HttpResponse:
    """List the statements of the person's federations, the last ones first. A page costs the same wherever it is."""
    user: User = request.user  # type: ignore[assignment]
    if not policy.user_has_permission(user, "view"):
        raise Http404
    form = StatementFilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    named = search_key(asked.get("personne", "")) and asked["personne"]
    before = request.GET.get("avant", "")
    found = statements_for(
        federations=None if user.is_superuser else policy.federation_ids(user, ["view"]),
        users=_people_named(named) if named else None,
        verb=asked.get("verbe", ""),
        before=int(before) if before.isascii() and before.isdecimal() and len(before) <= 18 else None,
        limit=SHOWN,
    )
    query = {name: value for name, value in asked.items() if value}
    context = {
        "form": form,
        "lines": [StatementLine(row) for row in found.rows],
        "older": f"?{urlencode({**query, 'avant': found.after})}" if found.after else "",
        "query": f"?{urlencode(query)}" if query else "",
        "is_first": not before,
        **_frame(_("Énoncés reçus"), [{"url": "", "label": _("Énoncés reçus")}], "list-ul"),
    }
    return TemplateResponse(request, "lrs/admin/statements.html", context)
