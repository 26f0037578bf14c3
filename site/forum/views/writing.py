"""Writing in the forum: opening a topic, replying, changing one's messages, deleting them and bringing them back.

Nothing typed is ever lost: a form that is refused comes back with its text and the reason; what someone sends while
signed out waits for them to sign in (`forum.keeping`); what no form can take any more is given back to copy.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import date as date_filter
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from wagtail.models import Page

from pages.markdown import render_markdown
from pages.templatetags.pages_tags import long_date
from people.http import MemberRequest
from search.services import similar

from .. import attachments, composing, drafts, keeping, services
from ..anonymity import wrote
from ..forms import EditForm, EditGuidedForm, EditOpeningForm, ReplyForm, TopicForm, WritingForm
from ..history import versions_of
from ..listing import home_of
from ..models import TITLE_MAX_LENGTH, TOP_HEADING, Post, Topic
from ..my_posts import my_posts_page
from ..paging import post_address
from ..publishing import publish_reply, publish_topic, save_changes
from ..quoting import quote
from ..rights import rights_of
from .common import own_post, trail, visible_post, visible_topic
from .sent_files import SentFiles, sent_files

LESSON_CATEGORY = "questions-modules"

_TOO_MANY_POSTS = _(
    "Vous avez publié beaucoup de messages en peu de temps. Attendez un peu, puis publiez celui-ci : "
    "votre texte est conservé ci-dessous."
)
_NOT_ALLOWED = _("Vous ne pouvez pas (ou plus) écrire ici. Votre texte est conservé ci-dessous, pour le copier.")
_SUSPENDED = _(
    "La modération a suspendu votre droit d'écrire jusqu'au %(until)s. Votre texte est conservé ci-dessous et dans vos "
    "brouillons : vous pourrez le publier ensuite."
)
_HELD = _("Votre message est bien reçu. Un modérateur le relit avant qu'il soit publié : c'est la règle au début.")
_NAMED_FILES = _(
    "Un document garde souvent le nom de la personne qui l'a écrit : avec « Anonyme du réseau », joignez seulement des "
    "images. Retirez %(names)s, ou publiez sous votre nom."
)


# -- What all the forms share --------------------------------------------------------------------------------------


def _state(request: HttpRequest, place: str, row: Any = None) -> drafts.WritingState | None:
    """Return what the form needs to know of who writes, with what they sent before signing in as their draft."""
    if not request.user.is_authenticated:
        return None
    claimed = keeping.claim(request, request.user, place)
    # What was claimed is newer than the row that was read.
    state = (
        drafts.state_of(request.user, place) if claimed or row is None else drafts.state_from(row, request.user, place)
    )
    if claimed:
        messages.info(
            request,
            _("Vous n'étiez plus connecté : votre message n'est pas encore publié. Le voici ; publiez-le maintenant."),
        )
    return state


def _filled[F: WritingForm](form: F, request: HttpRequest) -> F:
    """Fill a new form with the draft of its place."""
    state = form.state
    if state is not None and state.content:
        content = dict(state.content)
        form.initial.update({name: value for name, value in content.items() if name in form.fields})
        if request.user.is_authenticated:
            form.files = attachments.waiting(request.user, content.get("files") or ())
        form.restored = True
    return form


def _previewed[F: WritingForm](checked: F, unchecked: F, sent: SentFiles) -> tuple[F, SafeString | None]:
    """Return the form as it was sent and its message as readers would see it, or what keeps it from being shown."""
    text_errors = {"body", *composing.PARTS} & checked.errors.keys()
    form = checked if text_errors else unchecked
    form.files = sent.shown
    if text_errors:
        return form, None
    body = composing.body_of(checked.data)
    return form, render_markdown(body, top_heading=TOP_HEADING, untrusted=True)


def _may_publish(form: WritingForm, sent: SentFiles, *, anonymous: bool) -> bool:
    """Check a sent form: its fields, its files, then whether it seems to identify someone."""
    form.files = sent.shown
    form.is_valid()
    for error in sent.errors:
        form.add_error(None, error)
    if anonymous and (naming := attachments.name_someone(sent.shown)):
        names = ", ".join(f"« {file.name} »" for file in naming)
        form.add_error("anonymous" if "anonymous" in form.fields else None, _NAMED_FILES % {"names": names})
    return not form.errors and not form.seems_to_identify()


def _refuse(form: forms.Form, error: Exception) -> int:
    """Say in the form why it is refused; return the status of the answer."""
    if isinstance(error, services.TooManyPostsError):
        form.add_error(None, str(error) or _TOO_MANY_POSTS)
        return 429
    if isinstance(error, services.SuspendedError):
        until = timezone.localtime(error.until)
        form.add_error(None, _SUSPENDED % {"until": f"{long_date(until)} à {date_filter(until, 'H:i')}"})
        return 403
    form.add_error(None, _NOT_ALLOWED)
    return 403


_REFUSALS = (services.TooManyPostsError, services.SuspendedError, services.NotAllowedError)


def _sign_in(request: HttpRequest, place: str, then: str) -> HttpResponse:
    """Keep what someone sent while signed out, and lead them to sign in, then back to the form that holds it."""
    if request.method == "POST" and keeping.keep(request, place, request.POST):
        messages.info(request, _("Votre texte est gardé pendant deux heures. Connectez-vous pour le publier."))
    return redirect_to_login(then)


def _given_back(request: MemberRequest, place: str, reason: object, *, status: int) -> HttpResponse:
    """Give back a text that no form can take any more, and keep it as a draft."""
    text = composing.body_of(request.POST)
    content = drafts.content_of(request.POST)
    if drafts.says_something(content):
        drafts.save(request.user, place, content)
    context = {"reason": reason, "text": text, "title": request.POST.get("title", ""), "trail": trail()}
    return render(request, "forum/given_back.html", context, status=status)


def _after_publishing(request: MemberRequest, post: Post) -> HttpResponse:
    if post.hidden_at:
        messages.success(request, _HELD)
        return redirect("forum:my_posts")
    return redirect(post_address(post, request.user))


# -- Replies -------------------------------------------------------------------------------------------------------


def reply_form(request: HttpRequest, topic: Topic) -> ReplyForm:
    """Return the form of a new reply: with the draft of it, and the message that `?citer=` names as a quotation."""
    state = _state(request, drafts.reply_place(topic.pk), topic)
    form = _filled(ReplyForm(state=state), request)
    quotation = _quotation(request, topic)
    written = form.initial.get("body", "")
    if quotation and quotation.strip() not in written:
        form.initial["body"] = f"{written.rstrip()}\n\n{quotation}" if written else quotation
    return form


def _quotation(request: HttpRequest, topic: Topic) -> str:
    try:
        post = topic.posts.readable().select_related("author").get(pk=int(request.GET["citer"]))
    except (KeyError, ValueError, OverflowError, Post.DoesNotExist):
        return ""
    return quote(post.author_name, post.body)


@require_http_methods(["GET", "POST"])
def reply(request: MemberRequest, pk: int) -> HttpResponse:
    """Take a reply to a topic."""
    place = drafts.reply_place(pk)
    # Any slug leads to the right one.
    to_the_form = reverse("forum:topic", args=[pk, "sujet"]) + "#repondre"
    if request.method == "GET":
        return redirect(to_the_form)
    if not request.user.is_authenticated:
        return _sign_in(request, place, to_the_form)
    try:
        topic = visible_topic(request, pk)
    except Http404:
        reason = _("Cette discussion n'existe plus, ou vous ne pouvez plus la lire.")
        return _given_back(request, place, reason, status=404)
    return _reply_to(request, topic, place)


def _reply_to(request: MemberRequest, topic: Topic, place: str) -> HttpResponse:
    from .reading import show_topic

    state, sent = drafts.state_from(topic, request.user, place), sent_files(request)
    form = ReplyForm(request.POST, state=state)
    if request.POST.get("action") in ("preview", "files"):
        form, preview = _previewed(form, ReplyForm(initial=request.POST.dict(), state=state), sent)
        for error in sent.errors:
            messages.error(request, error)
        return show_topic(request, topic, form, preview=preview if request.POST["action"] == "preview" else None)
    status = 400
    if _may_publish(form, sent, anonymous="anonymous" in request.POST):
        try:
            post = publish_reply(request.user, topic, place=place, attached=sent.ids, **form.cleaned_data)
        except services.TopicClosedError:
            topic.refresh_from_db(fields=["locked", "hidden"])
            status = 409
        except _REFUSALS as error:
            status = _refuse(form, error)
        else:
            return _after_publishing(request, post)
    return show_topic(request, topic, form, status=status)


# -- New topics ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def new_topic(request: MemberRequest) -> HttpResponse:
    """Open a topic, in the category and about the page that the address names."""
    page = _page(request)
    place = drafts.topic_place(page and page.pk)
    if not request.user.is_authenticated:
        return _sign_in(request, place, request.get_full_path())
    home = home_of(request.user)
    state = _state(request, place)
    preview, status = None, 200
    if request.method == "GET":
        initial = {
            "category": request.GET.get("categorie") or (LESSON_CATEGORY if page else ""),
            "kind": request.GET.get("type") or Topic.Kind.QUESTION,
            "title": request.GET.get("titre", "")[:TITLE_MAX_LENGTH],
        }
        form = _filled(TopicForm(initial=initial, state=state, home=home), request)
    else:
        form, sent = TopicForm(request.POST, state=state, home=home), sent_files(request)
        if request.POST.get("action") in ("preview", "files"):
            unchecked = TopicForm(initial=request.POST.dict(), state=state, home=home)
            form, preview = _previewed(form, unchecked, sent)
            for error in sent.errors:
                messages.error(request, error)
            preview = preview if request.POST["action"] == "preview" else None
        elif _may_publish(form, sent, anonymous="anonymous" in request.POST):
            try:
                topic = publish_topic(request.user, place=place, page=page, attached=sent.ids, **form.cleaned_data)
            except _REFUSALS as error:
                status = _refuse(form, error)
            else:
                return _after_opening(request, topic)
        else:
            status = 400
    title = (request.POST.get("title") or "").strip()
    context = {
        "form": form,
        "preview": preview,
        "about": page,
        "similar": similar(request.user, title) if title else [],
        "trail": trail(),
    }
    return render(request, "forum/new_topic.html", context, status=status)


def _after_opening(request: MemberRequest, topic: Topic) -> HttpResponse:
    if topic.hidden:
        messages.success(request, _HELD)
        return redirect("forum:my_posts")
    return redirect(topic)


def _page(request: HttpRequest) -> Page | None:
    """Return the published page that `?lecon=` names; say so when there is none."""
    value = request.GET.get("lecon")
    if not value:
        return None
    try:
        page = Page.objects.live().public().filter(pk=int(value), depth__gt=1).first()
    except (ValueError, OverflowError):
        page = None
    if page is None:
        messages.warning(
            request, _("La page indiquée n'est pas ou plus publiée : votre discussion ne sera reliée à aucune page.")
        )
    return page


# -- One's own messages --------------------------------------------------------------------------------------------


def _editable_post(request: MemberRequest, pk: int) -> Post:
    post = own_post(request, pk)
    if post.deleted_at or post.hidden_at:
        raise Http404
    return post


def _edit_form(post: Post, *, guided: bool) -> type[WritingForm]:
    if guided:
        return EditGuidedForm
    return EditOpeningForm if post.opening else EditForm


@require_http_methods(["GET", "POST"])
def edit_post(request: MemberRequest, pk: int) -> HttpResponse:
    """Change one's message."""
    place = drafts.edit_place(pk)
    if not request.user.is_authenticated:
        return _sign_in(request, place, request.path)
    try:
        post = _editable_post(request, pk)
    except Http404:
        if request.method == "GET":
            raise
        return _given_back(request, place, _GONE, status=404)
    state = _state(request, place)
    preview, status = None, 200
    if request.method == "GET":
        form = _edit_form_of(request, post, state)
    else:
        sent = sent_files(request, post)
        form_class = _edit_form(post, guided=post.opening and "situation" in request.POST)
        form = form_class(request.POST, state=state)
        if request.POST.get("action") in ("preview", "files"):
            form, preview = _previewed(form, form_class(initial=request.POST.dict(), state=state), sent)
            for error in sent.errors:
                messages.error(request, error)
            preview = preview if request.POST["action"] == "preview" else None
        elif _may_publish(form, sent, anonymous=post.anonymous):
            return _save_changes(request, post, form, sent, place)
        else:
            status = 400
    context = {"form": form, "preview": preview, "post": post, "trail": trail(post.topic.category, post.topic)}
    return render(request, "forum/edit_post.html", context, status=status)


_GONE = _("Ce message a été supprimé ou masqué entre-temps : il ne peut plus être modifié.")


def _edit_form_of(request: MemberRequest, post: Post, state: drafts.WritingState | None) -> WritingForm:
    content = state.content if state else {}
    parts = composing.parts_of(post.body) if post.opening and "body" not in content else None
    initial: dict[str, Any] = {"body": post.body, "title": post.topic.title, **(parts or {})}
    if post.opening:
        initial["tags"] = ", ".join(tag.name for tag in post.topic.tags.all())
    form = _edit_form(post, guided=parts is not None)(initial=initial, state=state)
    form = _filled(form, request)
    form.files = [*attachments.of_post(post), *form.files]
    return form


def _save_changes(request: MemberRequest, post: Post, form: WritingForm, sent: SentFiles, place: str) -> HttpResponse:
    fields = {name: form.cleaned_data[name] for name in ("body", "title", "tags") if name in form.cleaned_data}
    try:
        changed = save_changes(
            request.user,
            post,
            place=place,
            attached=sent.ids,
            removed=sent.removed,
            described=sent.described,
            charter=bool(form.cleaned_data.get("charter")),
            **fields,
        )
    except Post.DoesNotExist:
        return _given_back(request, place, _GONE, status=409)
    messages.success(request, _("Votre message est modifié."))
    return redirect(post_address(changed, request.user))


@login_required
@require_http_methods(["GET", "POST"])
def delete_post(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask whether to delete one's message, then do, with a button to change one's mind."""
    found = own_post(request, pk)
    if request.method == "GET":
        if found.deleted_at:
            return redirect(post_address(found, request.user))
        context = {"post": found, "trail": trail(found.topic.category, found.topic)}
        return render(request, "forum/delete_post.html", context)
    topic = services.delete_post(found)
    messages.success(
        request,
        format_html(
            '<span>{}</span> <form method="post" action="{}">'
            '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
            '<button class="button button--secondary button--small" type="submit">{}</button></form>',
            _("Votre message est supprimé. Vous avez 24 heures pour changer d'avis."),
            reverse("forum:restore_post", args=[found.pk]),
            get_token(request),
            _("Annuler la suppression"),
        ),
    )
    if topic.hidden and not rights_of(request.user).moderates(topic.category_id):
        return redirect(found.topic.category)
    return redirect(post_address(found, request.user))


@login_required
@require_POST
def restore_post(request: MemberRequest, pk: int) -> HttpResponse:
    """Bring back a message that one has deleted."""
    # Not `own_post`: the topic may have gone with its only message.
    found = get_object_or_404(Post.objects.select_related("topic__category"), pk=pk)
    if not wrote(request.user, found) or not rights_of(request.user).can_read(found.topic.category_id):
        raise Http404
    try:
        topic = services.restore_post(found)
    except Post.DoesNotExist:
        messages.error(request, _("Ce message a été supprimé il y a plus de 24 heures : son texte est effacé."))
        return redirect("forum:my_posts")
    messages.success(request, _("Votre message est de retour."))
    if topic.hidden:
        return redirect("forum:my_posts")
    found.topic = topic
    return redirect(post_address(found, request.user))


@login_required
@require_GET
def post_history(request: MemberRequest, pk: int) -> HttpResponse:
    """Show the earlier versions of a message to its author and to moderators."""
    found = visible_post(request, pk)
    is_mine = wrote(request.user, found)
    if not is_mine and not rights_of(request.user).moderates(found.topic.category_id):
        raise PermissionDenied(_("Les versions d'un message sont réservées à son auteur et aux modérateurs."))
    if found.deleted_at:
        raise Http404
    context = {"post": found, "versions": versions_of(found), "trail": trail(found.topic.category, found.topic)}
    return render(request, "forum/history.html", context)


@login_required
@require_GET
def my_posts(request: MemberRequest) -> HttpResponse:
    """Show what the person wrote, named or not, published or not yet."""
    context = {"page": my_posts_page(request.user, request.GET.get("avant", "")), "trail": trail()}
    return render(request, "forum/my_posts.html", context)
