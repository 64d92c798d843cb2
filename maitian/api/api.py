"""``/api/v1/``: what a person can do in the console, a program can do here. Tokens carry scopes.

Each room brings its operations in its own ``api.py`` as ``router``; this file only puts them together.
"""

from maitian.api import problems, rules_api, spine
from maitian.api.description import Described
from maitian.clients.import_api import router as imports
from maitian.clients.record_api import router as clients  # with those of clients.api
from maitian.desk.api import router as desk
from maitian.desk.api_comfort import router as desk_comfort
from maitian.desk.api_kinds import router as desk_kinds
from maitian.desk.api_routes import router as desk_routes
from maitian.knowledge.api import router as knowledge
from maitian.library.advice.api import router as advice
from maitian.library.api import router as library
from maitian.mailroom.api import router as mailroom
from maitian.offerings.api import router as offerings
from maitian.outreach.api import router as outreach
from maitian.outreach.briefings.api import router as briefings
from maitian.outreach.campaigns.api import router as campaigns
from maitian.outreach.shares.api import router as shares
from maitian.staff.api import router as staff
from maitian.visits.api import router as visits

api = Described(
    title="Maitian",
    version="1",
    urls_namespace="api-v1",
    docs_url=None,
    openapi_url="/openapi.json",
    description="麦田 / Maitian: client service for a securities branch. How to call it: docs/api.md.",
)
problems.register(api)
for router in (
    clients,
    imports,
    desk_comfort,  # before the desk's own: /cases/bulk is no case's number
    desk_kinds,
    desk_routes,
    desk,
    knowledge,
    mailroom,
    visits,
    offerings,
    library,
    advice,
    outreach,
    campaigns,
    briefings,
    shares,
    rules_api.router,
    staff,
    spine.router,
):
    api.add_router("", router)
