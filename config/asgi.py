"""Pages run in WSGI threads, live streams in the event loop; one port for both."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import pypinyin  # noqa: F401 - read at the start, so that the first who searches for a name does not wait
from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from maitian.core.process import settle

_live = get_asgi_application()
_pages = WSGIMiddleware(get_wsgi_application(), workers=12)  # type: ignore[arg-type]
get_resolver().url_patterns  # noqa: B018 - loads every page's module
settle()


async def application(scope, receive, send):  # type: ignore[no-untyped-def]
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["type"] != "http":
        return
    await (_live if scope["path"].startswith("/live/") else _pages)(scope, receive, send)
