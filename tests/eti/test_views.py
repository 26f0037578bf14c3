import pytest
from django.test import Client

from tests.courses.factories import make_home
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_an_unknown_address_is_answered_in_plain_french(client):
    make_home()
    response = client.get("/nulle-part/")
    assert response.status_code == 404
    assert "Page introuvable" in response.text


def test_a_form_without_its_token_says_what_to_do():
    client = Client(enforce_csrf_checks=True)
    response = client.post("/compte/connexion/", {"login": "x"})
    assert response.status_code == 403
    assert "Le formulaire a expiré" in response.text


def test_a_failure_of_the_site_is_told_without_anything_that_could_fail_again(client, monkeypatch):
    from eti import views

    client.raise_request_exception = False
    monkeypatch.setattr("courses.catalog.views.search_site", lambda text: 1 / 0)
    response = client.get("/recherche/?q=x")
    assert response.status_code == 500
    assert "Le site a rencontré un problème" in response.text
    assert views.server_error(response.wsgi_request).status_code == 500


def test_a_request_for_another_host_is_refused_clearly(client, settings):
    settings.ALLOWED_HOSTS = ["exemple.fr"]
    response = client.get("/", headers={"Host": "ailleurs.fr"})
    assert response.status_code == 400


def test_robots_stay_out_of_the_admin_and_accounts(client):
    text = client.get("/robots.txt").text
    assert "Disallow: /admin/" in text
    assert "Disallow: /compte/" in text


def test_the_sitemap_lists_published_pages(client):
    make_home()
    assert "<urlset" in client.get("/sitemap.xml").text


class TestMarkdownPreview:
    def test_a_member_sees_the_text_as_the_forum_will_show_it(self, client):
        client.force_login(UserFactory())
        response = client.post("/apercu-markdown/", {"body": "**gras** <script>x</script>"})
        assert "<strong>gras</strong>" in response.text
        assert "<script>x" not in response.text

    def test_a_visitor_gets_nothing(self, client):
        assert client.post("/apercu-markdown/", {"body": "x"}).status_code == 403

    def test_an_empty_text_says_so(self, client):
        client.force_login(UserFactory())
        assert "Rien à montrer" in client.post("/apercu-markdown/", {}).text

    def test_a_link_to_it_does_nothing(self, client):
        assert client.get("/apercu-markdown/").status_code == 405


def test_the_site_keeps_its_strict_policy_and_the_admin_gets_what_it_needs(client):
    make_home()
    strict = client.get("/").headers["Content-Security-Policy"]
    assert "unsafe-inline" not in strict
    client.force_login(UserFactory(is_superuser=True))
    admin = client.get("/admin/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline'" in admin
    assert "unsafe-eval" not in admin


@pytest.mark.parametrize("address", ["/admin/", "/admin/pages/", "/admin/quiz/copies/"])
def test_a_member_without_a_part_in_the_admin_is_told_so(client, address):
    client.force_login(UserFactory())
    assert client.get(address, follow=True).status_code == 403


def test_who_has_not_signed_in_comes_back_to_the_page_of_the_admin(client):
    response = client.get("/admin/quiz/copies/", follow=True)
    assert response.redirect_chain[-1][0] == "/compte/connexion/?next=%2Fadmin%2Fquiz%2Fcopies%2F"
