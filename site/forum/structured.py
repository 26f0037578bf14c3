"""What a public topic tells search engines of itself (schema.org): QAPage for a question, else DiscussionForumPosting.

Only what the page shows: no account, no address; an anonymous author is «Anonyme du réseau» there too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from pages.markdown import plain_text

from .models import Post, Topic

_TEXT = 5000


def _person(post: Post | Topic) -> dict[str, str]:
    return {"@type": "Person", "name": post.author_name}


def _message(request: HttpRequest, post: Post, kind: str) -> dict[str, Any]:
    return {
        "@type": kind,
        "text": plain_text(post.html)[:_TEXT],
        "author": _person(post),
        "datePublished": post.created_at.isoformat(timespec="seconds"),
        "url": request.build_absolute_uri(post.get_absolute_url()),
        "upvoteCount": post.useful_count,
    }


def topic_data(request: HttpRequest, topic: Topic, posts: Sequence[Post]) -> dict[str, Any]:
    """Return the structured data of the first page of a public topic."""
    readable = [post for post in posts if post.is_readable]
    opening = next((post for post in readable if post.opening), None)
    replies = [post for post in readable if not post.opening]
    url = request.build_absolute_uri(topic.get_absolute_url())
    if topic.kind == Topic.Kind.QUESTION and opening is not None and replies:
        accepted = [post for post in replies if post.pk == topic.accepted_post_id]
        question: dict[str, Any] = {
            "@type": "Question",
            "name": topic.title,
            "text": plain_text(opening.html)[:_TEXT],
            "author": _person(opening),
            "datePublished": opening.created_at.isoformat(timespec="seconds"),
            "answerCount": topic.reply_count,
            "suggestedAnswer": [_message(request, post, "Answer") for post in replies if post not in accepted],
        }
        if accepted:
            question["acceptedAnswer"] = _message(request, accepted[0], "Answer")
        return {"@context": "https://schema.org", "@type": "QAPage", "mainEntity": question}
    return {
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "headline": topic.title,
        "url": url,
        "author": _person(topic),
        "datePublished": topic.created_at.isoformat(timespec="seconds"),
        "text": plain_text(opening.html)[:_TEXT] if opening else topic.title,
        "comment": [_message(request, post, "Comment") for post in replies],
    }
