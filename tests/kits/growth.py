"""How the work grows with its size: a ratio, so that it holds on machines of every speed."""

import gc
import time
from collections.abc import Callable

SMALLEST = 0.01
ROUNDS = 3


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds at best; a pass of the collector over other tests' leavings is not in it."""
    gc.disable()
    try:
        found = []
        for _ in range(ROUNDS):
            began = time.process_time()
            work()
            found.append(time.process_time() - began)
    finally:
        gc.enable()
    return max(min(found), SMALLEST)


def growth(work: Callable[[int], object], size: int, times: int = 8) -> float:
    """What a unit of the size costs over one of a size `times` smaller: 1 is linear, `times` is
    quadratic."""
    work(min(size, 10))
    return seconds(lambda: work(size)) / seconds(lambda: work(size // times)) / times
