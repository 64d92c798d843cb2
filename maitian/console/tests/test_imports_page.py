"""Imports by clicks: a trial, one press to store, the rejected rows as a file."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from maitian.clients.models import ImportRun, Price

pytestmark = pytest.mark.django_db
ROWS = "symbol,date,close,volume_lots\n002500,2026-11-25,5.55,100\n999999,2026-11-25,1,1\n"


def file(content: str = ROWS, name: str = "p.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode())


def test_try_look_store_and_fetch_what_was_rejected(sign_in, tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    clerk = sign_in("clerk1")
    page = clerk.post("/imports/", {"kind": "prices", "file": file(), "trial": "1"}).content.decode()
    assert "什么都还没有存" in page and "存这 1 行" in page and "没有代码是 999999 的证券" in page
    assert not ImportRun.objects.exists() and not Price.objects.filter(day="2026-11-25").exists()
    kept = re.search(r'name="kept" value="(\w+)"', page)[1]
    assert (
        sign_in("boss").post("/imports/", {"kind": "prices", "kept": kept, "store": "1"}).status_code == 422
    )
    stored = clerk.post("/imports/", {"kind": "prices", "kept": kept, "store": "1"}).content.decode()
    run = ImportRun.objects.get()
    assert "已导入" in stored and (run.rows_in, run.stored, run.rejected) == (2, 1, 1)
    rejected = b"".join(clerk.get(f"/imports/{run.pk}/rejected.csv").streaming_content).decode("utf-8-sig")
    assert rejected.splitlines()[0] == "line,code,zh,en" and rejected.splitlines()[1].startswith(
        "3,clients.import.security_unknown"
    )
    assert sign_in("manager1").get(f"/imports/{run.pk}/rejected.csv").status_code == 403


def test_wrong_choices_are_one_sentence(sign_in) -> None:
    clerk = sign_in("clerk1")
    for sent, told in (
        ({"kind": "prices", "trial": "1"}, "还没有选文件"),
        ({"kind": "nothing", "file": file(), "trial": "1"}, "没有“nothing”这种导入"),
        ({"kind": "prices", "kept": "../../secrets", "store": "1"}, "已经不在了"),
        ({"kind": "prices", "file": file("x,y\n1,2\n"), "store": "1"}, "文件缺少列"),
    ):
        answer = clerk.post("/imports/", sent)
        assert answer.status_code == 422 and told in answer.content.decode()
    assert clerk.get("/imports/sample/clients.csv").content.decode("utf-8-sig").startswith("name,id_number")
    assert clerk.get("/imports/sample/nothing.csv").status_code == 404
