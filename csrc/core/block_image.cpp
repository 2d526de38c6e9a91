#include "core/block_image.h"

#include <algorithm>

namespace mien {
namespace {

constexpr int kVector = 16;  // kernels work on whole vectors of int16

// The largest shift that keeps a sum in 16 bits, and a factor that is never too small: a flat
// block's level is its gray level times 128, exactly.
BlockScale ScaleOf(int block_pixels) noexcept {
  BlockScale scale;
  while ((block_pixels * 255) << (scale.shift + 1) < 65536) ++scale.shift;
  const int shifted = block_pixels << scale.shift;
  scale.factor = static_cast<std::uint16_t>(((1 << 23) + shifted - 1) / shifted);
  return scale;
}

// Which of `PreprocessKernels::sum_blocks`.
int KernelIndex(const BlockAxis& axis) noexcept {
  return axis.pitch == 1 ? axis.span - 1 : axis.span;
}

}  // namespace

// The limits lie where errors against a supersampled crop cross, on real eyes and mouths. Blocks
// side by side, as wide as a footprint, were the other way: two to four times the error.
BlockAxis BlockAxis::For(double footprint_px) noexcept {
  BlockAxis axis;
  if (footprint_px < 2.4) {
    axis.span = footprint_px < 1.25 ? 1 : 2;
    return axis;
  }
  axis.pitch = 2;
  while (axis.pitch < 8 && footprint_px >= 2.6 * axis.pitch) axis.pitch *= 2;
  const double pitches = footprint_px / axis.pitch;
  axis.span = pitches < 1.5 ? axis.pitch : pitches < 1.95 ? axis.pitch * 3 / 2 : axis.pitch * 2;
  return axis;
}

double BlockAxis::At(double sensor_px, int side_px) const noexcept {
  const int last = (side_px - 1) / pitch;
  return std::clamp((sensor_px - (span - 1) / 2.0) / pitch, 0.0, static_cast<double>(last));
}

bool BlockImage::Create(const BlockAxis& x, const BlockAxis& y,
                        const PreprocessKernels& kernels) noexcept {
  x_ = x;
  y_ = y;
  kernels_ = kernels;
  scale_ = ScaleOf(x.span * y.span);
  columns_ = x;
  if (x.pitch > 2) {
    // Pairs of columns come first; `JoinColumns` makes blocks of them.
    columns_.pitch = 2;
    columns_.span = 2;
    columns_.first = x.first * x.pitch / 2;
    columns_.count = ((x.count - 1) * x.pitch + x.span) / 2;
  }
  stride_ = (x.count + kVector - 1) / kVector * kVector;
  row_px_ = (stride_ + kVector) * x.pitch + kVector;
  const auto stride = static_cast<std::size_t>(stride_);
  const auto row_px = static_cast<std::size_t>(row_px_);
  return gray_.Allocate(row_px * kMaxSpan) && sums_.Allocate(row_px) &&
         levels_[0].Allocate(stride) && levels_[1].Allocate(stride) &&
         quads_.Allocate(2 * stride * static_cast<std::size_t>(y.count));
}

// The part of a sensor row under the blocks.
const std::uint8_t* BlockImage::GrayRow(const FrameView& frame, int y) noexcept {
  const int x0 = x_.first * x_.pitch;
  const std::uint8_t* row = frame.Row(y) + x0 * BytesPerPixel(frame.format);
  if (frame.format == PixelFormat::kGray8 || frame.format == PixelFormat::kNv12) return row;
  const int slot = y % kMaxSpan;
  std::uint8_t* gray = gray_.data() + slot * row_px_;
  if (held_[slot] == y) return gray;
  held_[slot] = y;
  const int used = (x_.count - 1) * x_.pitch + x_.span;
  const bool is_yuyv = frame.format == PixelFormat::kYuyv;
  const auto convert = is_yuyv ? kernels_.gray_of_yuyv_row : kernels_.gray_of_bgr_row;
  convert(row, std::min(frame.width - x0, used), gray);
  return gray;
}

void BlockImage::SumRows(const FrameView& frame, int y) noexcept {
  const std::uint8_t* rows[kMaxSpan];
  for (int k = 0; k < y_.span; ++k) {
    rows[k] = GrayRow(frame, std::min((y_.first + y) * y_.pitch + k, frame.height - 1));
  }
  const int width = frame.width - columns_.first * columns_.pitch;
  const int room = width - columns_.span;
  const int whole = room < 0 ? 0 : std::min(room / columns_.pitch + 1, columns_.count);
  if (whole > 0) {
    kernels_.sum_blocks[KernelIndex(columns_)](rows, y_.span, whole, sums_.data());
  }
  for (int i = whole; i < columns_.count; ++i) SumCutBlock(rows, width, i);
}

// A block that the frame's right border cuts: it is repeated.
void BlockImage::SumCutBlock(const std::uint8_t* const* rows, int width, int block) noexcept {
  int sum = 0;
  for (int k = 0; k < y_.span; ++k) {
    for (int j = 0; j < columns_.span; ++j) {
      sum += rows[k][std::min(columns_.pitch * block + j, width - 1)];
    }
  }
  sums_[static_cast<std::size_t>(block)] = static_cast<std::int16_t>(sum);
}

// Pairs of columns are joined up to half a pitch; a block is two, three or four of these.
void BlockImage::JoinColumns() noexcept {
  std::int16_t* sums = sums_.data();
  for (int rest = x_.pitch / 4; rest > 1; rest /= 2)
    kernels_.sum_pairs(sums, (x_.count + 1) * rest);
  if (2 * x_.span == 3 * x_.pitch) {
    kernels_.sum_triples(sums, x_.count);
    return;
  }
  kernels_.sum_pairs(sums, x_.count + 1);
  if (x_.span == 2 * x_.pitch) kernels_.sum_next(sums, x_.count);
}

void BlockImage::Run(const FrameView& frame) noexcept {
  std::fill(held_, held_ + kMaxSpan, -1);
  for (int y = 0; y < y_.count; ++y) {
    SumRows(frame, y);
    if (x_.pitch > 2) JoinColumns();
    // The first row has none above it: what it writes is written anew by the second.
    std::int16_t* quads = quads_.data() + Offset(0, std::max(y - 1, 0));
    kernels_.quads_row(sums_.data(), scale_, x_.count, levels_[(y + 1) % 2].data(),
                       levels_[y % 2].data(), quads);
  }
}

}  // namespace mien
