"""``/ui/`` and ``/language/``. Included at the root by ``config.urls``."""

from django.urls import path

from maitian.ui import views

urlpatterns = [
    path("ui/", views.style_page, name="style_page"),
    path("ui/portal/", views.style_portal, name="style_portal"),
    path("language/", views.set_language, name="set_language"),
]
