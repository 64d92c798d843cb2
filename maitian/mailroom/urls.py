from django.urls import path

from maitian.mailroom import views

app_name = "mailroom"
urlpatterns = [
    path("", views.listing, name="list"),
    path("fetch/", views.fetch, name="fetch"),
    path("alarms/", views.alarms, name="alarms"),
    path("alarms/<int:mail_id>/resend/", views.resend_alarm, name="resend_alarm"),
    path("letters/<int:letter_id>/resend/", views.resend, name="resend"),
    path("<int:mail_id>/", views.mail, name="mail"),
    path("<int:mail_id>/original/", views.original, name="original"),
    path("<int:mail_id>/<slug:step>/", views.step, name="step"),
]
