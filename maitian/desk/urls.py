from django.urls import path

from maitian.desk.views import acts, complaints, inbox, new

app_name = "desk"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("list/", inbox.list_part, name="list"),
    path("new/", new.new, name="new"),
    path("board/", inbox.board, name="board"),
    path("<str:ref>/", inbox.case, name="case"),
    path("<str:ref>/pulse/", inbox.pulse, name="pulse"),
    path("<str:ref>/say/", acts.say, name="say"),
    path("<str:ref>/resolve/", acts.resolve, name="resolve"),
    path("<str:ref>/move/<str:state>/", acts.move, name="move"),
    path("<str:ref>/take/", acts.take, name="take"),
    path("<str:ref>/assign/", acts.assign, name="assign"),
    path("<str:ref>/hand-over/", acts.hand_over, name="hand_over"),
    path("<str:ref>/watch/", acts.watch, name="watch"),
    path("<str:ref>/avoid/", acts.avoid, name="avoid"),
    path("<str:ref>/tag/", acts.tag, name="tag"),
    path("<str:ref>/priority/", acts.priority, name="priority"),
    path("<str:ref>/form/", acts.fill, name="form"),
    path("<str:ref>/merge/", acts.merge, name="merge"),
    path("<str:ref>/unmerge/", acts.unmerge, name="unmerge"),
    path("<str:ref>/split/<int:entry_id>/", acts.split, name="split"),
    path("<str:ref>/link/", acts.link, name="link"),
    path("<str:ref>/unlink/<int:link_id>/", acts.unlink, name="unlink"),
    path("<str:ref>/parent/", acts.parent, name="parent"),
    path("clients/<int:client_id>/refuse/", complaints.refuse, name="refuse"),
    path("clients/<int:client_id>/refusals/<int:refusal_id>/lift/", complaints.lift, name="lift"),
    path("<str:ref>/complaint/<str:step>/", complaints.step, name="complaint"),
    path("<str:ref>/draft/", acts.draft, name="draft"),
    path("<str:ref>/presence/", acts.presence_beat, name="presence"),
    path("<str:ref>/files/<int:attachment_id>/", new.file, name="file"),
]
