"""Why a take was refused, for one who has never seen the labeller."""

from __future__ import annotations

from typing import Final

_EXPLANATIONS: Final[dict[str, str]] = {
    "no neutral stretch": """Nothing says what the face at rest looks like here, so there is nothing
        to measure from. Ask for a rest before and after each take.""",
    "moves": """The skin in the region of this unit hardly moved. Either the wearer did not do it,
        or the camera does not see it.""",
    "peak is": """The movement is so small beside the wearer's largest one that it is more likely
        another unit, or the headset.""",
    "peak": """The curve is nearly as restless at rest as in the take: what rises is not clearly
        the movement.""",
    "no clean rise": """The movement had begun before it was asked for, so its start and its size
        are not known.""",
    "no clean fall": """The face did not come back to where it began: the wearer did not return to
        rest, or the headset slipped. The size of the movement is then not known. (The curve is
        drawn with that drift taken off.)""",
    "flow cannot see": """This unit does not move skin that the camera sees in a way that can be
        followed, so its takes are left out; only its rest is labelled.""",
    "nothing to follow at rest": """The picture is blurred, dark, or shows no face: not even the
        skin at rest can be found again from one frame to the next.""",
    "rises more than once": """There were two movements where one was asked for; which of them was
        meant is not known.""",
}
"""How a reason begins -> what it means; the longer beginning first."""


def explain(refusal: str) -> str:
    """What a reason means; empty for one that says it all."""
    found = (text for begin, text in _EXPLANATIONS.items() if refusal.startswith(begin))
    return " ".join(next(found, "").split())
