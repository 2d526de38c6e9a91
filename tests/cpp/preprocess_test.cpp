#include "mien/preprocess.h"

#include <algorithm>
#include <cmath>

#include "harness.h"
#include "images.h"

namespace mien::test {
namespace {

struct Crop {
  Image<std::uint8_t> gray;
  Image<std::int8_t> quant;
};

Crop Run(const CameraParams& camera, const PreprocessParams& params, const GrayView& sensor) {
  Preprocess preprocess;
  EXPECT(Preprocess::Create(camera, params, &preprocess) == Status::kOk);
  Crop crop{{params.size, params.size}, {params.size, params.size}};
  EXPECT(preprocess.Run(sensor, crop.gray.Mutable(), crop.quant.Mutable()) == Status::kOk);
  return crop;
}

struct Stats {
  double mean;
  double gain;
};

// The slow twin: the formula of preprocess.h, word by word, in double.
Stats StatsAt(const Image<std::uint8_t>& gray, const PreprocessParams& params, int x, int y) {
  const int radius = params.window_px / 2;
  double sum = 0;
  double square = 0;
  for (int dy = -radius; dy <= radius; ++dy) {
    for (int dx = -radius; dx <= radius; ++dx) {
      const double value =
          gray.At(std::clamp(x + dx, 0, gray.width - 1), std::clamp(y + dy, 0, gray.height - 1));
      sum += value;
      square += value * value;
    }
  }
  const double area = params.window_px * params.window_px;
  const double mean = sum / area;
  const double deviation = std::sqrt(std::fmax(square / area - mean * mean, 0));
  const auto floor = static_cast<double>(params.std_floor);
  return {mean, std::fmin(1 / ((deviation + floor) * static_cast<double>(params.scale)), 127.99)};
}

Stats Between(const Stats& a, const Stats& b, double share) {
  return {a.mean + (b.mean - a.mean) * share, a.gain + (b.gain - a.gain) * share};
}

double StepsAt(const Image<std::uint8_t>& gray, const PreprocessParams& params, int x, int y) {
  const int x0 = x / 4 * 4;
  const int y0 = y / 4 * 4;
  const auto row = [&](int at_y) {
    return Between(StatsAt(gray, params, x0, at_y), StatsAt(gray, params, x0 + 4, at_y),
                   (x - x0) / 4.0);
  };
  const Stats stats = Between(row(y0), row(y0 + 4), (y - y0) / 4.0);
  return (gray.At(x, y) - stats.mean) * stats.gain;
}

// Mean and gain have 7 and 8 + shift bits after the point; see normalise.cpp.
double Tolerance(const PreprocessParams& params) {
  const double largest = 1 / static_cast<double>(params.std_floor * params.scale);
  const double gain = std::fmin(largest, 127.99);
  return 0.5 + 0.02 * gain + 0.04 * gain;
}

void ExpectCodes(const Crop& crop, const PreprocessParams& params) {
  double error = 0;
  for (int y = 0; y < params.size; ++y) {
    for (int x = 0; x < params.size; ++x) {
      const double code = StepsAt(crop.gray, params, x, y) + params.zero_point;
      const double wanted = std::fmin(std::fmax(code, -128), 127);
      const double got = crop.quant.At(x, y);
      EXPECT_NEAR(got, wanted, Tolerance(params));
      error += (got - wanted) * (got - wanted);
    }
  }
  // Rounding alone makes 0.29.
  EXPECT(params.scale < 0.01F || std::sqrt(error / (params.size * params.size)) < 0.31);
}

TEST(TheCodesFollowTheFormula) {
  for (int window : {9, 33}) {
    for (int zero_point : {0, -5, 127}) {
      PreprocessParams params;
      params.size = 40;
      params.window_px = window;
      params.zero_point = zero_point;
      ExpectCodes(Run(WholeImage(40, 40), params, Noise(40, 40, 1).View()), params);
      ExpectCodes(Run(WholeImage(40, 40), params, Texture(40, 40).View()), params);
    }
  }
}

TEST(TheCodesAreClampedOnBothSides) {
  PreprocessParams params;
  params.size = 40;
  params.scale = 1e-6F;
  const Crop crop = Run(WholeImage(40, 40), params, Noise(40, 40, 2).View());
  ExpectCodes(crop, params);
  EXPECT(*std::min_element(crop.quant.pixels.begin(), crop.quant.pixels.end()) == -128);
  EXPECT(*std::max_element(crop.quant.pixels.begin(), crop.quant.pixels.end()) == 127);
}

TEST(AFlatImageHasTheZeroPointEverywhere) {
  PreprocessParams params;
  params.size = 16;
  params.zero_point = 11;
  for (int gray : {0, 1, 128, 255}) {
    const Image<std::uint8_t> flat(16, 16, static_cast<std::uint8_t>(gray));
    for (std::int8_t code : Run(WholeImage(16, 16), params, flat.View()).quant.pixels) {
      EXPECT(code == 11);
    }
  }
}

TEST(OutputsMayBePartsOfLargerImages) {
  PreprocessParams params;
  params.size = 16;
  const auto sensor = Noise(48, 48, 3);
  const Crop wanted = Run(WholeImage(48, 48), params, sensor.View());
  Preprocess preprocess;
  EXPECT(Preprocess::Create(WholeImage(48, 48), params, &preprocess) == Status::kOk);
  Image<std::uint8_t> gray(20, 18, 99);
  Image<std::int8_t> quant(21, 18, 99);
  EXPECT(preprocess.Run(sensor.View(), {&gray.At(2, 1), 16, 16, 20},
                        {&quant.At(3, 1), 16, 16, 21}) == Status::kOk);
  for (int y = 0; y < 18; ++y) {
    for (int x = 0; x < 20; ++x) {
      const bool is_in = x >= 2 && x < 18 && y >= 1 && y < 17;
      EXPECT(gray.At(x, y) == (is_in ? wanted.gray.At(x - 2, y - 1) : 99));
    }
    for (int x = 0; x < 21; ++x) {
      const bool is_in = x >= 3 && x < 19 && y >= 1 && y < 17;
      EXPECT(quant.At(x, y) == (is_in ? wanted.quant.At(x - 3, y - 1) : 99));
    }
  }
}

TEST(ASecondFrameDoesNotRememberTheFirst) {
  PreprocessParams params;
  params.size = 32;
  Preprocess preprocess;
  EXPECT(Preprocess::Create(WholeImage(70, 60), params, &preprocess) == Status::kOk);
  Crop crop{{32, 32}, {32, 32}};
  const auto second = Noise(70, 60, 5);
  for (const auto& sensor : {Noise(70, 60, 4), second}) {
    EXPECT(preprocess.Run(sensor.View(), crop.gray.Mutable(), crop.quant.Mutable()) == Status::kOk);
  }
  const Crop fresh = Run(WholeImage(70, 60), params, second.View());
  EXPECT(crop.gray.pixels == fresh.gray.pixels);
  EXPECT(crop.quant.pixels == fresh.quant.pixels);
}

}  // namespace
}  // namespace mien::test
