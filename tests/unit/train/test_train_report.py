from __future__ import annotations

import json
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs torch")
pytest.importorskip("matplotlib", reason="needs the studio's packages")

from mien.errors import ConfigError  # noqa: E402
from mien.studio.train_report import write_train_report  # noqa: E402
from mien.train.checkpoint import load_trained  # noqa: E402
from mien.train.event_log import EventLog  # noqa: E402

pytestmark = pytest.mark.train


def history_of(run):
    return json.loads(run.with_name("history.json").read_text(encoding="utf-8"))


def test_a_page_shows_the_losses_and_every_value(toy_model, tmp_path):
    model, history = load_trained(toy_model), history_of(toy_model)
    page = write_train_report(
        history,
        tmp_path / "report.html",
        training=model.training,
        metrics=model.metrics,
        verification=model.verification,
    ).read_text(encoding="utf-8")
    assert page.count("<figure>") == 2
    for name, one in model.metrics.items():
        assert f"<td>{name.replace('_', ' ')}</td>" in page
        if one["r"] is not None:
            assert f'<td class="n">{one["r"]:.3f}</td>' in page
    assert f"best {model.training['epochs']['eye']}" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    first = page.split('<polyline class="right" points="')[1].split('"')[0]
    assert len(first.split()) == len(history["eye"])


def test_tensorboard_reads_the_curves_back(toy_model, tmp_path):
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    history = history_of(toy_model)
    begun = {kind: entries[:2] for kind, entries in history.items()}
    log = EventLog(tmp_path, epochs_done=0)
    log.write(begun)
    log.close()
    resumed = EventLog(tmp_path, epochs_done=2)
    resumed.write(history)
    resumed.write(history)
    resumed.close()
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    for kind, entries in history.items():
        told = events.Scalars(f"validation_loss/{kind}")
        assert [one.step for one in told] == [entry["epoch"] for entry in entries]
        assert [one.value for one in told] == pytest.approx(
            [entry["validation_loss"] for entry in entries]
        )
    jaw = [one.value for one in events.Scalars("r_mouth/jaw_drop")]
    assert jaw == pytest.approx([entry["r"]["jaw_drop"] for entry in history["mouth"]])


def test_a_missing_package_is_named(toy_config, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match=r"tensorboard: expected the package, found none; pip"):
        EventLog(replace(toy_config).out, epochs_done=0)
