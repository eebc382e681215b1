"""Opening a recording (SPAN-1, SPAN-10): the one entry for files and standard input."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path, PurePath
from typing import Final

from connectome_tui.events.flow import ProgressCallback, Recording, SourceError, no_progress
from connectome_tui.recordings.names import SESSION_PREFIX, find, recordings_folder
from connectome_tui.sources.detect import Found, detect
from connectome_tui.sources.options import MIB, OpenOptions
from connectome_tui.sources.spool import PlainFile, open_content

DEFAULTS: Final = OpenOptions()
OPENS_ALONE: Final = {
    "session": "an exported session",
    "script": "a step script",
    "run": "a file of runs",
    "recording": "a recording",
}
READ_AT_ONCE: Final = 2 * MIB
"""Spans up to this size are read whole even when a part would do, so that what is wrong shows at once."""


def open_recording(
    paths: Sequence[str],
    *,
    progress: ProgressCallback = no_progress,
    partial: bool = False,
    options: OpenOptions = DEFAULTS,
) -> Recording:
    """Open files, or `-` for standard input, as one recording; several files of spans are merged by trace.

    With `partial` it may return before everything is indexed: `complete` is then False, and `finish`
    is to be called from a thread. `SourceError` names the file, the place and what was expected.
    """
    assert paths, "a recording needs a path"
    if any(path.startswith(SESSION_PREFIX) for path in paths):
        return _named_recording(paths, progress, options, partial=partial)
    with ExitStack() as opened:
        contents: list[PlainFile] = []
        found: list[Found] = []
        for path in dict.fromkeys(paths):
            content = open_content(path, options, progress)
            opened.callback(content.close)
            contents.append(content)
            found.append(detect(content))
        recording = _recording(contents, found, progress, options, partial=partial)
        opened.pop_all()
        return recording


def _named_recording(
    paths: Sequence[str], progress: ProgressCallback, options: OpenOptions, *, partial: bool
) -> Recording:
    """A recording by its id, `session:ID`."""
    name = next(path for path in paths if path.startswith(SESSION_PREFIX))
    if len(set(paths)) > 1:
        raise SourceError(name, "is a recording, which opens alone: only files of spans open together")
    return _recorded(find(name, recordings_folder(options.recordings)), progress, options, partial=partial)


def _recorded(path: Path, progress: ProgressCallback, options: OpenOptions, *, partial: bool) -> Recording:
    """A recording. Our own are brought to rest after a crash; those from elsewhere are only read."""
    from connectome_tui.recordings.opening import bring_to_rest, has_left_over, is_own, open_recorded

    if is_own(path, recordings_folder(options.recordings)):
        bring_to_rest(path)
        if has_left_over(path):
            from connectome_tui.sources.left_over import settle_left_over

            settle_left_over(path, options.nodes)
    return open_recorded(path, path.name, progress=progress, partial=partial)


def _recording(
    contents: Sequence[PlainFile],
    found: Sequence[Found],
    progress: ProgressCallback,
    options: OpenOptions,
    *,
    partial: bool,
) -> Recording:
    """What was found, as a recording."""
    name = recording_name(contents)
    for content, one in zip(contents, found, strict=True):
        if one.kind in OPENS_ALONE and len(contents) > 1:
            what = OPENS_ALONE[one.kind]
            raise SourceError(content.name, f"is {what}, which opens alone: only files of spans open together")
    if found[0].kind == "recording":
        if contents[0].path is None:
            raise SourceError(contents[0].name, "is a packed recording, to be unpacked first")
        contents[0].close()
        return _recorded(Path(contents[0].path), progress, options, partial=partial)
    if found[0].kind == "session":
        from connectome_tui.sources.session_file import open_session_file

        return open_session_file(contents[0], name, progress=progress, partial=partial)
    if found[0].kind == "script":
        from connectome_tui.sources.step_script import open_step_script

        return open_step_script(contents[0], name)
    if found[0].kind == "run":
        from connectome_tui.sources.run_file import open_run_file

        return open_run_file(contents[0], name, options, progress=progress)
    from connectome_tui.sources.span_files import open_span_files
    from connectome_tui.traces.recording import TraceRecording

    recording = TraceRecording(open_span_files(contents, found, options), name, options)
    if not partial or sum(content.size for content in contents) <= READ_AT_ONCE:
        recording.finish(progress)
    return recording


def recording_name(contents: Sequence[PlainFile]) -> str:
    """What the header calls the recording: the file's name, or how many there are."""
    return PurePath(contents[0].name).name or contents[0].name if len(contents) == 1 else f"{len(contents)} files"
