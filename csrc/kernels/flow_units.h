// The fixed-point units of the dense flow, shared by its kernels and their callers.

#ifndef MIEN_KERNELS_FLOW_UNITS_H_
#define MIEN_KERNELS_FLOW_UNITS_H_

#include <cstdint>

namespace mien {

// Image values: gray over its local contrast. 2^-7 is a tenth of a sensor's noise where that is
// least; limited to just under 4, which few pixels reach.
constexpr int kImageOne = 128;
constexpr std::int16_t kImageMax = 511;

// Difference of two images beyond which a pixel has no more to say, half a contrast: an edge that
// only one image has does not outvote its window.
constexpr std::int16_t kDifferenceMax = 64;

// Flow where images are read: 2^-7 px, +-127 px, so that differences of two fit int16.
constexpr int kFlowBits = 7;
constexpr std::int16_t kFlowOne = 1 << kFlowBits;
constexpr float kFlowMaxPx = 127.0F;

// Texture at which the confidence of a perfect match is one half, in squared contrast per squared
// pixel.
constexpr float kHalfTexture = 2e-3F;

// Places of eight pixels in a row, as pairs (x, y).
constexpr std::int16_t kPairLanes[16] = {0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0};
// Middles of eight cells in a row, pixels.
constexpr float kCellMiddles[8] = {0.5F, 2.5F, 4.5F, 6.5F, 8.5F, 10.5F, 12.5F, 14.5F};

// The box over which contrast is measured, in cells of 2 x 2 pixels: narrow enough that a shadow's
// edge is levelled out, wide enough that motion of a few pixels does not change a pixel's own
// normalisation. 5, 7, 9 and, with cells of 4 x 4, 3 and 5 were tried.
constexpr int kContrastCells = 7;
// What is added to the deviation, so that flat skin's noise does not become texture: gray levels,
// and a share of the mean gray. Noise grows with light, and a share lets gain cancel.
constexpr float kContrastFloor = 2.0F;
constexpr float kContrastFloorShare = 0.02F;

// Sums of a window of gradient products, in the order of the rows they stand in.
enum Product { kXx, kXy, kYy, kXt, kYt, kTt, kProducts };

// Widest window, in cells. Its products stay below 81 * 2^24 < 2^31.
constexpr int kMaxWindowCells = 9;

// What `normalise_row` reads: of the near and of the far row of cells.
struct CellStatRows {
  const std::int16_t* mean[2];
  const std::int16_t* inverse[2];
  std::int16_t* mean_scratch;
  std::int16_t* inverse_scratch;
};

// Where `warp_row` reads.
struct WarpPlace {
  int width;   // of the image, pixels
  int height;  // rows
  int stride;  // numbers from one row to the next
  int y;       // the row
};

// What `products_row` reads.
struct ProductRows {
  const std::int16_t* sum[4];         // of both images: the row above, the two, the one below
  const std::int16_t* difference[2];  // of the two rows
  const std::int16_t* is_inside[2];   // of the two rows
  const std::int16_t* counts;         // all ones for columns that count, else 0
  std::int16_t has_upper;             // all ones if the upper row counts, else 0
  std::int16_t has_lower;
};

// What `grade_row` reads.
struct GradeInput {
  const float* sums;    // kProducts rows of window sums
  int stride;           // from one of them to the next
  int window;           // side of the window, cells
  const float* before;  // flow before the last step, pairs
  const float* after;   // flow after it was smoothed, pairs
  float y;              // row of the cells' middle, pixels
  float right;          // last column that a cell covers, pixels
  float bottom;         // last row
};

}  // namespace mien

#endif  // MIEN_KERNELS_FLOW_UNITS_H_
