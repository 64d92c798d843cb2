from django.urls import path

from maitian.library import views

app_name = "library"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.edit, name="new"),
    path("<int:report_id>/", views.report, name="report"),
    path("<int:report_id>/edit/", views.edit, name="edit"),
    path("<int:report_id>/pdf/", views.pdf, name="pdf"),
    path("<int:report_id>/<str:step>/", views.step, name="step"),
]
