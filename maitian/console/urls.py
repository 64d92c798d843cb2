from django.urls import path

from maitian.console.views import account, clients, home, proof, rules

app_name = "console"
urlpatterns = [
    path("", home.home, name="home"),
    path("find/", home.find, name="find"),
    path("sign-in/", account.sign_in, name="sign_in"),
    path("sign-out/", account.sign_out, name="sign_out"),
    path("staff/me/", account.me, name="me"),
    path("staff/me/password/", account.password, name="password"),
    path("staff/me/sessions/<int:session_id>/end/", account.end_session, name="end_session"),
    path("staff/me/tokens/", account.make_token, name="make_token"),
    path("staff/me/tokens/<int:token_id>/revoke/", account.revoke_token, name="revoke_token"),
    path("staff/", account.staff, name="staff"),
    path("clients/", clients.listing, name="clients"),
    path("clients/<int:client_id>/", clients.page, name="client"),
    path("clients/<int:client_id>/note/", clients.note, name="note"),
    path("clients/<int:client_id>/preference/", clients.preference, name="preference"),
    path("clients/<int:client_id>/reveal/", clients.reveal, name="reveal"),
    path("clients/<int:client_id>/consent/", clients.consent, name="consent"),
    path("clients/<int:client_id>/suitability/", clients.suitability, name="suitability"),
    path("coverage/", clients.coverage, name="coverage"),
    path("coverage/assign/", clients.assign, name="assign"),
    path("imports/", clients.imports, name="imports"),
    path("rulebook/", rules.rulebook_page, name="rulebook"),
    path("rulebook/<str:book>/<str:key>/", rules.rule, name="rule"),
    path("rulebook/decide/<int:rule_id>/<str:answer>/", rules.decide, name="rule_decide"),
    path("calendar/", rules.calendar_page, name="calendar"),
    path("calendar/<int:import_id>/approve/", rules.approve_calendar, name="calendar_approve"),
    path("ledger/", proof.ledger_page, name="ledger"),
    path("ledger/verify/", proof.verify, name="verify"),
    path("simulators/", proof.simulators, name="simulators"),
    path("live/<str:topic>/", proof.live_stream, name="live"),
]
