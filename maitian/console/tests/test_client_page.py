from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from maitian.console import client_page

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("E3")
def test_the_client_page_is_one_statement_for_all_it_shows(sign_in, story) -> None:
    browser = sign_in("manager1")
    with CaptureQueriesContext(
        connection,
    ) as queries_made:
        found = client_page.load(story[0])
    assert len(queries_made) == 1
    assert found["holdings"] and found["coverage"] and found["ledger"] and found["accounts"]
    page = browser.get(f"/clients/{story[0]}/").content.decode()
    assert "陈*国" in page and "陈建国" not in page and "山西证券" in page and "138****0001" in page
