"""``maitian demo load`` and what ``maitian up`` prints about the demonstration."""

from __future__ import annotations

import time

from maitian.demo import branch

QUICK = 5_000
NOTICE = (
    "演示数据：人物都是虚构的；股价是真实的，日期往后挪到了最近 244 个交易日。",
    "Demonstration: the people are invented; the prices are real, their dates shifted to the last 244 trading days.",
)


def load(clients: int = QUICK, full: bool = False) -> int:
    """Fill an empty database and say what was made; 0, or 1 when there were clients already."""
    started = time.perf_counter()
    made = branch.load(branch.FULL if full else clients)
    if not made:
        print("数据库里已有客户，没有再装演示数据。\nThe database has clients already; nothing was loaded.")
        return 1
    seconds = time.perf_counter() - started
    print(
        f"演示营业部：{made['clients']:,} 位客户，{made['members']} 位员工，{made['reports']} 份报告，用时 {seconds:.1f} 秒。\n"
        f"Demonstration branch: {made['clients']:,} clients, {made['members']} staff, {made['reports']} reports, {seconds:.1f} s."
    )
    return 0


def sign_ins() -> list[tuple[str, str, str, str]]:
    """``(role in Chinese, role in English, sign-in name, path)`` for the start-up text."""
    return [
        ("内容编辑 温雅琴", "content editor", "editor", "/sign-in/"),
        ("合规专员 乔春梅", "compliance officer", "checker", "/sign-in/"),
        ("客户经理 周晓雯", "account manager", "manager1", "/sign-in/"),
        ("营业部负责人 顾培源", "branch manager", "boss", "/sign-in/"),
        ("热线坐席 方静", "hotline agent", "hotline1", "/sign-in/"),
        ("金智慧客户 陈建国", "client, Gold Wisdom", "80000001", "/portal/sign-in/"),
        ("金通道客户 李秀英", "client, Gold Channel", "80000002", "/portal/sign-in/"),
    ]
