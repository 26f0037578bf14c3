"""Wagtail's screens for the things that a federation owns: nobody meets there what belongs to another federation.

Of Wagtail's own views only the editing preview, the copy and the chosen actions of lists look at the object; editing,
deleting, history, usage and revisions ask the policy about the model as a whole, and choosers show everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.views import View
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.permissions import policy_registry
from wagtail.snippets.bulk_actions.delete import DeleteBulkAction
from wagtail.snippets.views.chooser import (
    ChooseResultsView,
    ChooseView,
    SnippetChooserViewSet,
    SnippetChosenMultipleView,
    SnippetChosenView,
)
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from .permission_policies import FederationPermissionPolicy

SEE = ("view", "add", "change", "delete")


def visible_to(request: HttpRequest, model: type[Model], *actions: str) -> QuerySet[Any]:
    """Return the objects of the model with which the person may do one of the actions (see them, by default)."""
    policy: FederationPermissionPolicy = policy_registry.get_by_type(model)
    return policy.instances_user_has_any_permission_for(request.user, actions or SEE)


class OwnObjectMixin(View):
    """Of a view of one object: answer «not found» unless the person may do there what the view does."""

    model: type[Model]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Check before the object is read."""
        if "pk" in kwargs:
            required = getattr(self, "permission_required", None)
            actions = (required,) if required else getattr(self, "any_permission_required", None) or ("change",)
            try:
                found = visible_to(request, self.model, *actions).filter(pk=unquote(str(kwargs["pk"]))).exists()
            except (ValueError, ValidationError):
                found = False
            if not found:
                raise Http404
        super().setup(request, *args, **kwargs)


class FederationIndexView(IndexView):
    """A list that offers for each object what the person may do with it."""

    def get_edit_url(self, instance: Model) -> str | None:
        """Return the address, or None to one who may not change this object."""
        return super().get_edit_url(instance) if self._may("change", instance) else None

    def get_copy_url(self, instance: Model) -> str | None:
        """Return the address, or None to one who may not add to this federation."""
        return super().get_copy_url(instance) if self._may("add", instance) else None

    def get_delete_url(self, instance: Model) -> str | None:
        """Return the address, or None to one who may not delete this object."""
        return super().get_delete_url(instance) if self._may("delete", instance) else None

    def _may(self, action: str, instance: Model) -> bool:
        allowed: bool = self.user_has_permission_for_instance(action, instance)
        return allowed


class _OwnChoiceMixin:
    model_class: type[Model]
    request: HttpRequest

    def get_object_list(self) -> QuerySet[Any]:
        return visible_to(self.request, self.model_class)


class OwnChooseView(_OwnChoiceMixin, ChooseView):
    """The window of a chooser."""


class OwnChooseResultsView(_OwnChoiceMixin, ChooseResultsView):
    """Its list."""


class OwnChosenView(SnippetChosenView):
    """What was chosen."""

    def get_object(self, pk: str) -> Model:
        """Return the object, if the person may see it."""
        try:
            found: Model = visible_to(self.request, self.model_class).get(pk=pk)
        except (ValueError, ValidationError) as error:
            raise Http404 from error
        return found


class _ChosenMultipleView(SnippetChosenMultipleView):
    def get_objects(self, pks: list[str]) -> QuerySet[Any]:
        return visible_to(self.request, self.model_class).filter(pk__in=[pk for pk in pks if pk.isdecimal()])


class FederationChooserViewSet(SnippetChooserViewSet):
    """A chooser that shows the person what they may see."""

    choose_view_class = OwnChooseView
    choose_results_view_class = OwnChooseResultsView
    chosen_view_class = OwnChosenView
    chosen_multiple_view_class = _ChosenMultipleView


class FederationViewSet(SnippetViewSet):
    """Screens for a model whose policy is a `FederationPermissionPolicy`.

    Every view of one object is guarded, those that Wagtail may add included.
    """

    index_view_class = FederationIndexView
    chooser_viewset_class = FederationChooserViewSet

    def construct_view(self, view_class: type[View], **kwargs: Any) -> Callable[..., HttpResponse]:
        """Guard each view."""
        guarded = type(view_class.__name__, (OwnObjectMixin, view_class), {})
        return super().construct_view(guarded, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """List what the person may see."""
        return visible_to(request, self.model)

    def get_permissions_to_register(self) -> QuerySet[Permission]:
        """Leave Django's permissions out of the settings of groups: they have no effect here."""
        return Permission.objects.none()


class OwnBulkActionMixin:
    """Of an action on chosen lines: see only what the person may see, however the addresses were made up."""

    model: type[Model]
    request: HttpRequest

    def get_queryset(self, model: type[Model], object_ids: list[Any]) -> list[Model]:
        """Return the chosen objects."""
        found = visible_to(self.request, model).filter(pk__in=[pk for pk in object_ids if str(pk).isdecimal()])
        if not found:
            raise Http404
        return list(found)

    def get_all_objects_in_listing_query(self, parent_id: str | None) -> list[Any]:
        """Return the keys of the whole list."""
        return list(visible_to(self.request, self.model).values_list("pk", flat=True))


class OwnDeleteBulkAction(OwnBulkActionMixin, DeleteBulkAction):
    """Delete the chosen lines. Register a subclass that names its `models`."""


class FederationForm(WagtailAdminModelForm):
    """A form whose `owner_field` offers only what the person may add to. Alone, the choice is made."""

    owner_field = "federation"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields[self.owner_field]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        field.queryset = self.get_owners()
        if self.instance.pk is None and not self.initial.get(self.owner_field):
            only = list(field.queryset[:2])
            if len(only) == 1:
                self.initial[self.owner_field] = only[0].pk
                field.empty_label = None

    def get_owners(self) -> QuerySet[Any]:
        """Return what the person may choose."""
        policy: FederationPermissionPolicy = policy_registry.get_by_type(type(self.instance))
        return policy.federations(self.for_user, "add")
