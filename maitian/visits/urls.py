from django.urls import path

from maitian.visits import views

app_name = "visits"
urlpatterns = [
    path("", views.day, name="day"),
    path("cases/<str:ref>/", views.plan, name="plan"),
    path("<int:visit_id>/", views.visit, name="visit"),
    path("<int:visit_id>/<slug:step>/", views.step, name="step"),
]
