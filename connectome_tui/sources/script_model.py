"""What a step script may hold: Pydantic models, their JSON Schema, and errors that name the place."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from connectome_tui.events.model import CallType, Status, Trigger
from connectome_tui.events.topology import Zone
from connectome_tui.sources.script_places import Path, ScriptProblem

Name = Annotated[str, Field(min_length=1)]
Milliseconds = Annotated[float, Field(allow_inf_nan=False)]

MOST_NODES: Final = 100_000
MOST_STEPS: Final = 1_000_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, use_attribute_docstrings=True)


class NodeModel(_Part):
    """A part of the system: a page, a service, a store, an agent, a model, …"""

    id: Name
    """What steps call it, `kind:name`."""
    title: str = ""
    """What its card says; the name in its id if there is none."""
    kind: str = ""
    """What it is; the beginning of its id if there is none."""
    zone: Zone | None = None
    """The band it is drawn in; made from its kind if there is none."""
    detail: str = ""
    """One short line below the title."""


class StepModel(_Part):
    """One event: something that goes from a node to a node, or happens inside one."""

    from_node: Name = Field(alias="from")
    """The id of the node that it leaves."""
    to_node: Name = Field(alias="to")
    """The id of the node where it arrives; the same one for a step inside a node."""
    label: Name
    """What happens, in a word or two."""
    step_key: str = ""
    """What `parent` and `links` call it, and the name of a step inside a node; the label if there is none."""
    trigger: Trigger = "direct"
    """What set it off; it gives the line its style."""
    call_type: CallType = "code"
    """What kind of call it is; it gives the line its colour."""
    at_ms: Milliseconds | None = None
    """When it starts, in ms since the start of the script."""
    after_ms: Milliseconds | None = None
    """When it starts, in ms since the start of the step before; without either, when that one is over."""
    duration_ms: Milliseconds | None = None
    """How long it takes."""
    summary: str | None = None
    """What it carries, in a few words."""
    rate: str | None = None
    """How fast a stream runs."""
    energy_delta: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """How much energy it gives the node where it arrives."""
    status: Status = "unset"
    """How it ended."""
    notes: str | None = None
    """Marks, separated by `; `."""
    parent: Name | None = None
    """The key of the step that called for it; the nearest one before it."""
    links: list[Name] = []
    """Keys of earlier steps that it goes back to without being called by them."""
    wait: Literal["start", "stop", "none"] = "none"
    """What it does to the wait timer."""
    sentence: str | None = None
    """What happened, in one sentence; made from the rest if there is none."""

    @model_validator(mode="after")
    def _one_time(self) -> "StepModel":
        if self.at_ms is not None and self.after_ms is not None:
            raise ValueError("expected at_ms or after_ms, not both")
        return self


class ScriptModel(_Part):
    """A scripted flow for Connectome."""

    title: Name
    """What the header calls it."""
    nodes: Annotated[list[NodeModel], Field(min_length=1, max_length=MOST_NODES)]
    """All parts, in the order in which the graph takes them."""
    steps: Annotated[list[StepModel], Field(min_length=1, max_length=MOST_STEPS)]
    """All events, in the order in which they are released."""


def script_json_schema() -> dict[str, Any]:
    """The JSON Schema of step scripts (`connectome schema`)."""
    schema = ScriptModel.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def check_script(data: object) -> dict[str, Any]:
    """The script in `data`, its values in the types they should have; `ScriptProblem` names the first thing wrong."""
    try:
        script = ScriptModel.model_validate(data)
    except ValidationError as error:
        raise _problem(error) from None
    checked = script.model_dump(by_alias=True, exclude_unset=True)
    _check_names(script)
    return checked


def _check_names(script: ScriptModel) -> None:
    """Every node and step that is named is there."""
    nodes: set[str] = set()
    for place, node in enumerate(script.nodes):
        if node.id in nodes:
            raise ScriptProblem(("nodes", place, "id"), f"expected an id of its own, {node.id!r} is taken")
        nodes.add(node.id)
    keys: set[str] = set()
    for place, step in enumerate(script.steps):
        for field, node_id in (("from", step.from_node), ("to", step.to_node)):
            if node_id not in nodes:
                raise ScriptProblem(("steps", place, field), f"expected the id of a node, {node_id!r} is none")
        named: list[tuple[Path, str]] = [(("parent",), step.parent)] if step.parent else []
        named += [(("links", number), key) for number, key in enumerate(step.links)]
        for path, key in named:
            if key not in keys:
                raise ScriptProblem(("steps", place, *path), f"expected the key of an earlier step, {key!r} is none")
        keys.add(step.step_key or step.label)


def _problem(error: ValidationError) -> ScriptProblem:
    """The first thing that is wrong, and how many more there are."""
    errors = error.errors(include_url=False)
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    path: Path = first["loc"]
    return ScriptProblem(path, _expected(first["type"], path, first["msg"], first.get("ctx", {})) + more)


_EXPECTED_BY_KIND: Final = {
    "missing": "expected, but it is missing",
    "model_type": "expected a mapping of fields",
    "dict_type": "expected a mapping of fields",
    "list_type": "expected a list",
    "string_type": "expected text",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "finite_number": "expected a finite number",
    "string_too_short": "expected something, it is empty",
    "too_short": "expected something, it is empty",
}


def _expected(kind: str, path: Path, message: str, context: Mapping[str, Any]) -> str:
    """What was expected, from what Pydantic calls the error."""
    if kind == "literal_error":
        return "expected one of " + str(context["expected"]).replace("'", "").replace(" or ", ", ")
    if kind == "extra_forbidden":
        return f"is not known here, expected one of {', '.join(_fields_beside(path))}"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return _EXPECTED_BY_KIND.get(kind, message[:1].lower() + message[1:])


def _fields_beside(path: Path) -> Sequence[str]:
    model: type[BaseModel] = ScriptModel
    if len(path) > 1:
        model = NodeModel if path[0] == "nodes" else StepModel
    return [field.alias or name for name, field in model.model_fields.items()]
