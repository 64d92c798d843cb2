from __future__ import annotations

import pytest

from maitian.core.models import Webhook

pytestmark = pytest.mark.django_db
SENT = {"name": "柜台系统", "url": "https://counter.example.cn/in", "kinds": ["client.noted"]}


def test_the_administrator_proposes_compliance_puts_it_into_service_and_the_secret_shows_once(
    sign_in,
) -> None:
    admin, checker = sign_in("admin"), sign_in("checker")
    assert admin.post("/webhooks/", SENT).status_code == 302
    hook = Webhook.objects.get()
    page = f"/webhooks/{hook.pk}/"
    assert str(hook.secret) in admin.get(page).content.decode()
    assert str(hook.secret) not in admin.get(page).content.decode()
    assert admin.post(f"{page}approve/").status_code == 403
    assert checker.post("/webhooks/", {**SENT, "name": "另一个"}).status_code == 403
    assert "同意启用" in checker.get(page).content.decode()
    assert checker.post(f"{page}approve/").status_code == 302
    assert "柜台系统" in checker.get("/webhooks/").content.decode()
    hook.refresh_from_db()
    assert hook.state == "active"
    assert checker.post(f"{page}nothing/").status_code == 404


def test_what_is_wrong_is_said_and_what_was_chosen_stays(sign_in) -> None:
    answer = sign_in("admin").post("/webhooks/", {**SENT, "url": "http://counter.example.cn/in"})
    told = answer.content.decode()
    assert answer.status_code == 422 and "https://" in told
    assert 'value="柜台系统"' in told and 'value="client.noted" checked' in told


def test_a_replay_takes_digits_only(sign_in) -> None:
    admin = sign_in("admin")
    admin.post("/webhooks/", SENT)
    hook = Webhook.objects.get()
    Webhook.objects.filter(pk=hook.pk).update(number=50)
    for wrong in ("", "-1", "x", "9" * 30):
        admin.post(f"/webhooks/{hook.pk}/replay/", {"after": wrong})
        hook.refresh_from_db()
        assert hook.number == 50
    admin.post(f"/webhooks/{hook.pk}/replay/", {"after": "7"})
    hook.refresh_from_db()
    assert hook.number == 7
