"""The layout is the same in every process."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAM = """
import random
from connectome_tui.events.topology import ZONES, Edge, Node, Topology
from connectome_tui.graph.picture import lay_out
choose = random.Random(7)
nodes = tuple(Node(id=f"n:{at}", title=f"n{at}", kind="n", zone=choose.choice(ZONES)) for at in range(26))
pairs = {(choose.randrange(26), choose.randrange(26)) for _ in range(60)}
edges = tuple(
    Edge(from_node_id=f"n:{a}", to_node_id=f"n:{b}", trigger=choose.choice(["direct", "async"]), events=1)
    for a, b in sorted(pairs) if a != b
)
for size in ((80, 11), (200, 60)):
    picture = lay_out(Topology(nodes, edges), size)
    print([card.rect for card in picture.cards], [route.stretches for route in picture.routes])
"""


def test_the_layout_is_the_same_at_every_hash_seed() -> None:
    """GRAPH-3: processes with different hash seeds place every card and every edge in the same cells."""
    layouts = set()
    for seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(REPOSITORY)}
        finished = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        layouts.add(finished.stdout)
    assert len(layouts) == 1
    assert layouts.pop().count("(") > 100
