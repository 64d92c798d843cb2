from django.urls import path

from maitian.api import views

app_name = "api"
urlpatterns = [path("api/", views.reference, name="reference")]
