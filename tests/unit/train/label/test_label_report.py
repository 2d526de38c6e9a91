from __future__ import annotations

from mien.train.label_report import LabelReport, SessionReport, TakeRecord


def take(name, refusal=""):
    return TakeRecord("s", 1, name, "mouth", start_ns=0, peak_ns=1, end_ns=2, peak_px=1.0,
                      share=1.0, snr=9.0, refusal=refusal)  # fmt: skip


def report(*sessions):
    return LabelReport(tuple(sessions), {"bad": "why"})


def test_takes_are_counted_by_value():
    one = SessionReport("s", 9, 3, (take("jaw_drop"), take("jaw_drop", "small"), take("dimpler")))
    assert report(one, one).by_value() == {"dimpler": (2, 0), "jaw_drop": (2, 2)}


def test_a_session_without_a_measured_label_is_told_with_its_usual_reason():
    refused = (take("jaw_drop", "no face"), take("lip_suck", "no face"), take("dimpler", "small"))
    told = report(
        SessionReport("good", 9, 3, (take("jaw_drop"),)),
        SessionReport("blind", 9, 0, refused),
        SessionReport("still", 9, 0, ()),
    ).empty()
    assert told == {
        "blind": "2 of 3 takes were refused alike: no face",
        "still": "no take was cued",
    }


def test_the_json_tells_all_of_it():
    told = report(SessionReport("s", 9, 0, (take("jaw_drop", "x"),), ("audio",))).as_json()
    assert told["failed"] == {"bad": "why"}
    assert told["unused"] == {"audio": 1}
    assert told["values"] == {"jaw_drop": {"accepted": 0, "refused": 1}}
    assert told["sessions"][0]["takes"][0]["refusal"] == "x"
