"""Showing an article's text."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from maitian.knowledge.rules import markup

register = template.Library()


@register.filter
def article_html(text: str, heading: str = "h3") -> SafeString:
    """The text with its headings, points and steps; whatever was typed is escaped (``rules.markup``)."""
    return mark_safe(markup.html(text, heading))  # noqa: S308
