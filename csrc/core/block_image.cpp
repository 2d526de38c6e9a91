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
  stride_ = (x.count + kVector - 1) / kVector * kVector;
  row_px_ = (stride_ + kVector) * x.pitch + kVector;
  const auto stride = static_cast<std::size_t>(stride_);
  const auto row_px = static_cast<std::size_t>(row_px_);
  return gray_.Allocate(row_px * kMaxSpan) && sums_.Allocate(row_px) &&
         levels_[0].Allocate(stride) && levels_[1].Allocate(stride) &&
         quads_.Allocate(2 * stride * static_cast<std::size_t>(y.count));
}

// A sensor row from the first block on, as gray: converted once though blocks overlap.
const std::uint8_t* BlockImage::Converted(const FrameView& frame, int y) noexcept {
  const int slot = y % kMaxSpan;
  std::uint8_t* gray = gray_.data() + slot * row_px_;
  if (held_[slot] == y) return gray;
  held_[slot] = y;
  const int x0 = x_.first * x_.pitch;
  const int used = (x_.count - 1) * x_.pitch + x_.span;
  const bool is_yuyv = frame.format == PixelFormat::kYuyv;
  const auto convert = is_yuyv ? kernels_.gray_of_yuyv_row : kernels_.gray_of_bgr_row;
  convert(frame.Row(y) + x0 * BytesPerPixel(frame.format), std::min(frame.width - x0, used), gray);
  return gray;
}

void BlockImage::FindRows(const FrameView& frame, int y, BlockRows* in) noexcept {
  const bool is_gray = BytesPerPixel(frame.format) == 1;
  const int first = (y_.first + y) * y_.pitch;
  for (int k = 0; k < y_.span; ++k) {
    const int row = std::min(first + k, frame.height - 1);
    in->rows[k] = is_gray ? frame.Row(row) + x_.first * x_.pitch : Converted(frame, row);
  }
}

// A block that the frame's right border cuts: it is repeated.
int BlockImage::SumCutBlock(const BlockRows& in, int first_px, int span) const noexcept {
  int sum = 0;
  for (int k = 0; k < in.count; ++k) {
    for (int j = 0; j < span; ++j) sum += in.rows[k][std::min(first_px + j, width_px_ - 1)];
  }
  return sum;
}

// Sums of pixels: over the blocks or, if these are wider, over the pairs of columns in them.
void BlockImage::SumPixels(const BlockRows& in) noexcept {
  const bool is_wide = x_.pitch > 2;
  const int pitch = is_wide ? 2 : x_.pitch;
  const int span = is_wide ? 2 : x_.span;
  const int count = is_wide ? ((x_.count - 1) * x_.pitch + x_.span) / 2 : x_.count;
  const int whole = width_px_ < span ? 0 : std::min((width_px_ - span) / pitch + 1, count);
  // Those that begin beyond the border have no weight.
  const int inside = is_wide ? count : std::min((width_px_ - 1) / pitch + 1, count);
  if (whole > 0) kernels_.sum_blocks[pitch == 1 ? span - 1 : span](in, whole, sums_.data());
  for (int i = whole; i < inside; ++i) {
    sums_[static_cast<std::size_t>(i)] =
        static_cast<std::int16_t>(SumCutBlock(in, pitch * i, span));
  }
}

// Pairs of columns are joined up to half a pitch; a block is two, three or four of these.
void BlockImage::JoinColumns() noexcept {
  std::int16_t* sums = sums_.data();
  for (int rest = x_.pitch / 4; rest > 1; rest /= 2) {
    kernels_.sum_pairs(sums, (x_.count + 1) * rest);
  }
  if (2 * x_.span == 3 * x_.pitch) {
    kernels_.sum_triples(sums, x_.count);
    return;
  }
  kernels_.sum_pairs(sums, x_.count + 1);
  if (x_.span == 2 * x_.pitch) kernels_.sum_next(sums, x_.count);
}

void BlockImage::Run(const FrameView& frame) noexcept {
  width_px_ = frame.width - x_.first * x_.pitch;
  std::fill(held_, held_ + kMaxSpan, -1);
  BlockRows in;
  in.count = y_.span;
  for (int y = 0; y < y_.count; ++y) {
    // The first row has none above it: what it writes is written anew by the second.
    const QuadRows out{levels_[(y + 1) % 2].data(), levels_[y % 2].data(),
                       quads_.data() + Offset(0, std::max(y - 1, 0))};
    FindRows(frame, y, &in);
    SumPixels(in);
    if (x_.pitch > 2) JoinColumns();
    kernels_.quads_row(sums_.data(), scale_, x_.count, out);
  }
}

}  // namespace mien
