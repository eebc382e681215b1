"""Work beside the screen: in a thread that the end of the program does not wait for."""

from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import NoReturn

from connectome_tui.app.host import Result


def start_beside(
    work: Callable[[], Result], then: Callable[[Result], None], call_here: Callable[[Callable[[], None]], object]
) -> None:
    """Do `work` in a thread. `call_here` has to call what it is given on the application's own thread.

    That is `then` with the result; or what raises the error of the work there, which so ends the application.
    """

    def done() -> None:
        try:
            call: Callable[[], None] = partial(then, work())
        except Exception as error:  # noqa: BLE001 -- it is raised where it is seen
            call = partial(_raise, error)
        call_here(call)

    Thread(target=done, name="beside", daemon=True).start()


def _raise(error: Exception) -> NoReturn:
    raise error
