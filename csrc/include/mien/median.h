// The median image of many: a face at rest, without those who blinked.

#ifndef MIEN_MEDIAN_H_
#define MIEN_MEDIAN_H_

#include "mien/image.h"
#include "mien/status.h"

namespace mien {

// Writes the median of each pixel; of an even number of images the mean of the middle two.
//
// Requires  1..32767 images; a median of their size which shares no memory with them.
// Returns   kOk, or the first violated requirement; `median` is then untouched.
// Cost      ten comparisons per pixel and image; allocates 64 bytes per image.
// Threads   safe; no shared state.
Status MedianImage(const GrayStack& images, const FloatImage& median) noexcept;

}  // namespace mien

#endif  // MIEN_MEDIAN_H_
