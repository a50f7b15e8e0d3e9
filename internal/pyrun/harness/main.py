"""Runs unit tests of detections for pdac, which judges the results.

Requests come as lines of JSON on standard input: first one with what is common to
all, then one for each detection. Each is answered with a line of JSON on standard
output; before each test there is a dot, so that pdac knows what ran if the process
ends. What the tests print is part of the answers."""
import gc
import io
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from pdac_harness import datamodel, detection, guard, imports, limits, standins

# Detections find nothing of the harness but what imports.py shows them.
sys.path = [p for p in sys.path if p and os.path.abspath(p) != HERE]


class Printed(io.TextIOBase):
    """Catches what tests print, up to a limit."""

    MOST = 16384

    def __init__(self):
        self._parts, self._room = [], self.MOST

    def writable(self):
        return True

    def write(self, text):
        if self._room > 0:
            self._parts.append(text[: self._room])
            self._room -= len(text)
            if self._room <= 0:
                self._parts.append("\n… (the rest is omitted)")
        return len(text)

    def take(self):
        if not self._parts:
            return ""
        text = "".join(self._parts)
        self._parts, self._room = [], self.MOST
        return text


def take_streams():
    """Returns the descriptors of requests and answers, which tests don't find under their usual numbers."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return requests, answers


def prepare(first, clock, printed, mark):
    """Returns what runs requests, the finder of installed packages, and the names of the repository's files."""
    sources = first["globals"]
    standins.install()
    installed = imports.install(sources, os.path.join(HERE, "third_party"))
    ours = {path for path, _ in sources.values()}
    models = {}
    for spec in first["data_models"]:
        ours.add(spec.get("path"))
        model = datamodel.DataModel(spec, lambda s: imports.load("data_model_" + s["id"], s["path"], s["body"]))
        for log_type in spec["log_types"]:
            models[log_type] = model
    parts = (models, ours.__contains__, clock, printed, mark)
    if first.get("sides"):
        from pdac_harness import sides

        return sides.Sides(first["sides"], *parts), installed, ours
    return detection.Runner(*parts), installed, ours


def main():
    requests, answers = take_streams()
    printed = Printed()
    sys.stdout = sys.stderr = printed

    def send(data):
        while data:
            data = data[os.write(answers, data) :]

    lines = os.fdopen(requests, "rb", buffering=1 << 16)
    first = json.loads(lines.readline())
    clock = limits.Clock(first["limits"]["test_s"], requests)
    runner, installed, ours = prepare(first, clock, printed, lambda: os.write(answers, b"."))
    encode = json.JSONEncoder(separators=(",", ":")).encode
    gc.collect()
    gc.freeze()
    guard.limit_memory(first["limits"].get("memory"))
    guard.arm(HERE)
    for line in lines:
        item = json.loads(line)
        ours.add(item["path"])
        answer = runner.mutate(item) if "mutants" in item else runner.run(item)
        answer["site"] = installed.folders()
        send(encode(answer).encode() + b"\n")
        if runner.spent:
            break


if len(sys.argv) > 1:
    from pdac_harness import debug

    debug.main(sys.argv[1], HERE, prepare)
else:
    main()
