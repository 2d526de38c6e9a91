"""Say what works on this machine, and which cameras it has."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from mien.commands.command import BAD, DONE, Command, write_json
from mien.commands.options import JSON


def doctor(given: argparse.Namespace) -> int:
    """Say what works on this machine and what to do about the rest; 1: a headset could not run."""
    from mien.studio.doctor import examine, works_on_headset

    findings = []
    for finding in examine():
        findings.append(finding)
        print(finding.line(), flush=True)
    is_good = works_on_headset(findings)
    print(f"\nthe headset path {'works' if is_good else 'does NOT work'} on this machine")
    write_json(
        given, {"headset_path": is_good, "findings": [finding.as_json() for finding in findings]}
    )
    return DONE if is_good else BAD


def sources(given: argparse.Namespace) -> int:
    """List this machine's cameras with ids that stay when their numbers change; 1: none."""
    from mien.capture.v4l2 import V4l2Tree

    tree = V4l2Tree()
    found = [(camera, tree.problem(camera.node)) for camera in tree.cameras()]
    for camera, problem in found:
        print(f"{camera.address}\n    {camera.name}, now at {camera.node}")
        for other in camera.ids[1:]:
            print(f"    also v4l2:{other}")
        if problem:
            print(f"    {problem}")
    if not found:
        is_linux = sys.platform == "linux"
        print("no camera at /dev/video*" if is_linux else f"{sys.platform}: give cameras by index")
    report = [
        {
            "address": camera.address,
            "ids": list(camera.ids),
            "node": str(camera.node),
            "name": camera.name,
            "problem": problem,
        }
        for camera, problem in found
    ]
    write_json(given, {"cameras": report})
    return DONE if found else BAD


COMMANDS: Final = (
    Command("doctor", doctor, (JSON,)),
    Command("sources", sources, (JSON,)),
)
