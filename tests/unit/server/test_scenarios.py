"""Scenarios of a folder, as the server offers and makes them (CLIENT-7)."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import NextStep, Restart
from connectome_tui.events.flow import SourceError
from connectome_tui.server.core import ServerCore
from connectome_tui.server.elsewhere import at_once
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeper import KeptServer, open_keeper
from connectome_tui.server.keeping import Actor
from connectome_tui.server.preparing import SourceOptions, prepare_recording
from connectome_tui.server.scenario_files import MOST, ScenarioModel, read_folder, read_scenario
from connectome_tui.server.scenario_port import Loaded, LoadOutcome, NotLoaded
from connectome_tui.server.scenarios import ScenarioFolder
from connectome_tui.server.tokens import Tokens
from tests.hosting import acted

ADA = Actor("ada~1", "ada")
TALE = "title: The tale\nsource: sample:tale\nsession: tale\n"


class Desk:
    """A server with a folder of scenarios; what blocks is done when the test says so, or at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "scenarios"
        self.folder.mkdir()
        self.state = folder / "state"
        self.clock = ManualClock(1_700_000_000_000.0)
        self.later: list[Callable[[], None]] | None = None
        self.outcomes: list[LoadOutcome] = []
        self.kept: KeptServer | None = None

    def write(self, name: str, text: str) -> None:
        """A file of the folder."""
        (self.folder / f"{name}.yaml").write_text(text)

    def begin(self) -> "Desk":
        """Start the server."""
        self.kept = open_keeper(self.state, self.clock, boot="b")
        self.scenarios = ScenarioFolder(
            self.folder,
            SourceOptions(recordings=self.folder / "none"),
            keeper=self.kept,
            clock=self.clock,
            elsewhere=self._elsewhere,
        )
        self.core = ServerCore(self.clock, self.kept, Tokens("a" * 20, "b" * 20), scenarios=self.scenarios)
        self.notices = self.scenarios.serve(self.core)
        return self

    def end(self) -> None:
        """End it in order."""
        if self.kept is not None:
            self.core.close()
            self.scenarios.close()
            self.kept.close()
        self.kept = None

    def load(self, name: str, *, reset: bool = False) -> LoadOutcome | None:
        """Load a scenario; None while it is being made."""
        before = len(self.outcomes)
        self.scenarios.load(name, reset=reset, actor=ADA, done=self.outcomes.append)
        return self.outcomes[-1] if len(self.outcomes) > before else None

    def hosted(self, name: str = "tale") -> HostedSession:
        """A session that is hosted."""
        return self.core.sessions[name]

    def made(self) -> dict[str, bool]:
        """Which scenarios have made a session that is there."""
        return {item.name: item.made for item in self.scenarios.items()}

    def _elsewhere(self, work: Callable[[], Any], told: Callable[[Any], None]) -> None:
        if self.later is None:
            at_once(work, told)
        else:
            self.later.append(lambda: at_once(work, told))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.end()


def test_a_scenario_makes_its_session_and_loads_it_again_as_it_is(desk: Desk) -> None:
    """CLIENT-7: made once and ready to be stepped; loaded again it stays where it is, reset it begins anew."""
    desk.write("tale", TALE)
    desk.begin()
    assert desk.made() == {"tale": False}
    assert desk.load("tale") == Loaded("tale")
    acted(desk.hosted(), NextStep(), ADA)
    assert desk.made() == {"tale": True}
    assert desk.load("tale") == Loaded("tale")
    assert desk.hosted().state.cursor == 1
    revision = desk.hosted().revision
    assert desk.load("tale", reset=True) == Loaded("tale")
    assert desk.hosted().state.cursor == 0
    assert desk.hosted().revision > revision
    acted(desk.hosted(), NextStep(), ADA)
    assert desk.hosted().state.cursor == 1


def test_a_session_that_began_anew_is_another_run(desk: Desk) -> None:
    """SERVER-5, CLIENT-7: a step that was meant for the run before a reset is none of the new one's, nor of a later."""
    desk.write("tale", TALE)
    desk.begin().load("tale")
    runs = [desk.hosted().state.session_id]
    for step in (NextStep(), Restart()):
        acted(desk.hosted(), step, ADA)
    runs.append(desk.hosted().state.session_id)
    for _ in range(2):
        desk.load("tale", reset=True)
        runs.append(desk.hosted().state.session_id)
    acted(desk.hosted(), Restart(), ADA)
    runs.append(desk.hosted().state.session_id)
    assert len(set(runs)) == len(runs)
    desk.end()
    desk.begin()
    assert desk.hosted().state.session_id == runs[-1]


def test_who_made_and_reset_a_session_stands_in_its_audit_log(desk: Desk) -> None:
    """SERVER-6: making a session of a scenario and beginning it anew are changes by somebody, with both values."""
    desk.write("tale", TALE)
    desk.begin().load("tale")
    acted(desk.hosted(), NextStep(), ADA)
    desk.load("tale")
    desk.load("tale", reset=True)
    last = desk.hosted().state.session_id
    desk.end()
    desk.begin()
    desk.end()
    lines = [json.loads(line) for line in (desk.state / "audit" / "tale.jsonl").read_text().splitlines()]
    assert [(line["key"], line["actor"]["name"]) for line in lines] == [
        ("session/make", "ada"),
        ("command/next_step", "ada"),
        ("session/begin_anew", "ada"),
    ]
    made, step, reset = lines
    assert (made["old"], made["new"]["cursor"]) == (None, 0)
    assert (step["old"], step["new"]) == ({"cursor": 0}, {"cursor": 1})
    assert (reset["old"]["cursor"], reset["new"]["cursor"]) == (1, 0)
    assert reset["new"]["session_id"] == last != reset["old"]["session_id"]
    assert made["new"]["session_id"] == reset["old"]["session_id"]


def test_sessions_of_scenarios_come_back_with_the_server(desk: Desk) -> None:
    """SERVER-7, CLIENT-7: which scenario made which session is kept; one that was never made is not made by it."""
    desk.write("tale", TALE)
    desk.write("other", TALE.replace("session: tale", "session: other"))
    desk.begin().load("tale")
    acted(desk.hosted(), NextStep(), ADA)
    desk.end()
    desk.later = []
    desk.begin()
    assert list(desk.core.sessions) == ["tale"]
    assert desk.hosted().state.cursor == 1
    assert desk.made() == {"other": False, "tale": True}
    assert not desk.notices


def test_a_session_that_no_scenario_made_is_left_alone(desk: Desk) -> None:
    """CLIENT-7: what somebody serves is not replaced by a file, not even by a reset."""
    desk.write("tale", TALE)
    desk.begin()
    assert desk.kept is not None
    one = prepare_recording("tale", "sample:checkout", SourceOptions(), keeper=desk.kept, clock=desk.clock)
    desk.core.add_session(HostedSession("tale", one.running, clock=one.clock, keeper=one.keeper))
    for reset in (False, True):
        outcome = desk.load("tale", reset=reset)
        assert isinstance(outcome, NotLoaded)
        assert outcome.code == "session.exists"
    assert desk.hosted().state.source.name == "checkout.otlp.jsonl"
    one.close()


def test_two_scenarios_may_want_the_same_session(desk: Desk) -> None:
    """CLIENT-7: the second one says so, and takes it over when it is asked to reset it."""
    desk.write("tale", TALE)
    desk.write("shop", "title: Shop\nsource: sample:checkout\nsession: tale\nflow: all\n")
    desk.begin().load("tale")
    refused = desk.load("shop")
    assert isinstance(refused, NotLoaded)
    assert refused.code == "session.exists"
    assert "'tale'" in refused.message
    assert desk.load("shop", reset=True) == Loaded("tale")
    assert desk.made() == {"shop": True, "tale": False}
    assert desk.hosted().catalog_item(0).scenario == "shop"
    desk.end()
    desk.begin()
    assert desk.made() == {"shop": True, "tale": False}


def test_what_cannot_be_made_leaves_everything_as_it_was(desk: Desk) -> None:
    """CLIENT-7: a source that is broken makes no session, and a reset to it keeps the one that is there."""
    desk.write("tale", TALE)
    desk.begin().load("tale")
    acted(desk.hosted(), NextStep(), ADA)
    desk.write("tale", TALE.replace("sample:tale", "broken.json"))
    desk.write("new", "title: New\nsource: nowhere.json\nsession: new\n")
    desk.write("flow", "title: Flow\nsource: sample:tale\nsession: flow\nflow: nothing\n")
    (desk.folder / "broken.json").write_text("{")
    for name, reset in (("tale", True), ("new", False), ("flow", False)):
        outcome = desk.load(name, reset=reset)
        assert isinstance(outcome, NotLoaded)
        assert outcome.code == "scenario.failed"
        assert "\n" not in outcome.message
    assert list(desk.core.sessions) == ["tale"]
    assert desk.hosted().state.cursor == 1
    acted(desk.hosted(), NextStep(), ADA)
    assert desk.hosted().state.cursor == 2, "its recording is still open"


def test_who_asks_while_it_is_made_waits_for_the_same(desk: Desk) -> None:
    """CLIENT-7: two windows load it at the same moment: one session, two answers; a reset in between is refused."""
    desk.write("tale", TALE)
    desk.begin()
    desk.later = []
    assert desk.load("tale") is None
    assert desk.load("tale") is None
    refused = desk.load("tale", reset=True)
    assert isinstance(refused, NotLoaded)
    assert not desk.core.sessions
    assert len(desk.later) == 1
    desk.later.pop()()
    assert desk.outcomes == [refused, Loaded("tale"), Loaded("tale")]


def test_what_is_made_when_the_server_ends_is_dropped(desk: Desk) -> None:
    """CLIENT-7, CLIENT-9: no session half made, nothing left open."""
    desk.write("tale", TALE)
    desk.begin()
    desk.later = []
    desk.load("tale")
    desk.scenarios.close()
    desk.later.pop()()
    assert not desk.core.sessions
    assert not desk.outcomes


def test_files_that_change_are_offered_as_they_are(desk: Desk) -> None:
    """CLIENT-7: the folder is looked at again, not more often than once a second; who listens is told once."""
    desk.write("tale", TALE)
    desk.begin()
    told: list[int] = []
    end = desk.scenarios.on_change(lambda: told.append(1))
    desk.write("two", TALE)
    assert list(desk.made()) == ["tale"]
    desk.clock.advance(1000)
    assert list(desk.made()) == ["tale", "two"]
    assert len(told) == 1
    desk.clock.advance(1000)
    desk.made()
    assert len(told) == 1
    (desk.folder / "two.yaml").unlink()
    assert isinstance(desk.load("two"), NotLoaded)
    end()
    assert list(desk.made()) == ["tale"]


def test_a_broken_file_is_listed_with_its_trouble_and_the_others_work(desk: Desk) -> None:
    """CLIENT-7: what is wrong stands beside the scenario, with file and line; it cannot be loaded."""
    desk.write("bad", "title: Bad\nsource: x\n")
    desk.write("tale", TALE)
    (desk.folder / "notes.txt").write_text("no scenario")
    desk.begin()
    bad, good = desk.scenarios.items()
    assert "bad.yaml, line 1, session: expected, but it is missing" in bad.trouble
    assert not good.trouble
    refused = desk.load("bad")
    assert isinstance(refused, NotLoaded)
    assert refused.code == "scenario.failed"
    assert refused.message == bad.trouble
    assert desk.load("tale") == Loaded("tale")
    unknown = desk.load("x" * 10_000)
    assert isinstance(unknown, NotLoaded)
    assert unknown.code == "scenario.unknown"
    assert len(unknown.message) < 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: A\nsource: x\nsession: a/b\n", "line 3, session: expected a name of letters"),
        ("title: A\nsource: x\nsession: a\nflows: b\n", "line 4, flows: is not known here, expected one of title"),
        ("title: [1]\nsource: x\nsession: a\n", "line 1, title: expected text"),
        ("title: ''\nsource: x\nsession: a\n", "line 1, title: expected text"),
        ("- 1\n", "line 1: expected a mapping of fields"),
        ("title: *x\n", "line 1: "),
        ("title: A\ntitle: B\n", "line 2: the key 'title' is there already, on line 1"),
        ("x" * 100_000, "at most 64 KiB"),
        (b"\xff\xfe", "expected UTF-8 text"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    """CLIENT-7: the same errors as of step scripts: file, line, field, what was expected."""
    path = tmp_path / "a.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SourceError) as raised:
        read_scenario(path)
    assert str(path) in str(raised.value)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_source_is_looked_for_beside_the_file(tmp_path: Path) -> None:
    """A folder of scenarios can be moved with its scripts; samples and recordings are named as everywhere."""
    for source, found in (
        ("play.yaml", str(tmp_path / "play.yaml")),
        ("../x.json", str(tmp_path / "../x.json")),
        ("/abs/x.json", "/abs/x.json"),
        ("sample:tale", "sample:tale"),
        ("session:last", "session:last"),
    ):
        (tmp_path / "a.yml").write_text(f"title: A\nsource: {source}\nsession: a\n")
        assert read_scenario(tmp_path / "a.yml").source == found


def test_a_folder_is_bounded_and_has_to_be_there(tmp_path: Path) -> None:
    """A wrong folder is one line; a very large one is cut."""
    with pytest.raises(SourceError, match="expected a folder of scenarios"):
        read_folder(tmp_path / "nowhere")
    for number in range(MOST + 5):
        (tmp_path / f"{number}.yaml").touch()
    assert len(read_folder(tmp_path)) == MOST
    (tmp_path / "0.yml").write_text(TALE)
    assert "another file has this name" in read_folder(tmp_path)[0].trouble


def test_every_field_is_documented(tmp_path: Path) -> None:
    """CLIENT-7: docs/scenarios.md has each field, and its example is a scenario."""
    page = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text()
    for name in ScenarioModel.model_fields:
        assert f"| `{name}` |" in page
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert example
    (tmp_path / "checkout.yaml").write_text(example[1])
    assert read_scenario(tmp_path / "checkout.yaml").session == "checkout"
