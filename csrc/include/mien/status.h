// What can go wrong in the core, one enumerator per cause.

#ifndef MIEN_STATUS_H_
#define MIEN_STATUS_H_

namespace mien {

enum class [[nodiscard]] Status {
  kOk,
  kNoMemory,         // the system gave no memory at construction
  kNotReady,         // an object that was never created, set, or was moved from
  kBadImage,         // an image without pixels, or rows that overlap
  kBadShape,         // an image of another size than the object was made for
  kNull,             // a null pointer for something to read or to write
  kOverlap,          // an output that shares memory with another argument
  kBadCamera,        // sensor size or intrinsics
  kBadLens,          // lens kind or coefficients
  kBadCrop,          // crop box, rotation or crop size
  kBadNormalise,     // window, floor, scale or zero point
  kBadFlowSize,      // size of the flow's images
  kBadFlowParams,    // levels, window, updates or smoothing
  kBadFollowParams,  // step of the grid or gain of the key frame
  kBadCount,         // number of images
  kBadRegions,       // region weights or the reference mask
  kBadSlip,          // a slip to remove that is not finite
  kBadFilter,        // One Euro settings or number of values
  kBadKernels,       // an instruction set that this CPU lacks
};

// The sentence of a status: "expected <rule>", lower case, no full stop.
const char* Describe(Status status) noexcept;

}  // namespace mien

#endif  // MIEN_STATUS_H_
