"""The forum in Wagtail's admin: categories for administrators and editors, topics and tags for who moderates it all.

An editor of a federation keeps the categories that are private to it, and names their moderators among its team. What
is changed of a topic goes through the verbs of the moderators: counted, logged, and undone from the forum's own log.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, Panel
from wagtail.admin.ui.tables import Column
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import CreateView, DeleteView, EditView, SnippetViewSet, SnippetViewSetGroup

from people.federation_views import FederationForm, FederationViewSet, OwnDeleteBulkAction, visible_to
from people.models import Membership, User
from people.permission_policies import FederationPermissionPolicy

from . import moderating
from .categories import follow_audience, rename_tag, set_moderators
from .models import Category, Tag, Topic, tag_slug
from .restructuring import is_read_by_others


class ModeratorPermissionPolicy(ModelPermissionPolicy):
    """Who moderates the forum sees and changes these. Nobody adds or deletes one here.

    A topic starts with a message, and a tag with a topic; what is deleted could not be counted or undone.
    """

    def _get_permission_codename(self, action: str) -> str:
        return "moderate" if action in ("change", "view") else super()._get_permission_codename(action)

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Refuse adding and deleting, to administrators too."""
        return action in ("change", "view") and super().user_has_permission(user, action)


register_permission_policy(Topic, ModeratorPermissionPolicy(Topic))
register_permission_policy(Tag, ModeratorPermissionPolicy(Tag))
register_permission_policy(
    Category,
    FederationPermissionPolicy(
        Category,
        rights={Membership.Role.AUTHOR: (), Membership.Role.EDITOR: ("view", "add", "change", "delete")},
    ),
)


# -- Categories ----------------------------------------------------------------------------------------------------


class CategoryForm(FederationForm):
    """A category. An administrator says who reads it; that of an editor is private to a federation of theirs."""

    moderator_emails = forms.CharField(
        label=_("Modérateurs : leurs adresses e-mail, une par ligne"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Ils lisent et modèrent cette catégorie. Qui modère tout le forum n'a pas à y figurer."),
    )
    team_moderators = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=_("Modérateurs"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Parmi l'équipe de la fédération."),
    )
    confirmed = forms.BooleanField(
        label=_("Je confirme que d'autres personnes liront ce qui est déjà écrit"),
        required=False,
        help_text=_("À cocher si vous ouvrez à plus de monde une catégorie où l'on a déjà écrit."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Declared here, they are in the form whatever its panels show.
        for name in ["team_moderators"] if self.for_user.is_superuser else ["moderator_emails", "confirmed"]:
            del self.fields[name]
        is_new = self.instance.pk is None
        self.was = None if is_new else Category.objects.get(pk=self.instance.pk)
        self.audience_has_changed = False
        moderators = User.objects.none() if is_new else User.objects.filter(moderated_categories=self.instance)
        if "moderator_emails" in self.fields:
            self.fields["federation"].required = False
            self.initial["moderator_emails"] = "\n".join(moderators.order_by("email").values_list("email", flat=True))
        if "team_moderators" in self.fields:
            teams = Membership.objects.filter(federation__in=self.get_owners())
            field = self.fields["team_moderators"]
            assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101  (for the type checker)
            field.queryset = User.objects.filter(pk__in=teams.values("user"), is_active=True).order_by("last_name")
            self.initial["team_moderators"] = list(moderators)
            # Before Django looks whether the row keeps the rules of the database.
            self.instance.audience = Category.Audience.FEDERATION

    def clean_moderator_emails(self) -> list[User]:
        """Return the accounts of these addresses."""
        wanted = {line.strip().lower() for line in self.cleaned_data["moderator_emails"].splitlines() if line.strip()}
        found = {user.email: user for user in User.objects.filter(email__in=wanted, is_active=True)}
        if unknown := sorted(wanted - found.keys()):
            raise ValidationError(_("Aucun compte n'a cette adresse : %(email)s"), params={"email": unknown[0]})
        return list(found.values())

    def clean(self) -> dict[str, Any]:
        """Have an opening to more people confirmed; keep the moderators of a federation within its team."""
        cleaned: dict[str, Any] = super().clean()
        team = cleaned.get("team_moderators")
        if team and (federation := cleaned.get("federation")):
            members = set(Membership.objects.filter(federation=federation).values_list("user_id", flat=True))
            if any(user.pk not in members for user in team):
                self.add_error("team_moderators", _("Choisissez des personnes de l'équipe de cette fédération."))
        if self.was is not None and self.was.topics.exists():
            after = Category(**{name: cleaned.get(name, getattr(self.was, name)) for name in _WHO_READS})
            if is_read_by_others(self.was, after) and not cleaned.get("confirmed"):
                name = "confirmed" if "confirmed" in self.fields else "federation"
                self.add_error(name, _("On a déjà écrit ici, pour d'autres lecteurs."))
        return cleaned

    @transaction.atomic
    def save(self, commit: bool = True) -> Category:  # noqa: FBT001, FBT002  (Django's signature)
        """Write the category and who moderates it, and have the numbers and the search follow."""
        category: Category = super().save(commit=commit)
        if not commit:
            return category
        if "moderator_emails" in self.fields:
            set_moderators(category, self.cleaned_data["moderator_emails"])
        else:
            team = self.fields["team_moderators"].queryset
            # Whom an administrator has named from elsewhere stays.
            others = User.objects.filter(moderated_categories=category).exclude(pk__in=team.values("pk"))
            set_moderators(category, [*self.cleaned_data["team_moderators"], *others])
        if self.was is not None:
            self.audience_has_changed = any(
                getattr(self.was, name) != getattr(category, name) for name in ("audience", *_OWNER_IDS)
            )
        if self.audience_has_changed:
            follow_audience(category)
        return category


_WHO_READS = ("audience", "federation", "network")
_OWNER_IDS = ("federation_id", "network_id", "territory_id")


def _category_panels(*, for_administrator: bool) -> Panel:
    """Return the fields of a category that the person may fill."""
    about = [FieldPanel(name) for name in ("name", "slug", "description")]
    if for_administrator:
        panels = [
            *about,
            FieldPanel("position"),
            FieldPanel("territory"),
            MultiFieldPanel(
                [FieldPanel(name) for name in ("audience", "federation", "network", "confirmed")],
                heading=_("Qui peut lire"),
                help_text=_(
                    "Ouvrir une catégorie fait lire à d'autres ce qui y est déjà écrit, sous anonymat compris."
                ),
            ),
            FieldPanel("posting"),
            FieldPanel("moderator_emails"),
        ]
    else:
        panels = [*about, FieldPanel("federation"), FieldPanel("posting"), FieldPanel("team_moderators")]
    return ObjectList(panels, base_form_class=CategoryForm).bind_to_model(Category)


class _OwnPanelMixin:
    """Show the fields that the person may fill."""

    request: HttpRequest
    panel: Panel
    form_class: type[CategoryForm] | None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.form_class = None
        self.panel = _category_panels(for_administrator=request.user.is_superuser)
        super().setup(request, *args, **kwargs)  # type: ignore[misc]


class CategoryAddView(_OwnPanelMixin, CreateView):
    """A new category."""


class CategoryEditView(_OwnPanelMixin, EditView):
    """A category changed."""

    def save_instance(self) -> Category:
        """Say what a change of readers does."""
        category: Category = super().save_instance()
        if self.form.audience_has_changed:
            messages.warning(
                self.request,
                _("« %(name)s » se lit maintenant ainsi : %(audience)s. La recherche et les étiquettes ont suivi.")
                % {"name": category.name, "audience": category.get_audience_display()},
            )
        return category


class CategoryDeleteView(DeleteView):
    """Deletes an empty category only."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Say why a category with topics stays."""
        try:
            return super().form_valid(form)
        except ProtectedError:
            messages.error(self.request, _("Cette catégorie a des sujets : déplacez-les d'abord dans une autre."))
            return redirect(self.index_url_name)


class CategoryViewSet(FederationViewSet):
    """Categories."""

    model = Category
    icon = "folder-open-inverse"
    menu_label = _("Catégories")
    list_display = [
        "name",
        "slug",
        Column("get_audience_display", label=_("Qui peut lire"), sort_key="audience"),
        "topic_count",
        "position",
    ]
    search_fields = ["name", "description"]
    add_view_class = CategoryAddView
    edit_view_class = CategoryEditView
    delete_view_class = CategoryDeleteView
    copy_view_enabled = False

    def get_edit_handler(self) -> Panel:
        """Return the fields of an editor: the views show administrators theirs."""
        return _category_panels(for_administrator=False)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        """List what the person may see, with whose it is."""
        return visible_to(request, Category).select_related("federation", "network", "territory")


@hooks.register("register_bulk_action")
class DeleteCategoriesAction(OwnDeleteBulkAction):
    """Delete the chosen categories, if they are the person's and empty."""

    models = [Category]

    def check_perm(self, obj: Category) -> bool:
        """Leave out those with topics."""
        allowed: bool = super().check_perm(obj)
        return allowed and not obj.topics.exists()


# -- Topics and tags -----------------------------------------------------------------------------------------------


class TopicAdminForm(WagtailAdminModelForm):
    """What a moderator changes of a topic."""

    def clean(self) -> dict[str, Any]:
        """Leave alone a topic that has nothing left in it."""
        cleaned: dict[str, Any] = super().clean()
        if self.instance.merged_into_id:
            raise ValidationError(_("Ce sujet a été réuni avec un autre : changez plutôt celui-là."))
        return cleaned

    @transaction.atomic
    def save(self, commit: bool = True) -> Topic:  # noqa: FBT001, FBT002  (Django's signature)
        """Do each change as moderators do from the forum: counted, logged, told."""
        topic: Topic = self.instance
        if not commit:
            return topic
        data, changed, moderator = self.cleaned_data, set(self.changed_data), self.for_user
        if "title" in changed:
            tags = list(topic.tags.values_list("name", flat=True))
            moderating.retitle_topic(moderator, topic, title=data["title"], tags=tags)
        if "category" in changed:
            moderating.move_topic(moderator, topic, data["category"])
        for field, (on, off) in _FLAGS.items():
            if field in changed:
                moderating.flag_topic(moderator, topic, on if data[field] else off)
        topic.refresh_from_db()
        return topic


_FLAGS = {"pinned": ("pin", "unpin"), "locked": ("lock", "unlock"), "hidden": ("hide", "show")}


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
        return Topic.objects.filter(merged_into=None).select_related("category", "author")


class TagForm(WagtailAdminModelForm):
    """Another spelling of a tag; if another tag has it, both become one."""

    merge = forms.BooleanField(
        label=_("Réunir les deux étiquettes si l'autre existe déjà"),
        required=False,
        help_text=_("Leurs sujets et ceux qui les suivent sont mis ensemble. Cela ne s'annule pas."),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a name that says nothing, and have a merge asked for."""
        cleaned: dict[str, Any] = super().clean()
        slug = tag_slug(cleaned.get("name", ""))
        if not slug:
            self.add_error("name", _("Écrivez au moins une lettre ou un chiffre."))
        elif not cleaned.get("merge") and Tag.objects.filter(slug=slug).exclude(pk=self.instance.pk).exists():
            self.add_error("merge", _("Cette étiquette existe déjà : cochez pour les réunir."))
        return cleaned

    def save(self, commit: bool = True) -> Tag:  # noqa: FBT001, FBT002  (Django's signature)
        """Rename, and merge if need be."""
        return rename_tag(self.instance, self.cleaned_data["name"]) if commit else self.instance


class TagViewSet(SnippetViewSet):
    """Tags."""

    model = Tag
    icon = "tag"
    menu_label = _("Étiquettes")
    list_display = ["name", "topic_count"]
    search_backend_name = None
    search_fields = ["name"]
    ordering = "name"
    list_per_page = 50
    copy_view_enabled = False
    edit_handler = ObjectList([FieldPanel("name"), FieldPanel("merge")], base_form_class=TagForm)


class ForumViewSetGroup(SnippetViewSetGroup):
    """Menu of the forum."""

    items = (CategoryViewSet, TopicViewSet, TagViewSet)
    menu_label = _("Forum")
    menu_icon = "comment"
    menu_order = 310


register_snippet(ForumViewSetGroup)
