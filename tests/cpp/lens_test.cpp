#include "core/lens.h"

#include <cmath>

#include "harness.h"
#include "images.h"

namespace mien::test {
namespace {

TEST(ACentredCropOfAPinholeCameraIsItself) {
  const CameraParams camera = WholeImage(40, 20);
  const Point first = SensorFromCrop(camera, {0.5 / 40, 0.5 / 20});
  EXPECT_NEAR(first.x, 0, 1e-12);
  EXPECT_NEAR(first.y, 0, 1e-12);
  const Point last = SensorFromCrop(camera, {39.5 / 40, 19.5 / 20});
  EXPECT_NEAR(last.x, 39, 1e-12);
  EXPECT_NEAR(last.y, 19, 1e-12);
}

TEST(MirroringSwapsLeftAndRight) {
  CameraParams camera = WholeImage(40, 20);
  camera.is_mirrored = true;
  const Point at = SensorFromCrop(camera, {0.5 / 40, 0.25});
  EXPECT_NEAR(at.x, 39, 1e-12);
  EXPECT_NEAR(at.y, 4.5, 1e-12);
}

TEST(AQuarterTurnBringsTheLeftEdgeToTheTop) {
  CameraParams camera = WholeImage(40, 40);
  camera.rotation_deg = 90;  // clockwise: what is left comes up
  const Point at = SensorFromCrop(camera, {0.5, 0.5 / 40});
  EXPECT_NEAR(at.x, 0, 1e-9);
  EXPECT_NEAR(at.y, 19.5, 1e-9);
}

TEST(TheMirrorComesAfterTheTurn) {
  CameraParams camera = WholeImage(40, 40);
  camera.rotation_deg = 90;
  camera.is_mirrored = true;
  // Top left of the crop is top right of the turned image, which was the top left before.
  const Point at = SensorFromCrop(camera, {0.5 / 40, 0.5 / 40});
  EXPECT_NEAR(at.x, 0, 1e-9);
  EXPECT_NEAR(at.y, 0, 1e-9);
}

TEST(ALensWithoutCoefficientsBendsAsItsModelSays) {
  CameraParams camera = WholeImage(40, 40);
  camera.lens = Lens::kRadTan;
  EXPECT_NEAR(Distort(camera, {0.3, -0.7}).x, 0.3, 1e-15);
  camera.lens = Lens::kFisheye;
  const double bent = std::atan(1.0);
  EXPECT_NEAR(Distort(camera, {1, 0}).x, bent, 1e-15);
  EXPECT_NEAR(Distort(camera, {0, 0}).x, 0, 0);
}

TEST(TheRadialTermsMultiplyTheRay) {
  CameraParams camera = WholeImage(40, 40);
  camera.lens = Lens::kRadTan;
  camera.distortion = {0.1, 0.2, 0, 0, 0.3};
  const Point bent = Distort(camera, {0.6, 0.8});
  EXPECT_NEAR(bent.x, 0.6 * 1.6, 1e-12);
  EXPECT_NEAR(bent.y, 0.8 * 1.6, 1e-12);
}

TEST(TheTangentialTermsFollowOpenCv) {
  CameraParams camera = WholeImage(40, 40);
  camera.lens = Lens::kRadTan;
  camera.distortion = {0, 0, 0.01, 0.02, 0};
  const Point bent = Distort(camera, {0.5, 0.25});
  const double r2 = 0.3125;
  EXPECT_NEAR(bent.x, 0.5 + 2 * 0.01 * 0.125 + 0.02 * (r2 + 0.5), 1e-12);
  EXPECT_NEAR(bent.y, 0.25 + 0.01 * (r2 + 0.125) + 2 * 0.02 * 0.125, 1e-12);
}

}  // namespace
}  // namespace mien::test
