"""Addresses of the site. Wagtail serves whatever is not listed here."""

from django.conf import settings
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from eti import views
from eti.sitemap import PublishedPages

urlpatterns = [
    # One sign-in for everyone, with its rate limits and its confirmed addresses: Wagtail's own two pages have neither.
    path("admin/login/", views.admin_login),
    path("_util/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("compte/", include("people.urls")),
    path("forum/", include("forum.urls")),
    path("quiz/", include("courses.quizzes.urls")),
    path("xapi/", include("courses.interactive.lrs.urls")),
    path("", include("courses.progress.urls")),
    path("", include("courses.interactive.playing.urls")),
    path("", include("courses.catalog.urls")),
    path("apercu-markdown/", views.markdown_preview, name="markdown_preview"),
    path("sitemap.xml", sitemap, {"sitemaps": {"pages": PublishedPages}}),
    path("robots.txt", views.robots),
]
if settings.STORAGES["default"]["BACKEND"].endswith("FileSystemStorage"):
    urlpatterns.append(re_path(r"^media/(?P<path>images/.*)$", serve, {"document_root": settings.MEDIA_ROOT}))
urlpatterns.append(path("", include(wagtail_urls)))

handler400 = "eti.views.bad_request"
handler403 = "eti.views.permission_denied"
handler404 = "eti.views.page_not_found"
handler500 = "eti.views.server_error"
