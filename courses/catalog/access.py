"""Who may open what. Wagtail checks a page that it serves; these rules hold for the addresses beside the pages too."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q
from django.http import Http404, HttpRequest
from wagtail.models import Page
from wagtail.query import PageQuerySet

from .models import Activity, CoursePage


def open_page[PageT: Page](request: HttpRequest, model: type[PageT], pk: int) -> PageT:
    """Return a published module or activity that this person may see, or raise Http404.

    An activity needs its module to be published as well. A restriction set in the CMS, on the page or above it, holds.
    """
    page = model.objects.live().filter(pk=pk).first()
    if page is None or (isinstance(page, Activity) and not page.course.live):
        raise Http404
    if not all(restriction.accept_request(request) for restriction in page.get_view_restrictions()):
        raise Http404
    return page


def without_hidden_modules(pages: PageQuerySet) -> PageQuerySet:
    """Leave out what stands in an unpublished module: its lessons may be published and still are not to be found."""
    hidden = CoursePage.objects.filter(live=False).values_list("path", flat=True)
    return pages.exclude(reduce(or_, (Q(path__startswith=path) for path in hidden), Q(pk__in=[])))
