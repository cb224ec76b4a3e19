"""The files of a month, made beside us: in processes that end when they are done, for they take much memory."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from dashboards.exports.files import STEPS, Order
from dashboards.months import File
from deploy.keeping import Tell


async def made_beside(order: Order, tell: Tell) -> tuple[File, ...]:
    """`tell` is told how many steps of how many are done. BrokenProcessPool if the process is ended from outside."""
    loop, found = asyncio.get_running_loop(), list[File]()
    # not a fork: our threads and connections are none of its business; one for each step, for they keep what they used
    beside = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1)
    try:
        for number, step in enumerate(STEPS):
            tell(number, len(STEPS))
            found += await loop.run_in_executor(beside, step, order)
    finally:
        # a process takes a while to end, and the boards go on meanwhile
        await asyncio.to_thread(beside.shutdown, cancel_futures=True)
    tell(len(STEPS), len(STEPS))
    return tuple(found)
