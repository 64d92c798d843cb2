"""The ear of a worker process: it hears that something was sent, and that it is to stop."""

from __future__ import annotations

import threading
import time

from maitian.outreach.dispatch import wake


def test_who_is_told_to_stop_hears_it_at_once_and_wakes_those_who_sleep(committed: None) -> None:
    bells, stop = [threading.Event(), threading.Event()], threading.Event()
    ear = threading.Thread(target=wake.ring, args=(bells, stop), daemon=True)
    ear.start()
    assert all(bell.wait(5) for bell in bells), "a new line rings once"
    for bell in bells:
        bell.clear()
    began = time.perf_counter()
    stop.set()
    wake.call()
    ear.join(5)
    assert not ear.is_alive() and time.perf_counter() - began < wake.LOOK_UP / 2
    assert all(bell.is_set() for bell in bells)
