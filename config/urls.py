"""Addresses of the product."""

from django.urls import include, path

from maitian.api.api import api
from maitian.outreach.views.pushed import pushed
from maitian.portal.views import unsubscribe

urlpatterns = [
    # First what begins with a word of its own: the resolver asks the others address by address.
    path("api/v1/", api.urls),
    path("library/", include("maitian.library.urls")),
    path("outreach/", include("maitian.outreach.urls")),
    path("desk/", include("maitian.desk.urls")),
    path("knowledge/", include("maitian.knowledge.urls")),
    path("mailroom/", include("maitian.mailroom.urls")),
    path("visits/", include("maitian.visits.urls")),
    path("portal/", include("maitian.portal.urls")),
    path("gateways/<str:gateway>/", pushed, name="pushed"),
    path("gateways/<str:gateway>/<str:key>/", pushed, name="pushed_with_key"),
    path("u/<str:token>/", unsubscribe, name="unsubscribe"),
    path("", include("maitian.ui.urls")),
    path("", include("maitian.clients.urls")),
    path("", include("maitian.console.urls")),
    path("", include("maitian.offerings.urls")),
    path("", include("maitian.api.urls")),
]

handler400 = "maitian.ui.views.handler400"
handler403 = "maitian.ui.views.handler403"
handler404 = "maitian.ui.views.handler404"
handler500 = "maitian.ui.views.handler500"
