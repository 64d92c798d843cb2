"""How the clouds want to be spoken to: one module each, pure, after their public documents."""

from __future__ import annotations

from maitian.outreach.channels.cloud.dialects import aliyun, plain, tencent
from maitian.outreach.channels.cloud.dialects.common import Account, Dialect, Item, Said, Unclear

DIALECTS: dict[str, Dialect] = {
    "aliyun": aliyun.Aliyun(),
    "tencent": tencent.Tencent(),
    "plain": plain.Plain(),
}

__all__ = ["DIALECTS", "Account", "Dialect", "Item", "Said", "Unclear"]
