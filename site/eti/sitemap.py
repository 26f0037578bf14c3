"""What search engines are told of."""

from wagtail.contrib.sitemaps import Sitemap
from wagtail.query import PageQuerySet

from courses.catalog.access import without_hidden_modules


class PublishedPages(Sitemap):
    """The published pages, without those of a module that is not published itself."""

    def items(self) -> PageQuerySet:
        """Return the pages, in tree order."""
        return without_hidden_modules(super().items())
