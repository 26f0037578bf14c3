"""What a member may do about someone else's message: report it, and not read its author any more."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.http import MemberRequest

from .. import muting, reports, sanctions
from ..anonymity import wrote
from ..models import Post
from ..moderation_forms import ReportForm
from ..paging import post_address
from ..services import NotAllowedError
from .common import trail, visible_post

_THANKS = _(
    "Merci. Les modérateurs de cette catégorie vont lire ce message et décider. "
    "Son auteur ne saura pas qui l'a signalé."
)


@login_required
@require_http_methods(["GET", "POST"])
def report(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask why a message should be read by a moderator, then tell them."""
    post = visible_post(request, pk)
    if wrote(request.user, post):
        raise PermissionDenied(_("On ne signale pas son propre message : vous pouvez le modifier ou le supprimer."))
    form = ReportForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                reports.report(request.user, post, **form.cleaned_data)
            except reports.TooManyReportsError:
                form.add_error(None, _("Vous avez signalé beaucoup de messages. Attendez une heure avant le suivant."))
                status = 429
            except sanctions.SuspendedError:
                status = 403
            except NotAllowedError:
                raise PermissionDenied(_("Ce message n'est plus visible : les modérateurs s'en occupent.")) from None
            else:
                messages.success(request, _THANKS)
                still_there = Post.objects.visible_to(request.user).filter(pk=post.pk).exists()
                return redirect(post_address(post, request.user) if still_there else post.topic)
    context = {
        "post": post,
        "form": form,
        "reported": reports.open_reports(post).filter(reporter=request.user).exists(),
        "suspended": sanctions.explanation(request.user),
        "trail": trail(post.topic.category, post.topic),
    }
    return render(request, "forum/moderation/report.html", context, status=status)


@login_required
@require_POST
def mute(request: MemberRequest, pk: int) -> HttpResponse:
    """Read the author of a message no more."""
    post = visible_post(request, pk)
    try:
        muting.mute(request.user, post.author)
    except NotAllowedError:
        raise PermissionDenied(_("On ne peut pas ignorer l'auteur de ce message.")) from None
    messages.success(
        request,
        _("Les messages de %(name)s sont repliés pour vous seul. Vous pouvez revenir là-dessus : « Membres ignorés ».")
        % {"name": post.author_name},
    )
    return redirect(post_address(post, request.user))


@login_required
@require_GET
def mutes(request: MemberRequest) -> HttpResponse:
    """Show whom the person does not read, to read them again."""
    found = sorted(muting.muted_by(request.user), key=lambda mute: mute.muted.display_name)
    return render(request, "forum/moderation/mutes.html", {"mutes": found, "trail": trail()})


@login_required
@require_POST
def unmute(request: MemberRequest, pk: int) -> HttpResponse:
    """Read a person again."""
    muting.unmute(request.user, pk)
    messages.success(request, _("Vous lisez de nouveau cette personne."))
    return redirect("forum:mutes")
