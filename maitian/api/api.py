"""``/api/v1/``: what a person can do in the console, a program can do here. Tokens carry scopes.

Each room brings its operations in its own ``api.py`` as ``router``; this file only puts them together.
"""

from ninja import NinjaAPI

from maitian.api import problems, spine
from maitian.clients.api import router as clients
from maitian.desk.api import router as desk
from maitian.library.advice.api import router as advice
from maitian.library.api import router as library
from maitian.offerings.api import router as offerings
from maitian.outreach.api import router as outreach
from maitian.outreach.shares.api import router as shares

api = NinjaAPI(
    title="Maitian",
    version="1",
    urls_namespace="api-v1",
    docs_url=None,
    openapi_url="/openapi.json",
    description="麦田 / Maitian",
)
problems.register(api)
for router in (clients, desk, offerings, library, advice, outreach, shares, spine.router):
    api.add_router("", router)
