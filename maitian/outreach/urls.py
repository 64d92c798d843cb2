from django.urls import path

from maitian.outreach.shares import views as shares
from maitian.outreach.views import calls, events, topics

app_name = "outreach"
urlpatterns = [
    path("shares/", shares.listing, name="shares"),
    path("shares/new/", shares.issue, name="issue_new"),
    path("shares/<int:issue_id>/", shares.board, name="share_board"),
    path("shares/<int:issue_id>/part/", shares.board_part, name="share_part"),
    path("shares/<int:issue_id>/edit/", shares.issue, name="issue"),
    path("", events.listing, name="list"),
    path("new/", events.new, name="new"),
    path("topics/", topics.topics, name="topics"),
    path("topics/<slug:code>/", topics.topic, name="topic"),
    path("topics/versions/<int:version_id>/<str:answer>/", topics.topic_version, name="topic_version"),
    path("topics/<slug:code>/<str:move>/", topics.topic_control, name="topic_control"),
    path("calls/<int:task_id>/", calls.call, name="call"),
    path("<int:event_id>/", events.event, name="event"),
    path("<int:event_id>/progress/", events.progress, name="progress"),
    path("<int:event_id>/decide/", events.decide, name="decide"),
    path("<int:event_id>/send/", events.send, name="send"),
    path("<int:event_id>/control/<str:move>/", events.control, name="control"),
    path("<int:event_id>/clients/<str:key>/", events.clients, name="clients"),
    path("<int:event_id>/why/<int:client_id>/", events.why, name="why"),
]
