"""Step scripts: what they become, and what is said of those that are wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.flow import ALL_FLOWS, Flow, SourceError, WaitScript
from connectome_tui.sources import script_model, script_parts, script_text
from connectome_tui.sources.step_script import open_step_script
from tests.readers import MemoryContent

SCRIPT = """\
title: a turn
nodes:
  - {id: "page:play", title: the page, detail: /play}
  - id: service:api
  - {id: thing, zone: GRAPH, kind: notebook}
steps:
  - from: page:play
    to: service:api
    label: POST /turn
    step_key: post
    duration_ms: 40
    wait: start
  - from: service:api
    to: service:api
    label: think
    trigger: hook
    call_type: moment
    parent: post
    energy_delta: 0.25
  - from: service:api
    to: thing
    label: note
    after_ms: 5
    status: error
    links: [post, think]
    sentence: api wrote it down
    wait: stop
"""


def flow_of(text: str | bytes) -> Flow:
    """The flow of a script."""
    data = text.encode() if isinstance(text, str) else text
    return open_step_script(MemoryContent(data), "turn.yaml").flow(ALL_FLOWS)


def error_of(text: str | bytes) -> str:
    """What is said of a script that is wrong, in one line."""
    with pytest.raises(SourceError) as caught:
        flow_of(text)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix("memory, ")


def test_steps_become_events() -> None:
    """Ids, ends, times, parents, links and all the rest come from the steps (EVENT-4)."""
    post, think, note = (flow_of(SCRIPT).events[row] for row in range(3))
    assert [event.id for event in (post, think, note)] == ["step:0:post", "step:1:think", "step:2:note"]
    assert (post.at_ms, think.at_ms, note.at_ms) == (0, 40, 45)
    assert (post.trigger, post.call_type, post.status) == ("direct", "code", "unset")
    assert (think.trigger, think.call_type, think.energy_delta) == ("hook", "moment", 0.25)
    assert think.parent_event_id == "step:0:post"
    assert think.step_key == "think"
    assert note.link_event_ids == ("step:0:post", "step:1:think")
    assert (note.status, note.sentence) == ("error", "api wrote it down")


def test_nodes_become_topology() -> None:
    """Title, kind and zone are made from the id where the script does not say; steps inside a node are its steps."""
    topology = flow_of(SCRIPT).topology
    assert [(node.title, node.kind, node.zone) for node in topology.nodes] == [
        ("the page", "page", "FRONTEND"),
        ("api", "service", "BACKEND"),
        ("thing", "notebook", "GRAPH"),
    ]
    assert topology.nodes[1].steps == ("think",)
    assert [node.has_energy for node in topology.nodes] == [False, True, False]
    assert [edge.id for edge in topology.edges] == ["page:play→service:api", "service:api→thing"]


def test_steps_say_when_waiting_starts_and_stops() -> None:
    """A script waits on the clock, and its own steps start and stop the timer (SPAN-8)."""
    flow = flow_of(SCRIPT)
    assert flow.waits_on_clock
    assert isinstance(flow.events, WaitScript)
    assert [flow.events.wait_action(row) for row in range(3)] == ["start", "none", "stop"]


def test_summary_and_report_count() -> None:
    """The picker and `info` say what the script holds."""
    recording = open_step_script(MemoryContent(SCRIPT.encode()), "turn.yaml")
    (summary,) = recording.flows
    assert (summary.title, summary.events, summary.errors, summary.duration_ms) == ("a turn", 3, 1, 45)
    assert summary.through == ("the page", "api", "thing")
    report = recording.report
    assert (report.format, report.nodes, report.edges, report.links, report.errors) == ("script", 3, 2, 2, 1)
    with pytest.raises(KeyError):
        recording.flow("other")


def test_json_and_yaml_are_the_same() -> None:
    """The same script as JSON gives the same flow, and so does JSON that only YAML's flow style is not."""
    data = script_text.read_script_text(SCRIPT).value
    for text in (json.dumps(data), json.dumps(data, indent="\t")):
        flow = flow_of(text)
        assert [flow.events[row] for row in range(3)] == [flow_of(SCRIPT).events[row] for row in range(3)]
        assert flow.topology == flow_of(SCRIPT).topology


def test_a_parent_is_the_nearest_step_before_of_that_key() -> None:
    """Keys may come again, as steps do in a loop."""
    lines = "".join(
        f"\n  - {{from: a, to: a, label: {label}{parent}}}"
        for label, parent in (("one", ""), ("one", ""), ("two", ", parent: one"))
    )
    flow = flow_of(f"title: t\nnodes: [{{id: a}}]\nsteps:{lines}\n")
    assert flow.events[2].parent_event_id == "step:1:one"


def test_defaults_can_be_merged() -> None:
    """`<<` takes over what a mapping does not say itself."""
    text = SCRIPT.replace(
        "steps:\n", "steps:\n  - &first\n    from: service:api\n    to: thing\n    label: a\n    rate: 1/s\n"
    )
    text += "  - <<: *first\n    label: b\n"
    event = flow_of(text).events[4]
    assert (event.label, event.rate_hint, event.to_node_id) == ("b", "1/s", "thing")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "trigger: hook",
            "trigger: hok",
            "line 16, steps[1].trigger: expected one of direct, stream, async, hook, timer",
        ),
        ("    trigger: hook", "    triger: hook", "line 16, steps[1].triger: is not known here, expected one of from"),
        ("to: thing", "to: thin", "line 21, steps[2].to: expected the id of a node, 'thin' is none"),
        ("parent: post", "parent: think", "line 18, steps[1].parent: expected the key of an earlier step, 'think' is"),
        ("links: [post, think]", "links: [post, x]", "line 25, steps[2].links[1]: expected the key of an earlier step"),
        ("duration_ms: 40", "duration_ms: long", "line 11, steps[0].duration_ms: expected a number"),
        ("duration_ms: 40", "duration_ms: 1e999", "line 11, steps[0].duration_ms: expected a finite number"),
        ("    label: think\n", "", "line 13, steps[1].label: expected, but it is missing"),
        ("label: think", "label: ''", "line 15, steps[1].label: expected something, it is empty"),
        ("label: think", "label: [a]", "line 15, steps[1].label: expected text"),
        ("after_ms: 5", "after_ms: 5\n    at_ms: 7", "line 20, steps[2]: expected at_ms or after_ms, not both"),
        ("id: service:api", "id: page:play", "line 4, nodes[1].id: expected an id of its own, 'page:play' is taken"),
        ("zone: GRAPH", "zone: CELLAR", "line 5, nodes[2].zone: expected one of FRONTEND, BACKEND, AGENTS, GRAPH, EXT"),
        ("title: a turn", "title: a turn\ntitle: b", "line 2: the key 'title' is there already, on line 1"),
        ("title: a turn", "title: [a turn", "line 2: expected YAML: "),
        ("title: a turn", "title: !!python/object:os.system x", "line 1: expected no tag"),
        ("title: a turn", "title: *nothing", "line 1: *nothing stands for nothing"),
        ("title: a turn", "? [a]\n: b\ntitle: c", "line 1: expected text as a key"),
        ("title: a turn", "---\na: 1\n---\ntitle: x", "line 3: expected one document"),
        ("title: a turn\n", "", "line 1, title: expected, but it is missing"),
    ],
)
def test_errors_name_line_field_and_what_was_expected(old: str, new: str, message: str) -> None:
    """Each mistake is one line that says where it is and what should stand there."""
    assert SCRIPT.count(old) == 1
    assert error_of(SCRIPT.replace(old, new)).startswith(message)


def test_errors_in_json_name_the_line_too() -> None:
    """A wrong field, a double key and broken JSON are found in a script that is JSON."""
    text = json.dumps(script_text.read_script_text(SCRIPT).value, indent=1)
    line = text[: text.index('"hook"')].count("\n") + 1
    assert error_of(text.replace('"hook"', '"hok"')).startswith(f"line {line}, steps[1].trigger: expected one of")
    assert error_of(text.replace('"trigger"', '"to"')).startswith(f"line {line}: the key 'to' is there already")
    assert error_of(text[:-3]).startswith("line ")


def test_several_mistakes_are_counted() -> None:
    """The first one is named, the others are counted."""
    assert error_of(SCRIPT.replace("from:", "form:")).endswith("(and 5 more)")


def test_aliases_that_explode_are_refused() -> None:
    """Ten lists of ten aliases each, one inside the other, end at once with one line."""
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    assert "aliases that expand to more than" in error_of(f"a0: &a0 [x]\n{levels}")


def test_an_alias_of_itself_is_refused() -> None:
    """A list that holds itself has no end."""
    assert error_of("title: &a [*a]\n").startswith("line 1: *a stands for nothing that is complete")


@pytest.mark.parametrize("text", ["a: " + "[" * 10_000, '{"a": ' + "[" * 10_000 + "]" * 10_000 + "}", "- " * 10_000])
def test_deep_nesting_is_refused(text: str) -> None:
    """Ten thousand levels neither hang nor end the program."""
    assert error_of(text).startswith("line 1")


def test_bytes_that_are_no_text_are_refused() -> None:
    """The line of the first bad byte is named."""
    assert error_of(b"title: x\nnodes: \xff\n") == "line 2: expected UTF-8 text"


@pytest.mark.parametrize(
    ("text", "value"), [("on", "on"), ("12:30", "12:30"), ("2024-01-01", "2024-01-01"), ("0x1", "0x1")]
)
def test_text_that_looks_special_stays_text(text: str, value: str) -> None:
    """`on`, times and dates are what they look like to people."""
    assert flow_of(SCRIPT.replace("title: a turn", f"title: {text}")).summary.title == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ).filter(lambda value: isinstance(value, dict))
)
def test_json_is_read_as_json(value: object) -> None:
    """Whatever JSON says, the script's text says the same."""
    assert script_text.read_script_text(json.dumps(value)).value == value


@given(st.text(alphabet="ab:-[]{}&*!<>|'\"\n #,?%@`~\\\t0", max_size=40))
def test_any_text_gives_a_flow_or_one_clear_error(text: str) -> None:
    """Nothing but `SourceError` comes out, whatever goes in."""
    with pytest.raises(SourceError):
        flow_of(text)


def test_model_and_parts_have_the_same_fields() -> None:
    """What is checked and what is used name the same fields, with the same defaults."""
    for model, parts in (
        (script_model.NodeModel, script_parts.NodeParts),
        (script_model.StepModel, script_parts.StepParts),
        (script_model.ScriptModel, script_parts.ScriptParts),
    ):
        assert {field.alias or name for name, field in model.model_fields.items()} == set(
            parts.__struct_encode_fields__
        )
        for name, field in model.model_fields.items():
            if not field.is_required():
                given_default = parts.__struct_defaults__[-len(parts.__struct_fields__) :]
                assert field.default in (*given_default, []), name


def test_schema_tells_every_field() -> None:
    """The JSON Schema describes each field of a step and refuses others."""
    schema = script_model.script_json_schema()
    step = schema["$defs"]["StepModel"]
    assert step["additionalProperties"] is False
    assert set(step["required"]) == {"from", "to", "label"}
    assert all(field["description"] for field in step["properties"].values())
