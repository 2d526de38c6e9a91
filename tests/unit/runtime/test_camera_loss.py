"""A camera on the network that is lost: the tracker's health tells, and the loop goes on."""

from __future__ import annotations

import itertools
import time

import pytest
from tests.unit.capture.mjpeg_server import HEAD, MjpegServer, part, scene

from mien.capture.sources import open_source
from mien.runtime.tracker import Tracker

TINY = "tiny_model.tflite"


def endless(wire):
    wire.send(HEAD)
    for i in itertools.count():
        wire.send(part(scene(i)))
        time.sleep(0.005)


def one_picture(wire):
    wire.send(HEAD, part(scene(90)))


@pytest.mark.model
def test_health_tells_of_a_camera_that_is_lost_while_the_other_goes_on(request):
    model = request.path.with_name(TINY)
    with MjpegServer(one_picture) as lost, MjpegServer(endless) as good:
        places = {"eye_left": lost.address, "mouth": good.address}
        with open_source(places) as source, Tracker.load(model) as tracker:
            for state in tracker.track(source):
                assert state.t_ns > 0
                eye, mouth = (tracker.health.cameras[name] for name in places)
                if eye.link.losses >= 2 and mouth.frames >= 20:
                    tracker.cancel()
    assert mouth.link.is_up
    assert mouth.link.losses == 0
    assert "ended the stream" in eye.link.reason
    assert tracker.health.source_error == ""
