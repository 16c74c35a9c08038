"""Records Alembic's plans and version rows for random revision graphs, one JSON object a line.

Usage: PYTHONHASHSEED=0 python record_alembic.py COUNT > alembic_graphs.jsonl
"""

import json
import random
import sys
import warnings
from unittest import mock

from alembic.runtime.migration import HeadMaintainer
from alembic.script.base import ScriptDirectory
from alembic.script.revision import Revision, RevisionMap


class Script(Revision):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.module = mock.Mock()
        self.doc = ""


def script_directory(graph):
    def scripts():
        return [
            Script(
                node["id"],
                tuple(node["down"]) or None,
                dependencies=tuple(node["deps"]) or None,
                branch_labels=tuple(node["labels"]) or None,
            )
            for node in graph
        ]

    directory = ScriptDirectory.__new__(ScriptDirectory)
    directory.revision_map = RevisionMap(scripts)
    return directory


def closure(graph, ids):
    by_id = {node["id"]: node for node in graph}
    seen, todo = set(), list(ids)
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += by_id[node]["down"] + by_id[node]["deps"]
    return seen


def random_graph(rng):
    graph = []
    for number in range(rng.randint(3, 11)):
        ids = [node["id"] for node in graph]
        parents = rng.choice([0, 1, 1, 1, 1, 1, 2]) if ids else 0
        down = []
        for parent in rng.sample(ids, min(parents, len(ids))):
            related = (parent in closure(graph, [d]) or d in closure(graph, [parent]) for d in down)
            if not any(related):
                down.append(parent)
        deps = []
        if ids and rng.random() < 0.25:
            above = closure(graph, down)
            candidates = [i for i in ids if i not in above and not any(d in closure(graph, [i]) for d in down)]
            if candidates:
                deps = [rng.choice(candidates)]
        suffix = "abcdefghijklmnop"[rng.randrange(16)]
        graph.append(dict(id=f"r{number:03d}{suffix}", down=down, deps=deps, labels=[]))
    for number in range(rng.choice([0, 0, 1, 2])):
        rng.choice(graph)["labels"].append(f"lab{number}")
    return graph


def random_call(rng, graph, rows):
    ids = [node["id"] for node in graph]
    labels = [label for node in graph for label in node["labels"]]
    kind = rng.choice(["up", "up", "down", "down", "stamp"])
    targets = [rng.choice(ids), rng.choice(ids), "heads", "+1", "-1", "head" if kind == "up" else "base"]
    if labels:
        targets += [rng.choice(labels) + point for point in ("@head", "@+1", "@-1", "@base")]
    target = rng.choice(targets)
    if kind == "stamp" and target.endswith(("+1", "-1")):
        target = "heads"
    return dict(kind=kind, target=target, rows=sorted(rows))


def answer(directory, call):
    functions = dict(up=directory._upgrade_revs, down=directory._downgrade_revs, stamp=directory._stamp_revs)
    try:
        heads = HeadMaintainer(mock.Mock(), set(call["rows"]))
        steps = []
        for step in functions[call["kind"]](call["target"], tuple(call["rows"])):
            heads.update_to_step(step)
            steps.append("stamp" if call["kind"] == "stamp" else step.revision.revision)
        return dict(steps=steps, after=sorted(heads.heads))
    except Exception as error:
        return dict(error=type(error).__name__)


def record(seed):
    rng = random.Random(seed)
    graph = random_graph(rng)
    directory = script_directory(graph)
    revisions = directory.revision_map
    calls, rows = [], []
    for _ in range(10):
        call = random_call(rng, graph, rows)
        call.update(answer(directory, call))
        rows = call.get("after", rows)
        calls.append(call)
    heads, bases = sorted(revisions.heads), sorted(revisions.bases)
    return dict(graph=graph, heads=heads, bases=bases, real_heads=sorted(revisions._real_heads), calls=calls)


warnings.simplefilter("ignore")
for seed in range(int(sys.argv[1])):
    print(json.dumps(record(seed), separators=(",", ":")))
