"""Cameras by ids that stay, from a made sysfs: there is no camera on the machine of the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.capture.v4l2_tree import add_camera, made_tree, remove_camera

from mien.capture import v4l2
from mien.capture.live_source import LiveSource
from mien.capture.v4l2 import V4l2Tree
from mien.errors import SourceError

BY_PATH = "pci-0000:00:14.0-usb-0:1-1:1.0-video-index0"


@pytest.fixture
def tree(tmp_path):
    return made_tree(tmp_path)


def test_cameras_are_listed_with_their_ids_and_metadata_nodes_are_not(tree):
    add_camera(tree, 10, serial="", port="1-2", is_linked=False)
    add_camera(tree, 0, serial="A1", port="1-1")
    first, second = tree.cameras()
    assert first.node == tree.dev / "video0"
    assert first.name == "Eye: Eye"
    assert first.ids == ("usb-Maker_Eye_A1-video-index0", BY_PATH, "0c45:6366:A1")
    assert second.ids == ("0c45:6366",)
    assert second.address == "v4l2:0c45:6366"


def test_twins_without_a_serial_number_are_told_apart_by_their_sockets(tree):
    add_camera(tree, 0, serial="", port="1-1")
    add_camera(tree, 2, serial="", port="1-2")
    one, two = tree.cameras()
    # udev lets the second one have the name of the first.
    assert one.ids == (BY_PATH,)
    assert two.ids == ("usb-Maker_Eye_-video-index0", BY_PATH.replace("1-1", "1-2"))
    with pytest.raises(SourceError, match=r"expected one camera, got v4l2:pci.*, v4l2:usb.*; name"):
        tree.find("0c45:6366")


def test_a_camera_is_found_wherever_it_is_now(tree):
    add_camera(tree, 0, serial="A1", port="1-1")
    ids = tree.cameras()[0].ids
    remove_camera(tree, 0)
    add_camera(tree, 4, serial="A1", port="1-1")
    for stable_id in (
        *ids,
        "0c45:6366",
        "0C45:6366:a1",
        str(tree.dev / "v4l" / "by-path" / BY_PATH),
    ):
        assert tree.find(stable_id) == tree.dev / "video4"
    assert tree.id_of(4) == ids[0]
    assert tree.id_of(0) == ""
    assert tree.id_of("/dev/video4") == ids[0]
    assert tree.id_of(ids[1]) == ids[1]


def test_a_camera_that_is_not_there_says_which_are(tree):
    with pytest.raises(SourceError, match="expected a camera of this id, got no camera at all"):
        tree.find("0c45:6366")
    add_camera(tree, 0, serial="A1", port="1-1")
    for stable_id in ("0c45:63", "0c45:6366:B9", "usb-Other", "/dev/none"):
        with pytest.raises(SourceError, match=r"got v4l2:usb-Maker_Eye_A1.*`mien sources`"):
            tree.find(stable_id)


def test_a_machine_without_cameras_has_none(tmp_path):
    tree = V4l2Tree(tmp_path / "no", tmp_path / "no", tmp_path / "no")
    assert tree.cameras() == []
    assert tree.id_of(0) == ""


def test_a_missing_a_forbidden_and_a_busy_device_say_what_to_do(tree, monkeypatch):
    add_camera(tree, 0, serial="A1", port="1-1")
    node = tree.dev / "video0"
    here = V4l2Tree(tree.sysfs, tree.dev, Path("/proc"))
    assert here.problem(node) == ""
    assert "expected a camera, got none; plug it in" in here.problem(tree.dev / "video9")
    with node.open("rb"):
        assert here.problem(node) == "", "what this process has open is no obstacle"
    hold = "import sys, time; f = open(sys.argv[1]); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold, str(node)], stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        told = here.problem(node)
        other.kill()
    assert f"({other.pid}) uses; end that" in told
    monkeypatch.setattr(v4l2.os, "access", lambda *_: False)
    assert "expected leave to read and write it" in here.problem(node)
    assert "sudo usermod -aG" in here.problem(node)


def test_what_is_known_against_a_device_is_told_when_it_does_not_open(tree, monkeypatch):
    add_camera(tree, 0, serial="A1", port="1-1")

    def refuses(device, *, fps=None):  # noqa: ARG001
        raise SourceError(f"camera {device}: expected a camera that opens, got none")

    for device in (0, "0c45:6366"):
        with pytest.raises(SourceError, match="expected a camera that opens"):
            LiveSource(device, camera="mouth", tree=tree, opener=refuses)
    monkeypatch.setattr(v4l2.os, "access", lambda *_: False)
    for device in (0, "0c45:6366"):
        with pytest.raises(SourceError, match="sudo usermod -aG"):
            LiveSource(device, camera="mouth", tree=tree, opener=refuses)
