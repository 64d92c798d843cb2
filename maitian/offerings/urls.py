from django.urls import path

from maitian.offerings import views

app_name = "offerings"
urlpatterns = [
    path("levels/", views.levels, name="levels"),
    path("levels/new/", views.design, name="new"),
    path("levels/designs/<int:design_id>/", views.design_page, name="design_page"),
    path("levels/designs/<int:design_id>/withdraw/", views.withdraw_design, name="withdraw_design"),
    path("levels/designs/<int:design_id>/<str:answer>/", views.decide_design, name="decide_design"),
    path("levels/<slug:code>/", views.level, name="level"),
    path("levels/<slug:code>/design/", views.design, name="design"),
    path("levels/<slug:code>/retire/", views.retire, name="retire"),
    path("level-changes/", views.changes, name="changes"),
    path("level-changes/export/", views.export, name="export"),
    path("level-changes/exports/<int:export_id>/", views.export_file, name="export_file"),
    path("level-changes/<int:change_id>/", views.change, name="change"),
]
