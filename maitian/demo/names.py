"""People for the demonstration: names, id numbers, phones. Invented, and the same for the same seed."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

# Surnames with rough weights per mille, given names by the decade in which they were in fashion.
SURNAMES = (
    "王 72 李 72 张 68 刘 54 陈 50 杨 31 黄 22 赵 21 吴 20 周 20 徐 15 孙 15 马 13 朱 13 胡 12 郭 12 何 12 高 11 林 11 罗 9 郑 9 "
    "梁 8 谢 8 宋 7 唐 7 许 6 韩 6 冯 6 邓 6 曹 6 彭 5 曾 5 肖 5 田 4 董 4 袁 4 潘 4 于 4 蒋 4 蔡 4 余 4 杜 4 叶 4 程 4 苏 4 魏 4 吕 4 "
    "丁 4 任 4 沈 4 姚 3 卢 3 姜 3 崔 3 钟 3 谭 3 陆 3 汪 3 范 3 金 3 石 3 廖 3 贾 3 夏 3 韦 3 付 3 方 3 白 3 邹 3 孟 3 熊 3 秦 3 邱 3 "
    "江 3 尹 2 薛 2 阎 2 段 2 雷 2 侯 2 龙 2 史 2 陶 2 黎 2 贺 2 顾 2 毛 2 郝 2 龚 2 邵 2 万 2 钱 2 严 2 覃 1 武 2 戴 2 莫 2 孔 2 向 2 汤 2 "
    "单 1 查 1 区 1 仇 1 种 1 解 1 欧阳 1 尉迟 1"
).split()
MALE = (
    "建国 建军 国强 志强 文斌 海涛 伟 勇 军 磊 涛 明 强 鹏 杰 斌 波 辉 刚 健 浩 宇航 子轩 俊杰 志远 晓东 卫东 永康 德华 长江 家豪 一鸣 "
    "思远 天佑 立新 春生 根宝 树林 振华 少华 启明 成龙 嘉伟 宏伟 培源 景行 国栋 世杰 新民 耀文"
).split()
FEMALE = (
    "秀英 桂英 丽 敏 静 艳 娟 霞 燕 玲 芳 红梅 秀兰 玉兰 桂花 雪梅 晓燕 丽华 春梅 海燕 婷 雪 倩 颖 欣怡 梦洁 雨桐 诗涵 佳怡 淑贞 凤英 "
    "慧敏 美玲 亚男 文静 晓雯 丹 琳 莉 璐 思琪 若曦 素珍 惠兰 巧云 月娥 兰香 雅琴 紫萱 可欣"
).split()
REGIONS = ("310101", "310104", "310110", "320102", "320505", "330106", "340104", "350203", "370102", "420106", "440103", "510104")
PREFIXES = ("130", "131", "135", "136", "137", "138", "139", "150", "151", "158", "159", "177", "180", "186", "188", "189")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_digit(first: str) -> str:
    """The 18th character of an id number (GB 11643)."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(first, WEIGHTS, strict=True)) % 11]


def people(count: int, random: np.random.Generator) -> list[tuple[str, str, str, date, str]]:
    """``(name, gender M/F, id number, birthday, phone)``; id numbers and phones do not repeat."""
    surnames, weights = SURNAMES[::2], np.array([int(w) for w in SURNAMES[1::2]], dtype=float)
    family = random.choice(len(surnames), count, p=weights / weights.sum())
    women = random.random(count) < 0.48
    given = random.integers(0, 50, count)
    ages = np.clip(random.normal(47, 14, count), 18, 88)
    regions = random.integers(0, len(REGIONS), count)
    prefixes = random.integers(0, len(PREFIXES), count)
    start = date(2026, 11, 1)
    made = []
    taken: set[str] = set()
    for n in range(count):
        names = FEMALE if women[n] else MALE
        birthday = start - timedelta(days=int(ages[n] * 365.25))
        sequence = (n % 500) * 2 + (0 if women[n] else 1)
        first = f"{REGIONS[regions[n]]}{birthday:%Y%m%d}{sequence:03d}"
        while first in taken:
            sequence = (sequence + 2) % 1000
            first = f"{REGIONS[regions[n]]}{birthday:%Y%m%d}{sequence:03d}"
        taken.add(first)
        phone = f"{PREFIXES[prefixes[n]]}{(n * 7919 + 1234567) % 100_000_000:08d}"
        made.append(
            (surnames[family[n]] + names[given[n] % len(names)], "F" if women[n] else "M", first + check_digit(first),
             birthday, phone)
        )  # fmt: skip
    return made
