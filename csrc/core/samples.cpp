#include "core/samples.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

namespace mien {
namespace {

struct Box {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // ends are past the last pixel

  int width() const noexcept { return x1 - x0; }
  int height() const noexcept { return y1 - y0; }
};

struct BoxOfPart {
  Box box;
  std::int64_t pixels = 0;
};

// The pixels of weight > 0 in rows `first` to `end`, and the box around them.
BoxOfPart FindBox(const WeightMap& map, int first, int end) noexcept {
  BoxOfPart part;
  part.box = {map.width, end, 0, first};
  for (int y = first; y < end; ++y) {
    const float* row = map.Row(y);
    for (int x = 0; x < map.width; ++x) {
      if (!(row[x] > 0)) continue;
      ++part.pixels;
      part.box.x0 = std::min(part.box.x0, x);
      part.box.x1 = std::max(part.box.x1, x + 1);
      part.box.y0 = std::min(part.box.y0, y);
      part.box.y1 = y + 1;
    }
  }
  return part;
}

// A box cut into equal patches, up to a pixel.
struct Grid {
  Box box;
  int columns = 1;
  int rows = 1;

  Grid(const Box& around, double pitch) noexcept
      : box(around), columns(Parts(around.width(), pitch)), rows(Parts(around.height(), pitch)) {}

  int size() const noexcept { return columns * rows; }

  Box Patch(int index) const noexcept {
    const int i = index % columns;
    const int j = index / columns;
    return {box.x0 + Edge(i, columns, box.width()), box.y0 + Edge(j, rows, box.height()),
            box.x0 + Edge(i + 1, columns, box.width()), box.y0 + Edge(j + 1, rows, box.height())};
  }

  // Whether the patch is a black field of the chessboard that they make.
  bool IsBlack(int index) const noexcept { return (index / columns + index % columns) % 2 == 0; }

 private:
  static int Parts(int length, double pitch) noexcept {
    return std::max(1, static_cast<int>(std::lround(length / pitch)));
  }

  static int Edge(int index, int parts, int length) noexcept {
    return static_cast<int>(static_cast<std::int64_t>(index) * length / parts);
  }
};

WeightSum SumOf(const WeightMap& map, const Box& box) noexcept {
  WeightSum sum;
  for (int y = box.y0; y < box.y1; ++y) {
    const float* row = map.Row(y);
    for (int x = box.x0; x < box.x1; ++x) {
      if (!(row[x] > 0)) continue;
      const auto weight = static_cast<double>(row[x]);
      ++sum.pixels;
      sum.total += weight;
      sum.mean_x += weight * x;
      sum.mean_y += weight * y;
    }
  }
  if (sum.pixels > 0) {
    sum.mean_x /= sum.total;
    sum.mean_y /= sum.total;
  }
  return sum;
}

bool HasAtMost(int limit, const WeightMap& map, const Grid& grid) noexcept {
  if (grid.size() <= limit) return true;
  int occupied = 0;
  for (int i = 0; i < grid.size() && occupied <= limit; ++i) {
    occupied += SumOf(map, grid.Patch(i)).pixels > 0 ? 1 : 0;
  }
  return occupied <= limit;
}

Grid GridOver(const WeightMap& map, const BoxOfPart& part) noexcept {
  const auto pixels = static_cast<double>(part.pixels);
  double pitch = std::clamp(std::sqrt(pixels / kMinSamples), 1.0, kPitchPx);
  pitch = std::max(pitch, std::sqrt(pixels / kMaxSamples));
  Grid grid(part.box, pitch);
  while (!HasAtMost(kMaxSamples, map, grid)) {
    pitch *= 1.01;
    grid = Grid(part.box, pitch);
  }
  return grid;
}

struct Sample {
  int x = 0;
  int y = 0;
  double weight = 0;  // of its patch; 0: none
};

// The pixel of weight > 0 in the box that is nearest to (x, y).
Sample Nearest(const WeightMap& map, const Box& box, double x, double y) noexcept {
  Sample nearest;
  double least = -1;
  for (int row = box.y0; row < box.y1; ++row) {
    for (int column = box.x0; column < box.x1; ++column) {
      if (!(map.Row(row)[column] > 0)) continue;
      const double away = (column - x) * (column - x) + (row - y) * (row - y);
      if (least >= 0 && away >= least) continue;
      least = away;
      nearest = {column, row, 0};
    }
  }
  return nearest;
}

// Takes samples of a grid's patches. Each lies beside its patch's mean by less than a pixel. What
// it is off is put right by the next ones, so that the samples' mean is the part's. Rows of patches
// move up and down as one, but for the last: samples that lie in one row share cache lines.
class Sampler {
 public:
  Sampler(const WeightMap& map, const Grid& grid) noexcept : map_(map), grid_(grid) {}

  Sample Take(int index) noexcept {
    const Box patch = grid_.Patch(index);
    const WeightSum sum = SumOf(map_, patch);
    if (sum.pixels == 0) return {};
    if (patch.y0 != row_ || patch.y1 == grid_.box.y1) {
      const int sharers = patch.y1 == grid_.box.y1 ? 1 : grid_.columns;
      shift_y_ = Shift(owed_y_, sum.total * sharers);
      row_ = patch.y0;
    }
    const double x = sum.mean_x + Shift(owed_x_, sum.total);
    Sample sample = Nearest(map_, patch, x, sum.mean_y + shift_y_);
    sample.weight = sum.total;
    owed_x_ += sum.total * (sum.mean_x - sample.x);
    owed_y_ += sum.total * (sum.mean_y - sample.y);
    return sample;
  }

 private:
  static double Shift(double owed, double weight) noexcept {
    return std::clamp(owed / weight, -0.5, 0.5);
  }

  const WeightMap map_;
  const Grid grid_;
  int row_ = -1;
  double shift_y_ = 0;
  double owed_x_ = 0;
  double owed_y_ = 0;
};

}  // namespace

WeightSum SumOf(const WeightMap& map) noexcept {
  return SumOf(map, {0, 0, map.width, map.height});
}

std::size_t Samples::RoomFor(std::int64_t pixels) noexcept {
  const std::int64_t samples = std::min<std::int64_t>(pixels, kMaxSamples);
  return static_cast<std::size_t>((samples + kSampleLanes - 1) / kSampleLanes * kSampleLanes);
}

bool Samples::Allocate(std::size_t room) noexcept {
  count_ = 0;
  return pixel_.Allocate(room) && offset_.Allocate(room) && x_.Allocate(room) &&
         y_.Allocate(room) && share_.Allocate(room) && pairs_.Allocate(2 * room) &&
         confidence_.Allocate(room);
}

void Samples::Append(int x, int y, const SamplePart& part, double weight) noexcept {
  const auto i = static_cast<std::size_t>(count_++);
  pixel_[i] = {static_cast<std::int16_t>(x), static_cast<std::int16_t>(y)};
  x_[i] = static_cast<float>(x - part.origin_x);
  y_[i] = static_cast<float>(y - part.origin_y);
  share_[i] = static_cast<float>(weight / part.total);
}

SampleSpan Samples::Add(const WeightMap& map, const SamplePart& part) noexcept {
  SampleSpan span = {count_, 0};
  const BoxOfPart found = FindBox(map, part.first_row, part.end_row);
  if (found.pixels == 0) return span;
  const Grid grid = GridOver(map, found);
  Sampler sampler(map, grid);
  const auto take = [&](int index) {
    const Sample sample = sampler.Take(index);
    if (sample.weight > 0) Append(sample.x, sample.y, part, sample.weight);
  };
  for (int i = 0; i < grid.size(); ++i) {
    if (!part.is_halved || grid.IsBlack(i)) take(i);
  }
  for (int i = 0; i < grid.size(); ++i) {
    if (part.is_halved && !grid.IsBlack(i)) take(i);
  }
  // Whole vectors; the rest has no weight.
  count_ = (count_ + kSampleLanes - 1) / kSampleLanes * kSampleLanes;
  assert(static_cast<std::size_t>(count_) <= pixel_.size());
  span.count = count_ - span.first;
  return span;
}

void Samples::FindOffsets(std::ptrdiff_t flow_stride, std::ptrdiff_t confidence_stride) noexcept {
  flow_stride_ = flow_stride;
  confidence_stride_ = confidence_stride;
  for (std::size_t i = 0; i < pixel_.size(); ++i) {
    offset_[i] = {pixel_[i].y * flow_stride + 2 * pixel_[i].x,
                  pixel_[i].y * confidence_stride + pixel_[i].x};
  }
}

void Samples::Read(const FloatView& flow_px, const FloatView& confidence) noexcept {
  const bool is_known = flow_px.stride == flow_stride_ && confidence.stride == confidence_stride_;
  if (!is_known) FindOffsets(flow_px.stride, confidence.stride);
  const Offset* offset = offset_.data();
  const float* flow = flow_px.data;
  const float* trust = confidence.data;
  float* pairs = pairs_.data();
  float* trusts = confidence_.data();
  for (int i = 0, count = count_; i < count; ++i) {
    std::memcpy(pairs + 2 * i, flow + offset[i].flow, 2 * sizeof(float));
    trusts[i] = trust[offset[i].confidence];
  }
}

RawSamples Samples::Raw(const SampleSpan& span) const noexcept {
  return {
      x_.data() + span.first,          y_.data() + span.first,
      share_.data() + span.first,      pairs_.data() + 2 * static_cast<std::ptrdiff_t>(span.first),
      confidence_.data() + span.first, span.count};
}

}  // namespace mien
