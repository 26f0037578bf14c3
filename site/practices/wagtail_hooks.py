"""Sheets in Wagtail's admin: those to review, collections, named reviewers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel
from wagtail.models import TaskState
from wagtail.permission_policies import BasePermissionPolicy
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from courses.catalog.admin_pages import admin_page, crumbs, page_of
from people.federation_views import FederationViewSet, OwnDeleteBulkAction
from people.models import User
from people.wagtail_hooks import person_chooser

from . import rights
from .models import CollectionItem, NamedReviewer, SheetCollection, SheetPage

# -- Sheets to review ----------------------------------------------------------------------------------------------


def sheets_to_review(user: Any) -> QuerySet[TaskState]:
    """Return the reviews that wait for this person, the oldest first."""
    waiting = TaskState.objects.filter(
        status=TaskState.STATUS_IN_PROGRESS, workflow_state__content_type__model=SheetPage._meta.model_name
    )
    return rights.task_states_for(user, waiting).select_related("workflow_state").order_by("started_at", "pk")


def review_list(request: HttpRequest) -> HttpResponse:
    """List the sheets that wait for the person."""
    if not rights.reviews_somewhere(request.user):
        return render(request, "403.html", status=403)
    page = page_of(request, sheets_to_review(request.user))
    ids = [int(state.workflow_state.object_id) for state in page]
    sheets = SheetPage.objects.prefetch_related("credits").select_related("federation", "network").in_bulk(ids)
    rows = [(state, sheet) for state in page if (sheet := sheets.get(int(state.workflow_state.object_id))) is not None]
    return admin_page(
        request,
        "practices/admin/review_list.html",
        str(_("Fiches à relire")),
        crumbs((reverse("sheets_to_review"), str(_("Fiches à relire")))),
        {"rows": rows, "page": page},
        icon="clipboard-list",
    )


@hooks.register("register_admin_urls")
def register_review_list() -> list[URLPattern]:
    """Give the list its address."""
    return [path("fiches-a-relire/", review_list, name="sheets_to_review")]


class ReviewMenuItem(MenuItem):
    """An entry of the menu for those who review sheets."""

    def is_shown(self, request: Any) -> bool:
        """Whether the person reviews somewhere."""
        return rights.reviews_somewhere(request.user)


@hooks.register("register_admin_menu_item")
def register_review_menu_item() -> MenuItem:
    """Lead to the list."""
    return ReviewMenuItem(
        _("Fiches à relire"),
        reverse("sheets_to_review"),
        name="sheets-to-review",
        icon_name="clipboard-list",
        order=320,
    )


# -- Collections ---------------------------------------------------------------------------------------------------


class SpacePermissionPolicy(BasePermissionPolicy):
    """Who reviews in a space makes its collections; an administrator, everyone's. Django's permissions play no part."""

    def _space_ids(self, user: User | AnonymousUser) -> set[int]:
        return set(rights.spaces_reviewed_by(user).values_list("pk", flat=True))

    def user_has_permission(self, user: User | AnonymousUser, action: str) -> bool:
        """Whether the person may do this with some collection."""
        return rights.reviews_somewhere(user)

    def user_has_any_permission(self, user: User | AnonymousUser, actions: Iterable[str]) -> bool:
        """Whether the person may do one of these with some collection."""
        return rights.reviews_somewhere(user)

    def user_has_permission_for_instance(self, user: User | AnonymousUser, action: str, instance: Model) -> bool:
        """Whether the person may do this with this collection."""
        return getattr(instance, "space_id", None) in self._space_ids(user)

    def user_has_any_permission_for_instance(
        self, user: User | AnonymousUser, actions: Iterable[str], instance: Model
    ) -> bool:
        """Whether the person may do one of these with this collection."""
        return self.user_has_permission_for_instance(user, "change", instance)

    def instances_user_has_any_permission_for(
        self, user: User | AnonymousUser, actions: Iterable[str]
    ) -> QuerySet[Any]:
        """Return the collections with which the person may do one of these."""
        return SheetCollection.objects.filter(space__in=self._space_ids(user))

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[User]:
        """Return who may do one of these with some collection."""
        return User.objects.filter(groups__sheet_space__isnull=False, is_active=True).distinct()

    def users_with_any_permission_for_instance(self, actions: Iterable[str], instance: Model) -> QuerySet[User]:
        """Return who may do one of these with this collection."""
        return User.objects.filter(groups__sheet_space=getattr(instance, "space_id", None), is_active=True)


register_permission_policy(SheetCollection, SpacePermissionPolicy(SheetCollection))


class CollectionForm(WagtailAdminModelForm):
    """A collection, in a space of the person's, of published sheets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        space = self.fields["space"]
        assert isinstance(space, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        space.queryset = rights.spaces_reviewed_by(self.for_user)


def _published_sheets() -> QuerySet[SheetPage]:
    sheets: QuerySet[SheetPage] = SheetPage.objects.live().public().order_by("title")
    return sheets


class CollectionItemForm(WagtailAdminModelForm):
    """A sheet in a collection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sheet = self.fields["sheet"]
        assert isinstance(sheet, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        sheet.queryset = _published_sheets()


SheetCollection.base_form_class = CollectionForm
CollectionItem.base_form_class = CollectionItemForm


class CollectionViewSet(FederationViewSet):
    """Collections of sheets."""

    model = SheetCollection
    icon = "folder-open-inverse"
    menu_label = _("Recueils de fiches")
    menu_order = 321
    add_to_admin_menu = True
    copy_view_enabled = False
    list_display = ["title", "space", "published"]
    search_fields = ["title", "description"]
    ordering = "title"


register_snippet(CollectionViewSet)


@hooks.register("register_bulk_action")
class DeleteCollectionsAction(OwnDeleteBulkAction):
    """Delete the chosen collections, if they are the person's."""

    models = [SheetCollection]


# -- Named reviewers -----------------------------------------------------------------------------------------------


class NamedReviewerViewSet(SnippetViewSet):
    """Peers who review in a space. Administrators name them: only they choose among all accounts."""

    model = NamedReviewer
    icon = "user"
    menu_label = _("Relecteurs de fiches")
    menu_order = 322
    add_to_settings_menu = True
    list_display = ["user", "space"]
    panels = [FieldPanel("space"), FieldPanel("user", widget=person_chooser.widget_class)]


register_snippet(NamedReviewerViewSet)
