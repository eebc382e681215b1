"""The configuration file: what it says, and one clear line for what is wrong in it."""

from pathlib import Path

import pytest

from connectome_tui.config import Config, KeyRemap, RecordingsConfig, load_config
from connectome_tui.events.flow import SourceError
from connectome_tui.store.retention import Retention
from connectome_tui.traces.overrides import NodeOverride


@pytest.fixture
def config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("CONNECTOME_CONFIG", str(path))
    return path


def test_a_user_without_a_file_gets_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has to be configured: without a file every setting has its default."""
    monkeypatch.delenv("CONNECTOME_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    config = load_config()
    assert config == Config(path=config.path)
    assert config.path.name == "config.toml"


def test_every_setting_is_read(config_file: Path) -> None:
    """Each setting that is documented arrives as it was written, keys with the line that gives them."""
    config_file.write_text(
        'theme = "light"\n'
        "ascii = true\n"
        'cards = "line"\n'
        'restart_policy = "clear"\n'
        "\n"
        "[keys]\n"
        '"step.next" = ["space", "x"]\n'
        'find.search = "F"\n'
        "\n"
        "[[nodes]]\n"
        'match = "service:shop-*"\n'
        'title = "Shop"\n'
        'zone = "FRONTEND"\n'
        'kind = "page"\n'
        "\n"
        "[recordings]\n"
        'folder = "flows"\n'
        'max_size = "500MB"\n'
        "\n"
        "[retention]\n"
        "max_events = 5000\n"
        'max_age = "30m"\n'
    )
    config = load_config()
    assert config == Config(
        path=config_file,
        theme="light",
        ascii=True,
        cards="line",
        restart_policy="clear",
        keys={"step.next": KeyRemap(("space", "x"), 7), "find.search": KeyRemap(("F",), 8)},
        nodes=(NodeOverride("service:shop-*", "Shop", "FRONTEND", "page"),),
        recordings=RecordingsConfig(config_file.parent / "flows", 500_000_000),
        retention=Retention(5000, 1_800_000.0),
    )


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("theme = \n", 1, "expected TOML"),
        ('ascii = true\ntheme = "blue"\n', 2, "theme"),
        ('colour = "red"\n', 1, "there is no setting 'colour'"),
        ('[keys]\n"a.b" = "x"\n"step.next" = 3\n', 3, "keys.step.next"),
        ('[[nodes]]\nmatch = "a"\n\n[[nodes]]\nmatch = "b"\nzone = "NOWHERE"\n', 6, "zone"),
        ('[[nodes]]\nmatch = "a"\n[[nodes]]\ntitle = "B"\n', 3, "match"),
        ('[[nodes]]\nmatch = "a"\nname = "B"\n', 3, "there is no setting 'nodes.name'"),
        ('[recordings]\nmax_size = "much"\n', 2, "recordings.max_size"),
        ('[recordings]\nmax_size = "5kB"\n', 2, "recordings.max_size"),
        ('[recordings]\nplace = "x"\n', 2, "expected one of folder, max_size"),
        ("[retention]\nmax_events = 0\n", 2, "retention.max_events"),
        ('[retention]\nmax_age = "soon"\n', 2, "expected a duration like"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(config_file: Path, content: str, line: int, says: str) -> None:
    """A bad setting is one line that names the file, the line and what was expected."""
    config_file.write_text(content)
    with pytest.raises(SourceError) as caught:
        load_config()
    assert caught.value.path == str(config_file)
    assert caught.value.place == f"line {line}"
    assert says in caught.value.expected
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_names_the_line(config_file: Path) -> None:
    """Bytes that are no UTF-8 are told with the line that they stand in."""
    config_file.write_bytes(b"ascii = true\ntheme = \xff\n")
    with pytest.raises(SourceError, match="line 2: expected text in UTF-8"):
        load_config()


def test_a_file_that_was_named_must_be_there(config_file: Path) -> None:
    """A configuration that the user names but that is missing is an error, not silence."""
    with pytest.raises(SourceError, match="no such configuration file"):
        load_config()
    assert not config_file.exists()
