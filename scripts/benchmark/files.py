"""The files that are measured: a session of a million events, made once and kept in a temporary folder."""

import sys
import tempfile
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
SHARED: Final = REPOSITORY.parent / "shared" / "data"
EVENTS: Final = 1_000_000

_SERVICES: Final = ("gateway", "api", "inventory", "pricing", "worker", "mailer", "search", "billing")
_STORES: Final = ("redis", "postgres", "queue", "index")


def program() -> list[str]:
    """The command that starts this program as a user's would."""
    return [sys.executable, "-P", "-m", "connectome_tui"]


def million_events() -> Path:
    """A session file of one flow of a million events, about 350 MB."""
    path = Path(tempfile.gettempdir()) / "connectome-bench" / "million.session.jsonl"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        with partial.open("w", encoding="utf-8") as stream:
            stream.write(_header())
            for first in range(0, EVENTS, 10_000):
                stream.writelines(_event(number) for number in range(first, first + 10_000))
        partial.rename(path)
    return path


def _header() -> str:
    nodes = ",".join(
        f'{{"id":"{kind}:{name}","title":"{name}","kind":"{kind}","zone":"{zone}"}}'
        for kind, zone, names in (("service", "BACKEND", _SERVICES), ("store", "GRAPH", _STORES))
        for name in names
    )
    edges = sorted({(_place(number), _place(number + 1)) for number in range(len(_SERVICES) * len(_STORES) * 4)})
    links = ",".join(f'{{"from_node_id":"{one}","to_node_id":"{other}"}}' for one, other in edges if one != other)
    return (
        '{"type":"session","session_id":"s-million","started_at_ms":1763644413007.0,"title":"POST /orders",'
        f'"duration_ms":{EVENTS}.0,"events":{EVENTS},"errors":{EVENTS // 997},"nodes":[{nodes}],"edges":[{links}]}}\n'
    )


def _place(number: int) -> str:
    """Where event `number` begins: a walk through the services with a store every third step."""
    if number % 3 == 2:
        return f"store:{_STORES[number // 3 % len(_STORES)]}"
    return f"service:{_SERVICES[number * 5 % len(_SERVICES)]}"


def _event(number: int) -> str:
    status = "error" if number % 997 == 996 else "ok"
    parent = f'"parent_event_id":"4fd0b6131f19f39a:{number // 2:016x}",' if number else ""
    return (
        f'{{"id":"4fd0b6131f19f39a:{number:016x}","at_ms":{1763644413007 + number}.25,'
        f'"from_node_id":"{_place(number)}","to_node_id":"{_place(number + 1)}","trigger":"direct",'
        f'"call_type":"{"graphQuery" if number % 3 == 1 else "code"}","label":"POST /orders/{number % 5003}",'
        f'"duration_ms":{number % 1500 + 0.5},"payload_summary":"HTTP {500 if status == "error" else 200}",'
        f'"status":"{status}",{parent}"attributes":{{"http.request.method":"POST","order":{number}}}}}\n'
    )
