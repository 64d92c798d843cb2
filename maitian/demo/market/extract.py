"""Makes ``prices.npz`` and ``securities.csv`` from a folder with the full market files.

``python -m maitian.demo.market.extract FOLDER``. The folder holds ``a-share-daily-*.parquet`` (symbol, date,
close in CNY, volume_lots), ``a-share-list.csv`` and ``csi300-daily-*.csv``. Prices are kept as thousandths of
a yuan, as differences from day to day, so that they pack well.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).parent
WANTED = 300
KNOWN = ["600519", "601318", "600036", "000858", "000333", "601166", "600900", "600276", "601012", "600030"]


def main(folder: Path) -> None:
    prices = pl.read_parquet(next(folder.glob("a-share-daily-*.parquet"))).with_columns(
        pl.col("symbol").cast(pl.Utf8)
    )
    days = sorted(prices["date"].unique().to_list())
    full = prices.group_by("symbol").len().filter(pl.col("len") == len(days))["symbol"].to_list()
    with (folder / "a-share-list.csv").open(encoding="utf-8") as file:
        listed = {row["symbol"]: row for row in csv.DictReader(file) if row["symbol"] in set(full)}
    everything = dict(listed)
    chosen = [s for s, row in everything.items() if row["industry"] == "证券"]
    chosen += [s for s in KNOWN if s in everything and s not in chosen]
    volume = dict(prices.group_by("symbol").agg(pl.col("volume_lots").mean()).iter_rows())
    by_industry: dict[str, list[str]] = {}
    for s, row in sorted(everything.items(), key=lambda item: -volume[item[0]]):
        if s not in chosen and "ST" not in row["name"]:
            by_industry.setdefault(row["industry"], []).append(s)
    while len(chosen) < WANTED and any(by_industry.values()):
        for names in by_industry.values():
            if names and len(chosen) < WANTED:
                chosen.append(names.pop(0))
    chosen.sort()
    table = prices.filter(pl.col("symbol").is_in(chosen)).sort("symbol", "date")
    close = np.round(table["close"].to_numpy().reshape(len(chosen), len(days)) * 1000).astype(np.int32)
    lots = table["volume_lots"].to_numpy().reshape(len(chosen), len(days)).astype(np.int32)
    index = pl.read_csv(next(folder.glob("csi300-daily-*.csv"))).sort("date")
    np.savez_compressed(
        HERE / "prices.npz",
        symbols=np.array(chosen), first=close[:, 0], steps=np.diff(close, axis=1), lots=lots,
        index=np.round(index["close"].to_numpy() * 1000).astype(np.int32),
    )  # fmt: skip
    with (HERE / "securities.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["symbol", "exchange", "name", "industry", "area"])
        for s in chosen:
            row = everything[s]
            writer.writerow(
                [
                    s,
                    "SSE" if row["ts_code"].endswith("SH") else "SZSE",
                    row["name"],
                    row["industry"],
                    row["area"],
                ]
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
