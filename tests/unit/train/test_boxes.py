"""Rectangles that teach: how they move with the image, and where they come from."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mien import schema
from mien.capture.lens import sensor_from_crop
from mien.config import CROP_SIZE
from mien.train.boxes import moved_boxes, overlap, presence, within_crop
from mien.train.exact_boxes import boxes_in_crop, class_names
from mien.types import centred_camera

UPRIGHT = centred_camera(160, 120)


def turned(angle_deg, size=1.0, shift_px=(0.0, 0.0)):
    """Pixels of the old crop for those of the new one, about the middle, shape (2, 3)."""
    angle = np.deg2rad(angle_deg)
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]]) / size
    middle = np.full(2, (CROP_SIZE - 1) / 2)
    return np.column_stack([linear, middle + shift_px - linear @ middle])


def drawn(box, matrix=None):
    """Edges, in shares of the crop, of the ellipse that fills a box, after a warp."""
    y, x = (np.mgrid[:CROP_SIZE, :CROP_SIZE] + 0.5) / CROP_SIZE
    half_x, half_y = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    inside = ((x - box[0] - half_x) / half_x) ** 2 + ((y - box[1] - half_y) / half_y) ** 2 <= 1
    image = inside.astype(np.uint8) * 255
    if matrix is not None:
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        image = cv2.warpAffine(image, matrix, image.shape, flags=flags)
    rows, columns = np.nonzero(image > 127)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / CROP_SIZE


@pytest.mark.parametrize("angle_deg", [-12, 0, 9, 30])
@pytest.mark.parametrize("size", [0.8, 1.0, 1.3])
def test_rectangles_follow_the_image_that_an_augmentation_moves(angle_deg, size):
    boxes = np.array([[[0.3, 0.35, 0.6, 0.55, 0.7], [0.42, 0.3, 0.52, 0.7, 0.0]]], np.float32)
    matrix = turned(angle_deg, size, (4.0, -6.0))
    moved = moved_boxes(boxes, matrix[None])
    for row, box in zip(moved[0], boxes[0], strict=True):
        np.testing.assert_allclose(row[:4], drawn(box, matrix), atol=1.6 / CROP_SIZE)
        assert row[4] == box[4]


def test_nothing_moved_leaves_rectangles_as_they_are_and_what_leaves_the_crop_has_none():
    boxes = np.array([[[0.1, 0.2, 0.3, 0.5, 1.0], [np.nan] * 4 + [0.0]]], np.float32)
    np.testing.assert_allclose(moved_boxes(boxes, turned(0)[None]), boxes, atol=1e-6)
    away = moved_boxes(boxes, turned(0, shift_px=(60.0, 0.0))[None])
    assert np.isnan(away[0, 0, :4]).all()
    assert away[0, 0, 4] == 1.0


def test_a_rectangle_is_cut_at_the_edge_of_the_crop_and_dropped_where_little_is_left():
    cut = within_crop(np.array([[-0.1, 0.2, 0.4, 0.6], [-0.9, 0.0, 0.1, 0.5]]))
    np.testing.assert_allclose(cut[0], [0.0, 0.2, 0.4, 0.6])
    assert np.isnan(cut[1]).all()


def test_overlap_of_known_rectangles():
    one = np.array([0.0, 0.0, 0.2, 0.2])
    others = np.array([[0.0, 0.0, 0.2, 0.2], [0.1, 0.0, 0.3, 0.2], [0.5, 0.5, 0.6, 0.6]])
    np.testing.assert_allclose(overlap(one, others), [1, 1 / 3, 0])


def test_presence_is_a_half_where_a_unit_begins_to_show():
    np.testing.assert_allclose(presence(np.array([0.0, 0.1, 0.2, 0.3, 1.0])), [0, 0, 0.5, 1, 1])


def test_an_upright_crop_gets_the_very_rectangle():
    sensor_px = np.array([[49.5, 29.5, 89.5, 59.5]])
    expected = [[30 / 120, 30 / 120, 70 / 120, 60 / 120]]
    np.testing.assert_allclose(boxes_in_crop(UPRIGHT, sensor_px), expected, atol=1e-9)


@pytest.mark.parametrize("camera", [
    replace(UPRIGHT, rotation_deg=25.0),
    replace(UPRIGHT, is_mirrored=True),
    replace(UPRIGHT, lens="fisheye", distortion=(0.05, -0.01, 0.0, 0.0), rotation_deg=-8.0),
])  # fmt: skip
def test_a_round_region_is_found_in_the_crop_where_the_lens_puts_it(camera):
    inside = np.zeros((CROP_SIZE, CROP_SIZE), bool)
    grid = np.stack(np.meshgrid(np.arange(CROP_SIZE), np.arange(CROP_SIZE)), -1).astype(float)
    away = sensor_from_crop(camera, grid, size=CROP_SIZE) - (90.0, 50.0)
    inside = np.hypot(away[..., 0], away[..., 1]) <= 15
    rows, columns = np.nonzero(inside)
    expected = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / CROP_SIZE
    found = boxes_in_crop(camera, np.array([[75.0, 35.0, 105.0, 65.0]]))
    np.testing.assert_allclose(found[0], expected, atol=1.6 / CROP_SIZE)


def test_class_columns_are_values_of_the_schema():
    for camera in schema.CAMERAS:
        assert set(class_names(camera)[:-1]) <= set(schema.WEIGHT_NAMES)
