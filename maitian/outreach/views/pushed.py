"""What clouds push to us: receipts and texts from phones. They sign it, or know a key that stands in the address."""

from __future__ import annotations

import hmac

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from maitian.core.errors import NotFound
from maitian.outreach.channels import Inbound, Receipt, Unreadable, configured
from maitian.outreach.channels.cloud import CloudGateway
from maitian.outreach.channels.cloud.dialects import Unclear
from maitian.outreach.dispatch import listening
from maitian.outreach.models import Quarantined
from maitian.ui.doors import public

SKEW = 300  # seconds that a push's time may be off
LEAST_KEY = 16  # signs of a key that stands in an address


@public
@csrf_exempt
@require_POST
def pushed(request: HttpRequest, gateway: str, key: str = "") -> JsonResponse:
    """Store what a cloud tells, then say so: until we do, it comes again. What cannot be read is kept with the reason."""
    line = configured.cloud(gateway)
    if line is None:
        raise NotFound()
    if not (_signed(request, line) if line.speaks.signs else _knows(key, line)):
        return JsonResponse(line.speaks.thanks(False), status=403)
    now = timezone.now()
    try:
        brought = line.speaks.pushed(request.body, line.account, now)
    except Unclear as error:
        brought = [Unreadable(line.name, str(error), request.body)]
    with transaction.atomic():
        listening.store(
            [item for item in brought if isinstance(item, Receipt)], [item for item in brought if isinstance(item, Inbound)],
            [item for item in brought if isinstance(item, Unreadable)], Quarantined.Kind.CALLBACK,
        )  # fmt: skip
    return JsonResponse(line.speaks.thanks(True), json_dumps_params={"ensure_ascii": False})


def _knows(key: str, line: CloudGateway) -> bool:
    return len(line.push_key) >= LEAST_KEY and hmac.compare_digest(key.encode(), line.push_key.encode())


def _signed(request: HttpRequest, line: CloudGateway) -> bool:
    """Signed as we sign ours, by the same secret, within five minutes."""
    given = {name.lower(): value for name, value in request.headers.items()}
    at = given.get("x-time", "")
    if not at.isascii() or not at.isdigit() or abs(int(at[:12] or 0) - timezone.now().timestamp()) > SKEW:
        return False
    return line.speaks.verified(line.account, request.path, given, request.body)
