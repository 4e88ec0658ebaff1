"""Runs the jobs: one process with a worker for each queue.

Timed jobs never wait behind bulk work, and nothing of ours waits for the slow machines of others that want to be told.
"""

import asyncio
import signal

from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run_worker(*, concurrency: int = 4) -> None:
    """Work until SIGTERM or SIGINT; jobs that are running then get ten seconds to end."""
    asyncio.run(_work(concurrency))


async def _work(concurrency: int) -> None:
    # Waiting for jobs needs an asynchronous connection; the jobs use Django's, each in its own thread.
    with app.replace_connector(DjangoConnector().get_worker_connector()) as working:
        async with working.open_async():
            workers = [
                asyncio.create_task(_worker(queue, concurrency=size))
                for queue, size in (("work", concurrency), ("cron", 1), ("outgoing", 2))
            ]
            _cancel_on_signals(workers)
            await asyncio.gather(*workers, return_exceptions=True)
            for worker in workers:
                if not worker.cancelled():
                    worker.result()


async def _worker(queue: str, *, concurrency: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        name=f"fareledger-{queue}",
        concurrency=concurrency,
        fetch_job_polling_interval=2,
        shutdown_graceful_timeout=10,
        delete_jobs="successful",
        install_signal_handlers=False,
    )


def _cancel_on_signals(workers: list[asyncio.Task[None]]) -> None:
    def stop() -> None:
        for worker in workers:
            worker.cancel()

    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
