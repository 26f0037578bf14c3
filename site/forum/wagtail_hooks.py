"""The forum in Wagtail's admin: categories, and topics for who moderates."""

from __future__ import annotations

from typing import Any

from django.db.models import ProtectedError, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import DeleteView, SnippetViewSet, SnippetViewSetGroup

from .models import Category, Topic


class TopicPermissionPolicy(ModelPermissionPolicy):
    """Who moderates the forum sees and changes its topics. Nobody adds one here: a topic starts with a message."""

    def _get_permission_codename(self, action: str) -> str:
        return "moderate" if action in ("change", "view") else super()._get_permission_codename(action)

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Refuse adding, to administrators too."""
        return action != "add" and super().user_has_permission(user, action)


register_permission_policy(Topic, TopicPermissionPolicy(Topic))


class TopicAdminForm(WagtailAdminModelForm):
    """What a moderator changes of a topic."""

    def save(self, commit: bool = True) -> Topic:  # noqa: FBT001, FBT002  (Django's signature)
        """Write the changed fields only: a reply that arrives meanwhile keeps its place in the counts."""
        topic = super().save(commit=False)
        if commit:
            topic.save(update_fields=self.changed_data)
        return topic


class CategoryDeleteView(DeleteView):
    """Deletes an empty category only."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Say why a category with topics stays."""
        try:
            return super().form_valid(form)
        except ProtectedError:
            messages.error(self.request, _("Cette catégorie a des sujets : déplacez-les d'abord dans une autre."))
            return redirect(self.index_url_name)


class CategoryViewSet(SnippetViewSet):
    """Categories."""

    model = Category
    icon = "folder-open-inverse"
    menu_label = _("Catégories")
    list_display = ["name", "slug", "position"]
    search_fields = ["name", "description"]
    panels = [FieldPanel("name"), FieldPanel("slug"), FieldPanel("description"), FieldPanel("position")]
    delete_view_class = CategoryDeleteView


def _state(topic: Topic) -> str:
    """Say in words what moderators did to a topic."""
    words = ((topic.pinned, _("épinglé")), (topic.locked, _("fermé")), (topic.hidden, _("masqué")))
    return ", ".join(str(word) for is_so, word in words if is_so)


class TopicViewSet(SnippetViewSet):
    """Topics."""

    model = Topic
    icon = "comment"
    menu_label = _("Sujets")
    list_display = [
        "title",
        "category",
        Column("author_name", label=_("Auteur")),
        "reply_count",
        "last_post_at",
        Column("state", label=_("État"), accessor=_state),
    ]
    list_filter = ["category", "hidden", "locked", "pinned"]
    list_per_page = 50
    ordering = ["-last_post_at", "-pk"]
    # A search in the database: the site's index keeps whole words only.
    search_backend_name = None
    search_fields = ["title"]
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldPanel("category"),
            MultiFieldPanel(
                [FieldPanel("pinned"), FieldPanel("locked"), FieldPanel("hidden")], heading=_("Modération")
            ),
        ],
        base_form_class=TopicAdminForm,
    )

    def get_queryset(self, request: Any) -> QuerySet[Topic]:
        """Fetch what the list shows, in one query."""
        return Topic.objects.select_related("category", "author")


class ForumViewSetGroup(SnippetViewSetGroup):
    """Menu of the forum."""

    items = (CategoryViewSet, TopicViewSet)
    menu_label = _("Forum")
    menu_icon = "comment"
    menu_order = 310


register_snippet(ForumViewSetGroup)
