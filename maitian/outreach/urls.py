from django.urls import path

from maitian.outreach import views

app_name = "outreach"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("topics/", views.topics, name="topics"),
    path("topics/<slug:code>/", views.topic, name="topic"),
    path("topics/versions/<int:version_id>/<str:answer>/", views.topic_version, name="topic_version"),
    path("topics/<slug:code>/<str:move>/", views.topic_control, name="topic_control"),
    path("calls/<int:task_id>/", views.call, name="call"),
    path("<int:event_id>/", views.event, name="event"),
    path("<int:event_id>/progress/", views.progress, name="progress"),
    path("<int:event_id>/decide/", views.decide, name="decide"),
    path("<int:event_id>/send/", views.send, name="send"),
    path("<int:event_id>/control/<str:move>/", views.control, name="control"),
    path("<int:event_id>/clients/<str:key>/", views.clients, name="clients"),
    path("<int:event_id>/why/<int:client_id>/", views.why, name="why"),
]
