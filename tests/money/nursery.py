"""Where processes are born to be killed: `python -m tests.money.nursery`.

Reads one JSON object per line, a kill to do, and answers with one line: what was found. The
shop is imported once, its scenes are set once, and each act runs in a child that is forked from
there, so that a death costs milliseconds. Nothing here has threads or an open database.
"""

import gc
import json
import os
import select
import signal
import sys
import traceback
from typing import Any, TextIO

from extensions import new_id
from payments import recovery
from tests.money.judge import Judge, Story
from tests.money.lines import JUST_COUNT, Lines
from tests.money.scenes import SCENES
from tests.money.stage import Stage
from tests.support.instances import Instances, run_home

Json = dict[str, Any]
PATIENCE_SECONDS = 60


class Nursery:
    """One scene, set once, and the children that play it."""

    def __init__(self, scene: str, instances: Instances) -> None:
        self._stage = Stage(instances)
        self._scene = SCENES[scene](self._stage.shop)
        self._stage.keep()
        # Played through once, so that children find compiled what they would have to compile.
        uncut = Judge(self._stage, self._scene, Story(), webhooks=True)
        for act in ("act", "again", "recover"):
            uncut.play(act, Lines(), uncut.story.add)
            self._stage.let_go()
        gc.freeze()  # what is here now is here for good: children needn't look through it
        self._stage.restore()
        judge = Judge(self._stage, self._scene, Story(), webhooks=False)
        said = _in_a_child(judge, "act", JUST_COUNT, last=True)
        if said.get("violations") != []:
            raise RuntimeError(f"{scene} fails even when nobody is killed: {said}")
        self.lines = int(said["lines"])

    def kill(self, order: Json) -> Json:
        """Play the acts one after the other, each in a process of its own.

        order: {"acts": [[act, line to be killed at, or None], ...], "webhooks": bool}. The last
        act is not killed, and judges. Returns {"violations", "moves", "places", "codes"}.
        """
        self._stage.restore()
        acts, story, places = order["acts"], Story(), []
        judge = Judge(self._stage, self._scene, story, webhooks=order["webhooks"])
        for number, (act, at) in enumerate(acts, start=1):
            story.acts.append(act)
            said = _in_a_child(judge, act, at, last=number == len(acts))
            story.add(said)
            places += [f"{act}: {said['place']}"] if "place" in said else []
            if "crash" in said:
                return {"violations": [said["crash"]], "moves": [], "places": places, "codes": []}
        found = {"violations": said["violations"], "moves": said["moves"]}
        return {**found, "places": places, "codes": [_code(ack) for ack in story.acks]}


def _in_a_child(judge: Judge, act: str, kill_at: int | None, *, last: bool) -> Json:
    """Fork, play, and return what the child said before it ended or was killed."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        _live(judge, act, kill_at, last, write_end)
    os.close(write_end)
    said = _merged(_read(read_end, child))
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if killed != bool(kill_at):
        said.setdefault("crash", f"a child ended with {status} in {act}, saying {said}")
    return said


def _live(judge: Judge, act: str, kill_at: int | None, last: bool, write_end: int) -> None:
    """The whole life of a child. Never returns."""

    def say(said: Json) -> None:
        os.write(write_end, json.dumps(said).encode() + b"\n")
        judge.story.add(said)

    try:
        # A new process has a name of its own; the lease of a dead one isn't its.
        recovery.RUNNER = f"{os.getpid()}:{new_id('run')}"
        lines = Lines(kill_at, lambda place: say({"place": place}))
        judge.play(act, lines, say)
        if kill_at:
            lines.die("the end")
        say({"lines": lines.count, **(judge.verdict() if last else {})})
    except BaseException:
        say({"crash": traceback.format_exc()})
    finally:
        os._exit(0)


def _merged(text: str) -> Json:
    """Everything that a child said; lists are added up."""
    said: Json = {}
    for line in text.splitlines():
        for name, value in json.loads(line).items():
            said[name] = said.get(name, []) + value if isinstance(value, list) else value
    return said


def _code(ack: Json) -> str:
    return str(ack["error"]["code"] if "error" in ack else ack["status"])


def _read(end: int, child: int) -> str:
    text = b""
    while True:
        ready, _, _ = select.select([end], [], [], PATIENCE_SECONDS)
        if not ready:
            os.kill(child, signal.SIGABRT)
            break
        piece = os.read(end, 65536)
        if not piece:
            break
        text += piece
    os.close(end)
    return text.decode()


class Ward:
    """The nursery of one scene, in a process forked from this one: a process holds one app."""

    def __init__(self, scene: str, worker: str, server_url: str | None) -> None:
        orders, answers = os.pipe(), os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(orders[1])
            os.close(answers[0])
            name = f"{worker}_{list(SCENES).index(scene)}"
            with os.fdopen(orders[0]) as source, os.fdopen(answers[1], "w") as sink:
                _serve(scene, Instances(run_home(), name, server_url), source, sink)
            os._exit(0)
        os.close(orders[0])
        os.close(answers[1])
        self._orders, self._answers = os.fdopen(orders[1], "w"), os.fdopen(answers[0])

    def ask(self, line: str) -> str:
        """Hand an order on; returns the answer, empty when the nursery is gone."""
        self._orders.write(line)
        self._orders.flush()
        return self._answers.readline()

    def close(self) -> None:
        self._orders.close()
        os.waitpid(self._process, 0)


def _serve(scene: str, instances: Instances, source: TextIO, sink: TextIO) -> None:
    nursery: Nursery | None = None
    for line in source:
        try:
            nursery = nursery or Nursery(scene, instances)
            order = json.loads(line)
            answer = {"lines": nursery.lines}
            answer |= nursery.kill(order) if "acts" in order else {}
        except Exception:
            answer = {"error": traceback.format_exc()}
        sink.write(json.dumps(answer) + "\n")
        sink.flush()


def main(worker: str, server_url: str | None) -> None:
    answers = os.fdopen(os.dup(1), "w")
    # What the shop prints goes to a file: it is worth reading only after a crash.
    with (run_home() / f"{worker}.log").open("w") as log:
        os.dup2(log.fileno(), 1)
    wards: dict[str, Ward] = {}
    for line in sys.stdin:
        scene = json.loads(line)["scene"]
        if scene not in wards:
            wards[scene] = Ward(scene, worker, server_url)
        answers.write(wards[scene].ask(line))
        answers.flush()
    # The youngest first: it holds the pipes of those that were there before it.
    for ward in reversed(wards.values()):
        ward.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
