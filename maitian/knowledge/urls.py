from django.urls import path

from maitian.knowledge.views import reading, writing

app_name = "knowledge"
urlpatterns = [
    path("", reading.listing, name="list"),
    path("new/", writing.edit, name="new"),
    path("gaps/", writing.gap_page, name="gaps"),
    path("gaps/<int:gap_id>/<slug:step>/", writing.gap_step, name="gap_step"),
    path("cases/<str:ref>/suggestions/", reading.suggest, name="suggest"),
    path("cases/<str:ref>/<int:article_id>/", reading.insert, name="insert"),
    path("<int:article_id>/", reading.article, name="article"),
    path("<int:article_id>/edit/", writing.edit, name="edit"),
    path("<int:article_id>/rate/", reading.rate, name="rate"),
    path("<int:article_id>/versions/<int:version_number>/", writing.version, name="version"),
    path("<int:article_id>/files/<int:file_id>/", reading.file, name="file"),
    path("<int:article_id>/<slug:step>/", writing.step, name="step"),
]
