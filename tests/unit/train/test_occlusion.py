from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien import cli, schema  # noqa: E402
from mien.config import PreprocessConfig  # noqa: E402
from mien.errors import TrainError  # noqa: E402
from mien.train.augment import Augmenter  # noqa: E402
from mien.train.checkpoint import load_trained, save_trained  # noqa: E402
from mien.train.config import (  # noqa: E402
    NO_AUGMENT,
    NO_OCCLUSION,
    LoadConfig,
    OcclusionConfig,
    SampleConfig,
)
from mien.train.drawing import Drawing  # noqa: E402
from mien.train.export import export  # noqa: E402
from mien.train.fit import train  # noqa: E402
from mien.train.occluder import draw_cover  # noqa: E402
from mien.train.occlusion import EqualMix, cover_of_area, halves  # noqa: E402
from mien.train.samples import load_samples  # noqa: E402
from mien.train.tasks import Emphasis, consistency_loss  # noqa: E402
from mien.train.verification import refusal  # noqa: E402
from mien.types import silent  # noqa: E402

pytestmark = pytest.mark.train

ALL = np.arange(101)


def test_half_of_an_epoch_is_covered_and_two_epochs_cover_every_sample():
    mix = EqualMix(len(ALL), OcclusionConfig(), key=(0, 0))
    first, second, third = (mix.is_covered(ALL, epoch=epoch) for epoch in range(3))
    assert abs(int(first.sum()) - int(second.sum())) <= 1
    assert np.array_equal(first, ~second) or int((first == second).sum()) <= 1
    assert np.array_equal(first, third)


def test_no_share_covers_nothing_and_a_whole_one_everything():
    assert not EqualMix(101, NO_OCCLUSION, key=(0, 0)).is_covered(ALL, epoch=3).any()
    whole = EqualMix(101, OcclusionConfig(share=1.0), key=(0, 0))
    assert whole.is_covered(ALL, epoch=3).all()


def test_covers_depend_on_the_seed_and_the_sample_alone():
    few = np.arange(12)
    mixes = [EqualMix(12, OcclusionConfig(share=1.0), key=(seed, 0)) for seed in (4, 4, 5)]
    first, again, other = (mix.covers(few, epoch=0, kind="eye") for mix in mixes)
    assert [c.area for c in first] == [c.area for c in again]
    assert [c.area for c in first] != [c.area for c in other]
    assert len({c.kind for c in first}) > 2
    assert mixes[1].covers(few[5:6], epoch=0, kind="eye")[0].area == first[5].area
    assert all(0.01 < c.area < 0.5 for c in first)


@pytest.mark.parametrize("area", [0.1, 0.3, 0.5])
def test_a_cover_of_an_area_has_that_area(area):
    for kind in ("eye", "mouth"):
        for number in range(5):
            assert cover_of_area(kind, area, key=(1, number)).area == pytest.approx(area, rel=0.1)


def test_a_wearer_is_in_one_half_only():
    sessions = [Path(f"wearer{number}") for number in range(9)]
    trained, verified = halves(sessions, 0.5, seed=3)
    assert {len(trained), len(verified)} == {4, 5}
    assert set(trained) | set(verified) == set(sessions)
    assert halves(sessions, 0.5, seed=3) == (trained, verified)
    assert halves(sessions, 0.5, seed=4) != (trained, verified)
    assert halves(sessions, 0.0, seed=3) == (tuple(sessions), ())
    with pytest.raises(TrainError, match=r"occlusion\.verification_share: expected enough"):
        halves(sessions[:1], 0.5, seed=3)


def test_what_is_worn_lies_over_the_neutral_too():
    codes = np.random.default_rng(0).integers(-60, 60, (2, 2, 128, 128)).astype(np.int8)
    augmenter = Augmenter(NO_AUGMENT, PreprocessConfig())
    worn = replace(draw_cover("strap", 0.3, (1,)), is_in_neutral=True)
    passing = draw_cover("finger", 0.3, (1,))
    plain = augmenter.run(codes, np.random.default_rng(0)).x_BCHW
    covered = augmenter.run(codes, np.random.default_rng(0), covers=[worn, passing]).x_BCHW
    is_changed = (plain != covered).flatten(2).any(2).tolist()
    assert is_changed == [[True, True], [True, False]]
    kept = augmenter.run(codes, np.random.default_rng(0), covers=[None, None]).x_BCHW
    assert torch.equal(plain, kept)


def told(*, clean, covered):
    return {
        "clean": {"mean_r": clean, "mean_mae": 0.1},
        "covered": {"mean_r": covered, "mean_mae": 0.1},
        "kept": covered / clean if clean else 0.0,
    }


def test_the_gate_lets_through_what_holds_up_and_says_why_it_refuses():
    assert refusal(told(clean=0.9, covered=0.85)) is None
    assert "expected a verified model" in refusal(None)
    assert "got 0.500 of it; train with occlusion.share" in refusal(told(clean=0.8, covered=0.4))
    assert "on clean images, got 0.100" in refusal(told(clean=0.1, covered=0.1))
    assert "on clean images, got 0.000" in refusal(told(clean=0.0, covered=0.0))


def test_a_run_is_verified_on_both_halves_of_the_mix(toy_model):
    verification = load_trained(toy_model).verification
    # It was trained on clean pictures alone, where a cover hides the only thing there is to see.
    assert verification["covered"]["mean_r"] < verification["clean"]["mean_r"] - 0.03
    assert verification["covered"]["mean_mae"] > verification["clean"]["mean_mae"]
    assert verification["kept"] == pytest.approx(
        verification["covered"]["mean_r"] / verification["clean"]["mean_r"]
    )
    assert verification["samples"] == {"eye": 144, "mouth": 72}


def test_wearers_that_are_kept_back_verify_and_do_not_train(toy_config, tmp_path):
    split = OcclusionConfig(verification_share=0.5)
    model = load_trained(train(replace(toy_config, out=tmp_path, epochs=1, occlusion=split)))
    assert model.training["sessions"] == model.training["verification_sessions"] == 1
    assert model.training["samples"] == model.verification["samples"] == {"eye": 144, "mouth": 72}


def test_a_model_that_fails_is_not_exported(toy_model, tmp_path, capsys):
    trained = load_trained(toy_model)
    path = tmp_path / "model.pt"
    for verification, reason in ((None, "never was"), (told(clean=0.9, covered=0.4), "got 0.444")):
        save_trained(path, replace(trained, verification=verification))
        with pytest.raises(TrainError, match=rf"model\.pt: verification: expected .*{reason}"):
            export(path, tmp_path / "refused.tflite")
    assert cli.main(["export", str(path), "--out", str(tmp_path / "refused.tflite")]) == 2
    assert "verification: expected at least 0.7 of the mean r" in capsys.readouterr().err
    assert not (tmp_path / "refused.tflite").exists()


def test_the_study_scores_the_same_covers_for_every_model(toy_model, toy_config, tmp_path):
    pytest.importorskip("matplotlib")
    from mien.study.occlusion_page import write_occlusion_study
    from mien.train.occlusion_scores import occlusion_scores, verify_run

    config = LoadConfig(cache=toy_config.cache, samples=SampleConfig(fps=3.0), threads=1)
    copy = tmp_path / "copy"
    save_trained(copy / "model.pt", replace(load_trained(toy_model), verification=None))
    models = occlusion_scores(
        [toy_model.parent, copy], toy_config.validation_sessions, config=config
    )
    assert [one["name"] for one in models] == [toy_model.parent.name, "copy"]
    assert models[0]["areas"] == models[1]["areas"]
    covered = [entry["covered"] for entry in models[0]["areas"]]
    assert covered == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5], rel=0.1)
    assert models[0]["areas"][-1]["mean_r"] < models[0]["areas"][0]["mean_r"]
    report = write_occlusion_study(models, tmp_path / "study", command="mien study occlusion")
    assert report["verdicts"][0]["clean"] == 0
    assert {d["ratio"] for d in report["verdicts"][0]["drops"]} <= {1.0, None}
    page = (tmp_path / "study" / "occlusion.md").read_text(encoding="utf-8")
    assert "| 50 % |" in page
    assert (tmp_path / "study" / "occlusion.png").stat().st_size > 5000
    verification = verify_run(copy, toy_config.validation_sessions, config=config)
    assert load_trained(copy).verification == verification


def test_a_covered_crop_has_a_twin_that_moved_alike_and_is_clean():
    rng = np.random.default_rng(3)
    codes = rng.integers(-128, 128, (4, 2, 128, 128), dtype=np.int8)
    covers = [None, draw_cover("finger", 0.3, (1,)), None, draw_cover("hair", 0.2, (2,))]
    only = replace(NO_AUGMENT, shift=0.1)
    changed = Augmenter(only, PreprocessConfig()).run(
        codes, np.random.default_rng(5), covers=covers
    )
    clean = Augmenter(only, PreprocessConfig()).run(codes, np.random.default_rng(5)).x_BCHW
    assert changed.is_covered_B.tolist() == [False, True, False, True]
    assert torch.equal(changed.twin_RCHW, clean[changed.is_covered_B])
    assert not torch.equal(changed.x_BCHW[1], clean[1])
    forgetful = replace(only, drop_neutral=1.0)
    dropped = Augmenter(forgetful, PreprocessConfig()).run(codes, rng, covers=covers)
    assert not dropped.twin_RCHW[:, 1].any()


def test_a_mouth_in_a_mirror_has_its_twin_in_it_too(toy_config):
    samples = load_samples(
        toy_config.sessions, "truth", config=toy_config, progress=silent, what="toys"
    )["mouth"]
    covered = replace(toy_config, occlusion=OcclusionConfig(share=1.0, largest=0.03, smallest=0.02))
    batch = Drawing(samples, covered, key=(0,)).batch(np.arange(16), epoch=0, key=(1,))
    assert batch.is_covered_B.all()
    # So little is covered that a crop is most like its own twin, and not like that one's mirror.
    apart = (batch.x_BCHW - batch.twin_RCHW).abs().mean(dim=(1, 2, 3))
    mirrored = (batch.x_BCHW - batch.twin_RCHW.flip(3)).abs().mean(dim=(1, 2, 3))
    assert (apart < mirrored).all()


def test_who_says_the_same_of_a_crop_and_its_twin_loses_nothing():
    outputs = len(schema.EYE_OUTPUTS)
    units = torch.rand(3, outputs, generator=torch.Generator().manual_seed(1))
    batch = SimpleNamespace(is_covered_B=torch.tensor([True, False, True]))
    emphasis = Emphasis(torch.ones(outputs), torch.zeros(outputs, dtype=torch.bool), 3.0)
    same = consistency_loss({"units": units, "twin": units[[0, 2]]}, batch, emphasis)
    other = consistency_loss({"units": units, "twin": 1 - units[[0, 2]]}, batch, emphasis)
    assert (float(same.mean), same.known) == (0.0, 2.0)
    assert float(other.mean) > 0.1
