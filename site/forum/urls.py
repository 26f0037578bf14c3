"""Addresses of the forum."""

from django.urls import path

import people.http  # noqa: F401  (registers the «rowid» part of an address)

from .feeds import LatestTopics
from .views import drafting, moderation, reading, reporting, taking_part, writing

app_name = "forum"
urlpatterns = [
    path("", reading.home, name="home"),
    path("nouveau/", writing.new_topic, name="new_topic"),
    path("flux/", LatestTopics(), name="feed"),
    path("non-lus/", reading.unread, name="unread"),
    path("suivis/", reading.followed, name="followed"),
    path("signets/", reading.bookmarks, name="bookmarks"),
    path("tout-lu/", taking_part.read_all, name="read_all"),
    path("mes-messages/", writing.my_posts, name="my_posts"),
    path("brouillons/", drafting.draft_list, name="drafts"),
    path("brouillons/effacer/", drafting.discard_draft, name="discard_draft"),
    path("pieces-jointes/", drafting.upload, name="upload"),
    path("pieces-jointes/<uuid:pk>/", drafting.attachment, name="attachment"),
    path("pieces-jointes/<uuid:pk>/vignette/", drafting.attachment, {"small": True}, name="thumbnail"),
    path("membres/", drafting.member_names, name="member_names"),
    path("etiquettes/", drafting.tag_names, name="tag_names"),
    path("charte/", drafting.charter, name="charter"),
    path("ignores/", reporting.mutes, name="mutes"),
    path("ignores/<rowid:pk>/lire/", reporting.unmute, name="unmute"),
    path("moderation/", moderation.queue, name="queue"),
    path("moderation/journal/", moderation.log, name="log"),
    path("moderation/journal/<rowid:pk>/annuler/", moderation.undo_action, name="undo"),
    path("etiquette/<slug:slug>/", reading.tag, name="tag"),
    path("etiquette/<slug:slug>/suivre/", taking_part.follow_tag, name="follow_tag"),
    path("sujet/<rowid:pk>-<slug:slug>/", reading.topic, name="topic"),
    path("sujet/<rowid:pk>/non-lu/", reading.first_unread, name="first_unread"),
    path("sujet/<rowid:pk>/suivre/", taking_part.follow_topic, name="follow_topic"),
    path("sujet/<rowid:pk>/repondre/", writing.reply, name="reply"),
    path("sujet/<rowid:pk>/moderer/", moderation.moderate, name="moderate"),
    path("sujet/<rowid:pk>/masquer/", moderation.hide_topic, name="hide_topic"),
    path("sujet/<rowid:pk>/renommer/", moderation.retitle, name="retitle"),
    path("sujet/<rowid:pk>/deplacer/", moderation.move, name="move"),
    path("sujet/<rowid:pk>/separer/", moderation.split, name="split"),
    path("sujet/<rowid:pk>/reunir/", moderation.merge, name="merge"),
    path("message/<rowid:pk>/", reading.post, name="post"),
    path("message/<rowid:pk>/reagir/", taking_part.react_view, name="react"),
    path("message/<rowid:pk>/signet/", taking_part.bookmark_view, name="bookmark"),
    path("message/<rowid:pk>/retenir/", taking_part.accept, name="accept"),
    path("message/<rowid:pk>/modifier/", writing.edit_post, name="edit_post"),
    path("message/<rowid:pk>/supprimer/", writing.delete_post, name="delete_post"),
    path("message/<rowid:pk>/retablir/", writing.restore_post, name="restore_post"),
    path("message/<rowid:pk>/versions/", writing.post_history, name="post_history"),
    path("message/<rowid:pk>/moderer/", moderation.moderate_post, name="moderate_post"),
    path("message/<rowid:pk>/lever-anonymat/", moderation.lift_anonymity, name="lift_anonymity"),
    path("message/<rowid:pk>/signaler/", reporting.report, name="report"),
    path("message/<rowid:pk>/ignorer/", reporting.mute, name="mute"),
    path("<slug:slug>/", reading.category, name="category"),
    path("<slug:slug>/suivre/", taking_part.follow_category, name="follow_category"),
    path("<slug:slug>/flux/", LatestTopics(), name="category_feed"),
]
