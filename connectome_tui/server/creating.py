"""Sessions made of scenarios (CLIENT-7)."""

from connectome_tui.net.frames import Ack, SessionCreate
from connectome_tui.server.connections import Connection
from connectome_tui.server.scenario_port import Loaded, LoadOutcome
from connectome_tui.server.services import Services

COST = 50


def create(services: Services, connection: Connection, frame: SessionCreate) -> None:
    """Make or reset the session of a scenario; the answer comes once it is ready."""
    if connection.role != "full":
        connection.send(Ack(accepted=False, id=frame.id, code="auth.read_only", message="this window may look only"))
        return
    if not connection.affords(COST):
        connection.refuse(frame, "limit.rate", "too many sessions at once: wait a moment")
        return

    def done(outcome: LoadOutcome) -> None:
        services.topics.touch("scenarios")
        services.topics.touch("catalog")
        if isinstance(outcome, Loaded):
            hosted = services.sessions[outcome.session]
            ack = Ack(accepted=True, id=frame.id, revision=str(hosted.revision), message=outcome.session)
        else:
            ack = Ack(accepted=False, id=frame.id, code=outcome.code, message=outcome.message)
        connection.send(ack)

    services.scenarios.load(frame.scenario, reset=frame.reset, actor=connection.actor, done=done)
