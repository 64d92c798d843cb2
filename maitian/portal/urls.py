from django.urls import path

from maitian.portal import briefings, cases, views
from maitian.portal import help as help_pages

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/<int:event_id>/", views.message, name="message"),
    path("reports/", views.reports, name="reports"),
    path("reports/<int:report_id>/", views.report, name="report"),
    path("reports/<int:report_id>/pdf/", views.report_pdf, name="report_pdf"),
    path("help/", help_pages.listing, name="help"),
    path("help/<int:article_id>/", help_pages.article, name="article"),
    path("help/<int:article_id>/rate/", help_pages.rate, name="article_rate"),
    path("help/<int:article_id>/files/<int:file_id>/", help_pages.file, name="article_file"),
    path("shares/", views.shares, name="shares"),
    path("briefings/", briefings.listing, name="briefings"),
    path("briefings/<int:briefing_id>/", briefings.briefing, name="briefing"),
    path("briefings/<int:briefing_id>/sign-up/", briefings.sign_up, name="briefing_sign_up"),
    path("briefings/<int:briefing_id>/leave/", briefings.leave, name="briefing_leave"),
    path("briefings/<int:briefing_id>/code.svg", briefings.code, name="briefing_code"),
    path("cases/", cases.listing, name="cases"),
    path("cases/new/", cases.new, name="new_case"),
    path("cases/new/<slug:kind>/draft/", cases.new_draft, name="new_case_draft"),
    path("cases/<str:ref>/draft/", cases.case_draft, name="case_draft"),
    path("cases/<str:ref>/", cases.case, name="case"),
    path("cases/<str:ref>/say/", cases.say, name="case_say"),
    path("cases/<str:ref>/confirm/", cases.confirm, name="case_confirm"),
    path("cases/<str:ref>/rate/", cases.rate, name="case_rate"),
    path("cases/<str:ref>/files/<int:attachment_id>/", cases.file, name="case_file"),
    path("level/", views.level, name="level"),
    path("level/apply/", views.apply, name="apply"),
    path("level/withdraw/", views.withdraw, name="withdraw"),
    path("suitability/", views.suitability, name="suitability"),
    path("me/", views.me, name="me"),
    path("me/consent/", views.consent, name="consent"),
    path("me/follow/", views.follow, name="follow"),
]
