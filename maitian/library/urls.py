from django.urls import path

from maitian.library import views
from maitian.library.advice import views as advice

app_name = "library"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.edit, name="new"),
    path("picks/", advice.picks, name="picks"),
    path("picks/new/", advice.edit, name="pick_new"),
    path("picks/<int:pick_id>/", advice.pick, name="pick"),
    path("picks/<int:pick_id>/edit/", advice.edit, name="pick_edit"),
    path("picks/<int:pick_id>/<str:step>/", advice.step, name="pick_step"),
    path("ratings/", advice.ratings, name="ratings"),
    path("ratings/<int:rating_id>/sign/", advice.sign_rating, name="sign_rating"),
    path("<int:report_id>/", views.report, name="report"),
    path("<int:report_id>/edit/", views.edit, name="edit"),
    path("<int:report_id>/pdf/", views.pdf, name="pdf"),
    path("<int:report_id>/<str:step>/", views.step, name="step"),
]
