from django.urls import path

from maitian.offerings import views

app_name = "offerings"
urlpatterns = [
    path("levels/", views.levels, name="levels"),
    path("levels/design/<slug:code>/", views.design, name="design"),
    path("levels/<slug:code>/approve/", views.approve, name="approve"),
    path("level-changes/", views.changes, name="changes"),
    path("level-changes/export/", views.export, name="export"),
    path("level-changes/exports/<int:export_id>/", views.export_file, name="export_file"),
    path("level-changes/<int:change_id>/", views.change, name="change"),
]
