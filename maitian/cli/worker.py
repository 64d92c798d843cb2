"""The worker process: jobs by Procrastinate; the dispatcher of messages and the reactions to the ledger beside it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading

from maitian.cli.main import prepare

LOOK_FOR_JOBS = 20.0  # seconds; a new job rings, this is for one whose ring was missed


def main() -> int:
    """Until TERM or INT. Jobs of a worker that was killed are taken up again."""
    prepare()
    from procrastinate.contrib.django import app

    from maitian.core import jobs, reactions, webhooks
    from maitian.core.jobs import task
    from maitian.core.process import settle
    from maitian.outreach import dispatch
    from maitian.outreach.dispatch import wake

    jobs.discover()
    settle()

    @task("core.retry_stalled", lock="core.retry_stalled", cron="* * * * *")
    async def retry_stalled(timestamp: int) -> None:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
            await app.job_manager.retry_job(job)

    stop = threading.Event()
    readers = [
        threading.Thread(target=reactions.run_forever, args=(stop,), name="reactions"),
        threading.Thread(target=webhooks.run_forever, args=(stop,), name="webhooks"),
    ]
    for reader in readers:
        reader.start()
    threads = [*readers, *dispatch.start(stop)]

    async def work() -> None:
        told = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
        with app.replace_connector(app.connector.get_worker_connector()) as opened:  # type: ignore[attr-defined]
            async with opened.open_async():
                jobs = asyncio.create_task(
                    opened.run_worker_async(
                        concurrency=4,
                        install_signal_handlers=False,
                        wait=True,
                        fetch_job_polling_interval=LOOK_FOR_JOBS,
                    )
                )
                waiting = asyncio.create_task(told.wait())
                await asyncio.wait({jobs, waiting}, return_when=asyncio.FIRST_COMPLETED)
                stop.set()
                waiting.cancel()
                jobs.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await jobs

    try:
        asyncio.run(work())
    finally:
        stop.set()
        wake.call()
        for thread in threads:
            thread.join(8)
    return 0
