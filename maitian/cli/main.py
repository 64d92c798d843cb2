"""The commands. Each does its work in the room concerned; this file reads the words and says the result."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import secrets
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from maitian.cli.postgres import ServerTrouble


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="maitian", description="麦田：证券营业部客户服务 / client service for a securities branch"
    )
    commands = made.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="启动整个产品 / start the whole product")
    up.add_argument("--only-database", action="store_true", help="只启动数据库 / the database alone")
    commands.add_parser("doctor", help="检查哪里不对 / say what is wrong and what to do")
    demo = commands.add_parser("demo", help="演示营业部 / the demonstration branch").add_subparsers(
        dest="demo", required=True
    )
    load = demo.add_parser("load")
    load.add_argument("--full", action="store_true", help="70,000")
    load.add_argument("--clients", type=int, default=5000)
    bring = commands.add_parser("import", help="导入文件 / import a file")
    bring.add_argument("kind")
    bring.add_argument("file")
    bring.add_argument("--dry-run", action="store_true")
    bench = commands.add_parser("bench", help="测速 / measure")
    bench.add_argument("name")
    bench.add_argument("--clients", type=int, default=None)
    bench.add_argument("--cases", type=int, default=None)
    bench.add_argument("--json", action="store_true")
    commands.add_parser("verify-ledger", help="核对账本 / verify the ledger")
    book = commands.add_parser("rulebook", help="规则手册 / the rulebook")
    book.add_argument("what", choices=["show", "check"])
    for name in ("backup", "restore"):
        commands.add_parser(name).add_argument("file")
    commands.add_parser("worker", help=argparse.SUPPRESS)
    commands.add_parser("simulators", help=argparse.SUPPRESS)
    return made


@contextlib.contextmanager
def database(migrate: bool = True) -> Iterator[None]:
    """A database for one command: ``DATABASE_URL``, the running product's, or one started for this command."""
    from config import env
    from maitian.cli import up

    with contextlib.ExitStack() as stack:
        if "DATABASE_URL" not in os.environ and not up.running(env.VAR):
            stack.enter_context(up.temporary_server(env.VAR))
        elif "DATABASE_URL" not in os.environ:
            os.environ["DATABASE_URL"] = up.running_url(env.VAR)
        prepare()
        if migrate:
            up.migrate()
        yield


def prepare() -> None:
    """Django, ready to use."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()


def run(options: argparse.Namespace) -> int:
    if options.command == "up":
        from maitian.cli import up

        return up.main(only_database=options.only_database)
    if options.command == "doctor":
        from maitian.cli import doctor

        return doctor.main()
    if options.command == "simulators":
        from maitian.simulators import run as simulators

        return simulators.main()
    if options.command == "worker":
        from maitian.cli import worker

        return worker.main()
    # What cannot be is said before a database is started for it.
    if options.command in ("import", "restore") and not Path(options.file).exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), options.file)
    if options.command == "bench":
        from bench import command as benches

        if not benches.known(options.name):
            return 2
    if options.command in ("backup", "restore"):
        from maitian.cli import backup

        with database():
            return getattr(backup, options.command)(Path(options.file))
    with database():
        return _in_room(options)


def _in_room(options: argparse.Namespace) -> int:
    if options.command == "demo":
        from maitian.demo import command

        return command.load(clients=options.clients, full=options.full)
    if options.command == "import":
        from maitian.clients import importers

        return importers.command(options.kind, options.file, options.dry_run)
    if options.command == "bench":
        from bench import command as benches

        return benches.main(options.name, options.clients, options.json, options.cases)
    if options.command == "verify-ledger":
        from maitian.core import ledger

        return ledger.verify_command()
    from maitian.core import rulebook

    wanted: dict[str, Callable[[], int]] = {"show": rulebook.show_command, "check": rulebook.check_command}
    return wanted[options.what]()


def main(arguments: list[str]) -> int:
    """Exit status: 0 done, 1 done with findings, 2 refused or failed (one sentence, never a trace)."""
    options = parser().parse_args(arguments)
    try:
        from config import env
    except Exception as error:  # a setting that cannot be: the sentence is the error's own
        print(error, file=sys.stderr)
        return 2
    try:
        return run(options)
    except (ServerTrouble, env.SettingWrong) as trouble:
        print(trouble, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except FileNotFoundError as error:
        print(f"找不到文件：{error.filename}\nThere is no such file: {error.filename}", file=sys.stderr)
        return 2
    except Exception as error:
        if "DATABASE_URL" in os.environ and (why := unreachable(error)):
            print(why, file=sys.stderr)
            return 2
        sentence = getattr(error, "sentence", None)
        if sentence is not None:
            print(f"{sentence('zh-hans')}\n{sentence('en')}\n({getattr(error, 'code', '')})", file=sys.stderr)
            return 2
        return unexpected(env.VAR / "maitian.log")


def unreachable(error: BaseException) -> str:
    """Two sentences if ``error`` says that the database of ``DATABASE_URL`` does not answer, else nothing."""
    from django.db import OperationalError

    if not isinstance(error, OperationalError):
        return ""
    why = str(error).strip().splitlines()[0]
    return (
        f"连不上 DATABASE_URL 指的数据库：{why}\n请检查地址、账号和数据库是否在运行。\n"
        f"The database of DATABASE_URL does not answer: {why}\nCheck the address, the account, and that it is running."
    )


def unexpected(log: Path) -> int:
    """The trace goes to the log under a short number; the person gets the number."""
    number = f"E-{secrets.token_hex(3).upper()}"
    with contextlib.suppress(OSError):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as file:
            file.write(f"{number}\n{traceback.format_exc()}\n")
    print(
        f"出了没有料到的错，编号 {number}，详情在 {log}。\nSomething unexpected happened ({number}); see {log}.",
        file=sys.stderr,
    )
    return 2
