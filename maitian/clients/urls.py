from django.urls import path

from maitian.clients import views

app_name = "clients"
urlpatterns = [
    path("clients/conditions/", views.conditions_again, name="conditions"),
    path("clients/conditions/found/", views.conditions_found, name="conditions_found"),
    path("clients/conditions/options/<str:condition>/", views.condition_options, name="condition_options"),
]
