"""Worker processes over one file: started when needed, ended when one misbehaves, when its state of the file is gone, or when idle."""

from __future__ import annotations

import contextlib
import copy
import threading
import time
import weakref
from collections import Counter
from pathlib import Path

from semantic_layer.engines.base import Limits
from semantic_layer.engines.failures import described, failure
from semantic_layer.engines.files import file_version
from semantic_layer.engines.process import Worker
from semantic_layer.engines.stopping import Stop
from semantic_layer.engines.wire import Head
from semantic_layer.errors import Busy, DataReplaced, ShopError, WenshuError

_PATIENCE = 30.0  # seconds that a query waits for a worker
_AT_ONCE = 0.4  # seconds in which a worker is taken to have been dying already when it was asked
_IDLE = 60.0  # seconds after which a worker that nobody needs is ended


class Pool:
    """Workers with the same memory and threads; `keep` of them stay while nothing is asked. Safe to use from many threads.

    There are never more than queries at the same time, so the queue in front bounds their number.
    """

    def __init__(self, path: Path, limits: Limits, keep: int) -> None:
        self._path, self._limits, self._keep = path, limits, keep
        self._changed = threading.Condition()
        self._workers: list[Worker] = []
        self._pins: Counter[str] = Counter()
        self._latest = ""  # state of the file that a worker has opened last
        self._starting = False
        self._failed = 0  # starts
        self._failure: WenshuError | None = None
        self._closed = False
        self._resting: threading.Timer | None = None
        weakref.finalize(self, _end_all, self._workers)
        with self._changed:
            self._start()

    def pin(self, version: str = "") -> str:
        """Keeps the workers of a state of the file until `unpin`; by default of the present state, once one has opened it.

        Raises ShopError where the file cannot be opened, Busy.
        """
        arrived = time.monotonic()
        with self._changed:
            failed = self._failed
            while not version:
                self._check(failed)
                present = file_version(self._path)
                # A worker started since then has opened the file as it was since then: with a file that changes all
                # the time, nobody would ever have opened the present one.
                open_now = [w.version for w in self._workers if w.version and (w.version == present or w.started >= arrived)]
                if open_now:
                    version = present if present in open_now else open_now[-1]
                else:
                    self._start()
                    self._wait(arrived + _PATIENCE)
            self._pins[version] += 1
            self._trim()
        return version

    def unpin(self, version: str) -> None:
        """Gives up what `pin` gave."""
        with self._changed:
            self._pins[version] -= 1
            if not self._pins[version]:
                del self._pins[version]
            self._trim()

    def ask(self, version: str, sql: str, limits: Limits, stop: Stop | None = None) -> tuple[Head, bytes]:
        """The reply of a worker that has opened this state of the file, which the caller has pinned.

        Raises DataReplaced where none has and none can, QueryTimeout, QueryTooLarge, Busy, Cancelled, EngineError.
        """
        tried = False
        while True:
            worker = self._take(version)
            started = time.monotonic()
            try:
                with stop.ending(worker.kill) if stop else contextlib.nullcontext():
                    head, payload = worker.ask(sql, limits)
            except BrokenPipeError:
                self._discard(worker)
                continue
            except TimeoutError:
                raise failure("timeout", self._discard(worker), limits) from None
            except EOFError:
                end = self._discard(worker)
                if not tried and time.monotonic() - started < _AT_ONCE:
                    tried = True
                    continue
                # Out of memory, C++ gives up with this signal where it has no way to say so.
                raise failure("memory" if worker.aborted else "other", end, limits) from None
            except BaseException:
                self._discard(worker)
                raise
            if "failed" not in head:
                self._release(worker)
                return head, payload
            # What is left of the memory after such a query is unknown.
            if head["failed"] in ("memory", "fatal"):
                self._discard(worker)
            else:
                self._release(worker)
            raise failure(head["failed"], head["text"], limits) from None

    def close(self) -> None:
        """Ends all workers, also under a query."""
        with self._changed:
            self._closed = True
            idle = [w for w in self._workers if not w.busy]
            for worker in self._workers:
                worker.kill()
            self._workers[:] = [w for w in self._workers if w.busy]
            if self._resting:
                self._resting.cancel()
            self._changed.notify_all()
        for worker in idle:
            worker.end()

    def _take(self, version: str) -> Worker:
        until = time.monotonic() + _PATIENCE
        with self._changed:
            failed = self._failed
            while True:
                self._check(failed)
                same = [w for w in self._workers if w.version == version]
                for worker in same:
                    if not worker.busy:
                        worker.busy = True
                        return worker
                if self._present() == version:
                    self._start()
                elif not same:
                    raise DataReplaced("The data was replaced during the query. Ask again.", "查询期间数据被替换，请重新提问。")
                self._wait(until)

    def _present(self) -> str:
        try:
            return file_version(self._path)
        except ShopError:
            return ""

    def _release(self, worker: Worker) -> None:
        with self._changed:
            if not self._closed:
                worker.busy, worker.idle_since = False, time.monotonic()
                self._trim()
                self._changed.notify_all()
                return
        self._discard(worker)

    def _discard(self, worker: Worker) -> str:
        """Ends a worker; gives what is known of its end. The next query should not have to wait for another one."""
        with self._changed:
            if worker in self._workers:
                self._workers.remove(worker)
            if not self._closed and len(self._workers) < self._keep:
                self._start()
            self._changed.notify_all()
        return worker.end()

    def _check(self, failed: int) -> None:
        """Raises what went wrong since there were `failed` starts that failed."""
        if self._closed:
            raise failure("other", "the engine is closed", self._limits)
        if self._failed > failed and self._failure:
            raise copy.copy(self._failure)

    def _wait(self, until: float) -> None:
        if not self._changed.wait(until - time.monotonic()):
            raise Busy("The database is busy at the moment. Try again in a minute.", "数据库当前繁忙，请一分钟后再试。")

    def _start(self) -> None:
        if not self._starting:
            self._starting = True
            threading.Thread(target=self._open, daemon=True).start()

    def _open(self) -> None:
        worker: Worker | None = None
        problem: WenshuError | None = None
        version = ""
        try:
            worker = Worker(self._path, self._limits)
            with self._changed:
                self._check(self._failed)
                self._workers.append(worker)
            version = worker.opened()
        except WenshuError as error:
            problem = error
        except (OSError, EOFError) as error:
            problem = failure("other", f"starting a worker: {described(error)}", self._limits)
        if problem and worker:
            self._discard(worker)
        with self._changed:
            self._starting = False
            if problem:
                self._failed, self._failure = self._failed + 1, problem
            elif worker:
                self._latest = worker.version = version
        if worker and not problem:
            self._release(worker)
        else:
            with self._changed:
                self._changed.notify_all()

    def _trim(self) -> None:
        """Ends the idle workers of states that nobody holds any more, and those that had nothing to do for long."""
        old = [w for w in self._workers if not w.busy and w.version != self._latest and not self._pins[w.version]]
        idle = [w for w in self._workers if not w.busy and w.version == self._latest]
        surplus = sorted(idle, key=lambda w: w.idle_since)[: max(0, len(idle) - self._keep)]
        for worker in old + [w for w in surplus if w.idle_since + _IDLE <= time.monotonic()]:
            self._workers.remove(worker)
            worker.end()
        if surplus and not self._resting and not self._closed:
            self._resting = threading.Timer(_IDLE, self._rested)
            self._resting.daemon = True
            self._resting.start()

    def _rested(self) -> None:
        with self._changed:
            self._resting = None
            if not self._closed:
                self._trim()


def _end_all(workers: list[Worker]) -> None:
    for worker in workers:
        worker.end()
