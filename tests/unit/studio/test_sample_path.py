"""Where the demo's session is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("rich")

from mien.errors import SessionError
from mien.studio import demo


def test_in_the_repository_it_is_found(sample_session: Path):
    assert demo.sample_path() == sample_session


def test_a_wheel_has_none_and_says_where_to_find_one(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo, "__file__", str(tmp_path / "mien" / "studio" / "demo.py"))
    with pytest.raises(SessionError, match="wheels have none; name a session, such as sdk/mien"):
        demo.sample_path()
