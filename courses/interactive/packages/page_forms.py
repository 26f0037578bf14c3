"""What the editor of a page that plays packages checks beyond the page itself: they are the person's to choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.blocks import StreamValue

from .models import Package
from .permissions import packages_for


class ChosenPackagesForm(WagtailAdminPageForm):
    """The editing form of a page with packages. Choosers list what one may choose; a forged form may name any."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [name for name in self.fields if hasattr(self.instance, name)]
        # What a colleague with other rights has put there stays.
        self.there_before = set(package_ids(getattr(self.instance, name, None) for name in names))

    def clean(self) -> dict[str, Any]:
        """Refuse the packages that the person may not choose."""
        cleaned: dict[str, Any] = super().clean()
        added = set(package_ids(cleaned.values())) - self.there_before
        if added and packages_for(self.for_user, "choose", "change").filter(pk__in=added).count() < len(added):
            raise ValidationError(
                _("Un contenu interactif n'est pas à votre disposition : choisissez-en un dans la liste.")
            )
        return cleaned


def package_ids(values: Iterable[Any]) -> Iterator[int]:
    """Return the ids of the packages among the values of fields, and in the blocks of streams."""
    for value in values:
        if isinstance(value, Package):
            yield value.pk
        elif isinstance(value, StreamValue):
            yield from package_ids(block.value.get("package") for block in value if hasattr(block.value, "get"))
