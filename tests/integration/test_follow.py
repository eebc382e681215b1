"""`connectome follow` in a real pseudo-terminal: a pipe, a growing file, an event stream."""

import socket
import threading
from pathlib import Path

from scripts.benchmark.terminal import Terminal
from tests.integration.command_line import PROGRAM, environment

SECONDS = 30
LINE = '{"from": "client:me", "to": "service:api", "label": "%s"}\n'


def test_lines_from_a_pipe_and_keys_from_the_terminal(tmp_path: Path) -> None:
    """With `-` events come from standard input while keys work; when it ends the header says so, and q leaves."""
    (tmp_path / "lines").write_text((LINE % "hello") + (LINE % "goodbye"))
    script = f'cat "{tmp_path / "lines"}" | {" ".join(PROGRAM)} follow --no-record -'
    with Terminal(["sh", "-c", script], environment=environment()) as terminal:
        terminal.wait_until(lambda screen: "2 events" in screen and "goodbye" in screen, SECONDS)
        terminal.wait_until(lambda screen: "ended" in screen, SECONDS)
        terminal.send(b"q")
        assert terminal.wait_for_end(SECONDS) == 0


def test_a_file_that_appears_and_grows(tmp_path: Path) -> None:
    """A file that is not there yet is waited for; its lines are events as soon as they are written."""
    path = tmp_path / "events.jsonl"
    with Terminal([*PROGRAM, "follow", "--no-record", str(path)], environment=environment()) as terminal:
        terminal.wait_until(lambda screen: "connecting" in screen, SECONDS)
        with path.open("a") as file:
            file.write(LINE % "hello")
            file.flush()
            terminal.wait_until(lambda screen: "1 event" in screen and "hello" in screen, SECONDS)
            file.write("no JSON\n")
            file.flush()
            terminal.wait_until(lambda screen: "2 events" in screen and "that is no event: no JSON" in screen, SECONDS)
        terminal.send(b"q")
        assert terminal.wait_for_end(SECONDS) == 0


def test_an_event_stream_that_ends(shared_data: Path) -> None:
    """The events of a recorded stream are shown; when the server has closed, the screen says so."""
    answer = (shared_data / "sse" / "mcp-tool-progress.http").read_bytes()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(1 << 16)
                client.sendall(answer.replace(b"event: message", b"retry: 600000\nevent: message", 1))

        # The line that is added makes the first chunk 14 bytes longer than it says.
        answer = answer.replace(b"\r\n9c\r\n", b"\r\naa\r\n", 1)
        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/events?key=s3cret"
        with Terminal([*PROGRAM, "follow", "--no-record", url], environment=environment()) as terminal:
            terminal.wait_until(lambda screen: "9 events" in screen, SECONDS)
            terminal.wait_until(lambda screen: "the server closed the stream" in screen, SECONDS)
            assert "s3cret" not in terminal.text()
            terminal.send(b"q")
            assert terminal.wait_for_end(SECONDS) == 0
        thread.join(SECONDS)


def test_what_cannot_be_followed_is_one_line() -> None:
    """An address of another kind ends with one line and status 2, before the screen is taken."""
    with Terminal([*PROGRAM, "follow", "ftp://example.org/x"], environment=environment()) as terminal:
        assert terminal.wait_for_end(SECONDS) == 2
        assert "expected http or https, not ftp" in terminal.received.decode()
