// A headset's cameras as made-up pictures, and what is done with each frame of theirs.

#ifndef MIEN_BENCH_FACE_RIG_H_
#define MIEN_BENCH_FACE_RIG_H_

#include <array>
#include <cstdint>
#include <vector>

#include "mien/flow.h"
#include "mien/frame.h"
#include "mien/motion.h"
#include "mien/one_euro.h"
#include "mien/preprocess.h"

namespace mien::bench {

constexpr int kMaxCameras = 4;
constexpr int kSensorPx = 400;
constexpr int kCropPx = 128;
constexpr int kRegions = 5;
// Pictures per camera, shown over and over: more than a cache holds at 4 cameras.
constexpr int kPictures = 8;

// One camera: its pictures, and all that the core keeps for it.
class FaceCamera {
 public:
  // `seed` makes the pictures.
  Status Create(int seed);

  Status TakeFrame(int frame);
  Status TakeYuyv();
  // Of the last crop and the one before, from nothing.
  Status WholeFlow();
  // The same, as the frame loop does it: the crop before is ready.
  Status NextFlow();
  Status Motion();

  float middle_down_px() const { return values_[0].mean_y_px; }

 private:
  GrayView Crop(int which) const;

  Preprocess preprocess_;
  DenseFlow flow_;
  std::array<FlowImage, 2> images_;
  RegionMotion motion_;
  std::vector<std::vector<std::uint8_t>> pictures_;
  std::vector<std::uint8_t> yuyv_;
  std::array<std::vector<std::uint8_t>, 2> crops_;
  std::vector<std::int8_t> codes_;
  std::vector<float> flow_px_;
  std::vector<float> confidence_;
  std::array<RegionValues, kRegions> values_{};
  Slip slip_;
  int newest_ = 0;
};

// Several cameras and the smoothing of the values.
class FaceRig {
 public:
  Status Create(int cameras);

  // All that a frame of the first `cameras` cameras goes through, but for the networks.
  Status Step(int cameras);
  Status Smooth();

  FaceCamera& camera(int index) { return cameras_[static_cast<std::size_t>(index)]; }
  int NextFrame() { return ++frame_; }

 private:
  std::vector<FaceCamera> cameras_;
  OneEuro filter_;
  std::vector<float> values_;
  int frame_ = 0;
};

}  // namespace mien::bench

#endif  // MIEN_BENCH_FACE_RIG_H_
