from __future__ import annotations

import json

from mien.study.adaptation_page import adaptation_markdown, write_adaptation_page

STEPS = ("no neutral", "neutral crop", "last block", "last block, exact labels")
FIT = {"epochs": 3, "error_before": 0.02, "error_after": 0.005, "reason": ""}
REFUSED = {"epochs": 0, "error_before": None, "error_after": None, "reason": "too few labels"}


def _told():
    maes = dict(zip(STEPS, (0.08, 0.06, 0.03, 0.02), strict=True))
    units = {"jaw_drop": {"mae": 0.1, "r": 0.5}}
    return {
        "run": "base",
        "steps": {
            step: {"mean_mae": mae, "mean_r": 0.5, "units_mean": units}
            for step, mae in maes.items()
        },
        "wearers": [
            {
                "session": "one",
                "footage_s": 59.5,
                "judged_s": 40.0,
                "mae": maes,
                "r": dict.fromkeys(STEPS, 0.5),
                "told": {
                    "gain and offset": {"cameras": ["mouth"], "reason": ""},
                    "last block": {
                        "fits": {"eye": REFUSED, "mouth": FIT},
                        "enrolled": {"cameras": [], "reason": "no camera gets better by it"},
                    },
                },
            }
        ],
    }


def test_each_step_tells_what_it_cuts_itself_and_in_all():
    page = adaptation_markdown(_told(), command="mien study adaptation X")
    assert "| last block | 0.0300 | 0.500 | +50.0% | +62.5% |" in page
    assert "| no neutral | 0.0800 | 0.500 | - | +0.0% |" in page
    assert "    mien study adaptation X\n" in page


def test_a_wearers_cut_is_that_of_the_last_step_without_truth():
    rows = adaptation_markdown(_told(), command="").splitlines()
    (row,) = (line for line in rows if line.startswith("| one |"))
    assert row.endswith("+62.5% |")


def test_refused_fits_say_why():
    page = adaptation_markdown(_told(), command="")
    assert "| one, eye, last block | too few labels | - |" in page
    assert "| one, mouth, last block | 3 epochs | +75.0% |" in page


def test_page_and_data_lie_beside_each_other(tmp_path):
    page = write_adaptation_page(_told(), tmp_path / "out", command="c")
    assert page.read_text(encoding="utf-8").startswith("# What")
    data = json.loads((tmp_path / "out" / "adaptation.json").read_text(encoding="utf-8"))
    assert data["command"] == "c"
    assert data["wearers"][0]["session"] == "one"
