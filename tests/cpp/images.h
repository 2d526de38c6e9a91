// Images that tests make for themselves.

#ifndef MIEN_TESTS_IMAGES_H_
#define MIEN_TESTS_IMAGES_H_

#include <cmath>
#include <cstdint>
#include <vector>

#include "mien/image.h"
#include "mien/preprocess.h"

namespace mien::test {

// An image that owns its pixels.
template <typename T>
struct Image {
  int width;
  int height;
  std::vector<T> pixels;

  Image(int w, int h, T fill = T{})
      : width(w),
        height(h),
        pixels(static_cast<std::size_t>(w) * static_cast<std::size_t>(h), fill) {}

  T& At(int x, int y) { return pixels[static_cast<std::size_t>(y * width + x)]; }
  const T& At(int x, int y) const { return pixels[static_cast<std::size_t>(y * width + x)]; }

  ImageView<const T> View() const { return {pixels.data(), width, height, width}; }
  ImageView<T> Mutable() { return {pixels.data(), width, height, width}; }
};

// The same sequence everywhere, unlike the distributions of <random>.
class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed * 2654435761U + 1) {}

  std::uint32_t Next() {
    state_ = state_ * 1664525U + 1013904223U;
    return state_ >> 8;
  }

  // 0..limit-1.
  int Below(int limit) { return static_cast<int>(Next() % static_cast<std::uint32_t>(limit)); }

  // 0..1.
  double Unit() { return Next() / 16777216.0; }

 private:
  std::uint32_t state_;
};

inline Image<std::uint8_t> Noise(int width, int height, std::uint32_t seed) {
  Image<std::uint8_t> image(width, height);
  Random random(seed);
  for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(random.Below(256));
  return image;
}

// Random number of a lattice point, -1..1.
inline double LatticeAt(int x, int y, int octave) {
  const auto mix = static_cast<std::uint32_t>(x) * 73856093U ^
                   static_cast<std::uint32_t>(y) * 19349663U ^
                   static_cast<std::uint32_t>(octave) * 83492791U;
  Random random(mix);
  random.Next();
  return 2 * random.Unit() - 1;
}

// A smooth texture, known at every place: value noise of 6, 12, 24 and 48 pixels, the larger the
// stronger, as in pictures of the world. A few sines would not do: they repeat, and so do matches.
inline double TextureAt(double x, double y) {
  double gray = 128;
  double side = 6;
  for (int octave = 0; octave < 4; ++octave, side *= 2) {
    const double column = std::floor(x / side);
    const double row = std::floor(y / side);
    double fx = x / side - column;
    double fy = y / side - row;
    fx = fx * fx * (3 - 2 * fx);
    fy = fy * fy * (3 - 2 * fy);
    const int c = static_cast<int>(column);
    const int r = static_cast<int>(row);
    const double upper = LatticeAt(c, r, octave) * (1 - fx) + LatticeAt(c + 1, r, octave) * fx;
    const double lower =
        LatticeAt(c, r + 1, octave) * (1 - fx) + LatticeAt(c + 1, r + 1, octave) * fx;
    gray += (20 + 6 * octave) * (upper * (1 - fy) + lower * fy);
  }
  return gray;
}

// The texture after it moved by (shift_x, shift_y).
inline Image<std::uint8_t> Texture(int width, int height, double shift_x = 0, double shift_y = 0) {
  Image<std::uint8_t> image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double gray = TextureAt(x - shift_x, y - shift_y);
      image.At(x, y) = static_cast<std::uint8_t>(std::lround(std::fmin(std::fmax(gray, 0), 255)));
    }
  }
  return image;
}

// A pinhole camera whose crop is its whole image.
inline CameraParams WholeImage(int width, int height) {
  CameraParams camera;
  camera.width = width;
  camera.height = height;
  camera.fx = width;
  camera.fy = width;
  camera.cx = (width - 1) / 2.0;
  camera.cy = (height - 1) / 2.0;
  camera.crop_xyxy_px = {-0.5, -0.5, width - 0.5, height - 0.5};
  return camera;
}

}  // namespace mien::test

#endif  // MIEN_TESTS_IMAGES_H_
