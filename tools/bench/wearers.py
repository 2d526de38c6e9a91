"""How well wearers are told apart by their crops at rest: the start of a session, and later in it.

    .venv/bin/python tools/bench/wearers.py SESSIONS...

Each session is one wearer. Its first second is what an enrolment keeps; a second at three later
places, with the headset slipped and seated anew in between, is compared with all of them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.capture.session import Session, open_session
from mien.runtime.identity import CropIdentity, Signature, recognise
from mien.runtime.neutral import NeutralCrop
from mien.studio.tables import print_table
from mien.vision.preprocess import Preprocessor

PLACES = (0.0, 0.35, 0.6, 0.85)
"""Shares of a session; the first is the enrolment."""
LONGEST_FRAMES = 60
STEP_NS = 40_000_000
IDENTITY = CropIdentity()


def crop_at(session: Session, camera: str, share: float) -> NDArray[np.int8] | None:
    """The crop at rest that a tracker finds from here on; None without frames."""
    preprocessor, neutral = Preprocessor(session.rig[camera]), NeutralCrop()
    video = cv2.VideoCapture(str(session.path / f"{camera}.mkv"))
    video.set(cv2.CAP_PROP_POS_FRAMES, int(share * len(session.times_ns(camera))))
    for step in range(LONGEST_FRAMES):
        is_read, image = video.read()
        if not is_read or neutral.is_found:
            break
        gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        quant = preprocessor.run(np.ascontiguousarray(gray, np.uint8)).quant
        neutral.see(quant, t_ns=step * STEP_NS)
    return neutral.crop


def signature(session: Session, share: float) -> Signature:
    """What is kept, or seen, at a place of a session."""
    crops = {camera: crop_at(session, camera, share) for camera in session.cameras}
    return {name: IDENTITY.vector(name, crop) for name, crop in crops.items() if crop is not None}


def main() -> int:
    """Compare, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sessions", type=Path, nargs="+")
    sessions = [open_session(path) for path in parser.parse_args().sessions]
    known = [(one.path.name, signature(one, PLACES[0])) for one in sessions]
    rows, right, strangers, times = [], 0, 0, 0
    for session in sessions:
        name = session.path.name
        own, others = [], []
        for share in PLACES[1:]:
            seen = signature(session, share)
            who, _ = recognise(seen, known, IDENTITY)
            without = [one for one in known if one[0] != name]
            stranger, _ = recognise(seen, without, IDENTITY)
            times, right = times + 1, right + (who == name)
            strangers += stranger is not None
            own += [recognise(seen, [one], IDENTITY)[1] for one in known if one[0] == name]
            others += [recognise(seen, [one], IDENTITY)[1] for one in without]
        rows.append((name, f"{min(own):.2f}", f"{max(others):.2f}" if others else "-"))
    print_table("likeness", ("wearer", "to themselves, least", "to others, most"), rows)
    print(f"{right} of {times} picked rightly; as strangers, {strangers} were taken for another")
    return 0


if __name__ == "__main__":
    sys.exit(main())
