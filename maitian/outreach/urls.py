from django.urls import path

from maitian.outreach.shares import views as shares
from maitian.outreach.views import calls, compose, events, topics

app_name = "outreach"
urlpatterns = [
    path("shares/", shares.listing, name="shares"),
    path("shares/new/", shares.issue, name="issue_new"),
    path("shares/<int:issue_id>/", shares.board, name="share_board"),
    path("shares/<int:issue_id>/part/", shares.board_part, name="share_part"),
    path("shares/<int:issue_id>/edit/", shares.issue, name="issue"),
    path("", events.listing, name="list"),
    path("new/", events.new, name="new"),
    path("write/", compose.write, name="write"),
    path("write/words/", compose.words, name="write_words"),
    path("to/<int:client_id>/", compose.to_client, name="to_client"),
    path("to/<int:client_id>/words/", compose.client_words, name="client_words"),
    path("topics/", topics.listing, name="topics"),
    path("topics/new/", topics.new, name="topic_new"),
    path("topics/drafts/<int:draft_id>/preview/", topics.preview, name="topic_preview"),
    path("topics/drafts/<int:draft_id>/drop/", topics.drop, name="topic_drop"),
    path("topics/drafts/<int:draft_id>/<slug:step>/", topics.step, name="topic_step"),
    path("topics/versions/<int:version_id>/", topics.version, name="version"),
    path("topics/versions/<int:version_id>/withdraw/", topics.withdraw, name="version_withdraw"),
    path("topics/versions/<int:version_id>/<slug:answer>/", topics.answer, name="topic_version"),
    path("topics/<slug:code>/", topics.topic, name="topic"),
    path("topics/<slug:code>/change/", topics.change, name="topic_change"),
    path("topics/<slug:code>/<slug:move>/", topics.control, name="topic_control"),
    path("calls/<int:task_id>/", calls.call, name="call"),
    path("<int:event_id>/", events.event, name="event"),
    path("<int:event_id>/progress/", events.progress, name="progress"),
    path("<int:event_id>/decide/", events.decide, name="decide"),
    path("<int:event_id>/send/", events.send, name="send"),
    path("<int:event_id>/control/<str:move>/", events.control, name="control"),
    path("<int:event_id>/clients/<str:key>/", events.clients, name="clients"),
    path("<int:event_id>/why/<int:client_id>/", events.why, name="why"),
]
