from __future__ import annotations

import pytest

from mien.capture.check import check_session
from mien.capture.session import open_session
from mien.errors import SessionError


def with_streams(path, text):
    meta = path / "session.toml"
    meta.write_text(meta.read_text() + f"\n[streams]\n{text}\n")
    return path


def rules(path):
    return [str(problem) for problem in check_session(path)]


def test_a_session_without_streams_has_none(make_session):
    assert open_session(make_session()).streams == {}


def test_named_streams_are_told_and_their_files_are_no_strays(make_session):
    path = with_streams(make_session(), 'depth = "depth.mkv"\naudio = "sound.flac"')
    for name in ("sound.flac", "depth.mkv", "depth.times.csv"):
        (path / name).write_bytes(b"anything: nobody reads it")
    assert open_session(path).streams == {"audio": "sound.flac", "depth": "depth.mkv"}
    assert rules(path) == []


def test_a_stream_without_its_file_is_named(make_session):
    (found,) = rules(with_streams(make_session(), 'audio = "sound.flac"'))
    assert found == "sound.flac: expected the file of streams.audio, got none"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('smell = "x.bin"', "expected streams named audio, depth, got 'smell'"),
        ('audio = "../x.flac"', "expected streams.audio to name a file of this folder"),
        ("audio = 3", "expected streams.audio to name a file of this folder, got 3"),
    ],
)
def test_wrong_streams_are_refused(make_session, text, message):
    path = with_streams(make_session(), text)
    with pytest.raises(SessionError) as error:
        open_session(path)
    assert message in str(error.value)
    assert any(message in rule for rule in rules(path))


def test_streams_that_are_no_table_are_refused(make_session):
    path = make_session()
    meta = path / "session.toml"
    meta.write_text('streams = "audio"\n' + meta.read_text())
    with pytest.raises(SessionError, match=r"expected a table \[streams\], got 'audio'"):
        open_session(path)
