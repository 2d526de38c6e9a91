from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien import cli  # noqa: E402
from mien.errors import TrainError  # noqa: E402
from mien.study import runs_page  # noqa: E402
from mien.study.runs_page import runs_markdown  # noqa: E402
from mien.train.checkpoint import load_trained, save_trained  # noqa: E402
from mien.train.config import LoadConfig, SampleConfig  # noqa: E402
from mien.train.run_scores import ALL, run_scores  # noqa: E402
from mien.train.samples import load_samples  # noqa: E402
from mien.train.validate import predict, score_outputs  # noqa: E402
from mien.types import silent  # noqa: E402

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def two_heads(toy_sessions, tmp_path_factory):
    """The validation session twice, as of two heads."""
    folder = tmp_path_factory.mktemp("heads")
    for head in ("round", "long"):
        copied = shutil.copytree(toy_sessions[2], folder / head)
        about = (copied / "session.toml").read_text(encoding="utf-8")
        lines = [line for line in about.splitlines() if not line.startswith("head =")]
        (copied / "session.toml").write_text("\n".join([f'head = "{head}"', *lines]) + "\n")
    return [folder / "round", folder / "long"]


@pytest.fixture(scope="module")
def config(toy_config):
    return LoadConfig(cache=toy_config.cache, samples=SampleConfig(fps=3.0), threads=1)


def test_a_head_is_scored_as_its_sessions_alone(toy_model, two_heads, config):
    told = run_scores({"toys": [toy_model]}, two_heads, config=config)
    assert told["wearers"] == {"all": 1, "long": 1, "round": 1}
    (run,) = told["groups"]["toys"]
    model = load_trained(toy_model)
    samples = load_samples(two_heads[:1], "truth", config=config, progress=silent, what="one")
    alone = score_outputs(
        predict(model.networks["mouth"], samples["mouth"], model.preprocess), samples["mouth"]
    )
    assert run["round"]["units"]["jaw_drop"]["r"] == pytest.approx(alone.units["jaw_drop"].r)
    # The same frames twice are no news.
    assert run["all"]["mean_r"] == pytest.approx(run["long"]["mean_r"])


def test_crops_are_made_as_the_runs_were_taught(toy_model, two_heads, config, tmp_path):
    model = load_trained(toy_model)
    blurred = replace(model.preprocess, window_px=63, std_floor=20.0)
    save_trained(tmp_path / "model.pt", replace(model, preprocess=blurred))
    told = run_scores({"own": [tmp_path]}, two_heads[:1], config=config)
    asked = replace(config, samples=replace(config.samples, preprocess=blurred))
    samples = load_samples(two_heads[:1], "truth", config=asked, progress=silent, what="one")
    alone = score_outputs(
        predict(model.networks["mouth"], samples["mouth"], blurred), samples["mouth"]
    )
    r = told["groups"]["own"][0]["all"]["units"]["jaw_drop"]["r"]
    assert r == pytest.approx(alone.units["jaw_drop"].r)


def test_the_page_tells_how_far_seeds_are_apart():
    def run(r):
        return {"all": {"mean_r": r, "mean_mae": 0.1, "units": {"jaw_drop": {"r": r}}}}

    told = {"labels": "truth", "samples": {ALL: 9}, "wearers": {ALL: 3}}
    told["groups"] = {"labels": [run(0.4), run(0.6)], "truth": [run(1.0)]}
    page = runs_markdown(told, command="mien study runs", reference="truth")
    assert "| labels | 2 | 0.500 ± 0.141 | 0.100 ± 0.000 | 50.0 % |" in page
    assert "| jaw_drop | 0.500 | 1.000 |" in page
    assert "9 crops of 3 wearers" in page
    assert runs_page.ALL == ALL


def test_the_page_shows_deviation_and_share(toy_model, two_heads, config, tmp_path, capsys):
    run = toy_model.parent
    named = ["--run", f"labels={run}", "--run", f"labels={run}", "--run", f"truth={run}"]
    options = ["--reference", "truth", "--cache", str(config.cache), "--out", str(tmp_path / "out")]
    status = cli.main(["study", "runs", *map(str, two_heads), *named, *options])
    printed = capsys.readouterr().out
    assert status == 0
    page = (tmp_path / "out" / "runs.md").read_text(encoding="utf-8")
    assert printed.rstrip().endswith(page.rstrip())
    told = json.loads((tmp_path / "out" / "runs.json").read_text(encoding="utf-8"))
    mean = told["groups"]["labels"][0]["all"]["mean_r"]
    assert f"| labels | 2 | {mean:.3f} ± 0.000 |" in page
    assert "| 100.0 % |" in page
    assert "| jaw_drop |" in page
    assert str(run.parent) not in page


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--run", "here"], "--run: expected NAME=RUN, got 'here'"),
        (["--run", "a=here", "--reference", "b"], "--reference: expected one of a, got b"),
    ],
)
def test_what_is_misnamed_is_refused(given, told, two_heads, tmp_path, capsys):
    assert cli.main(["study", "runs", str(two_heads[0]), *given, "--out", str(tmp_path)]) == 2
    assert told in capsys.readouterr().err


def test_no_run_is_no_group(two_heads, tmp_path, config):
    with pytest.raises(TrainError):
        run_scores({"a": [tmp_path / "none"]}, two_heads, config=config)
