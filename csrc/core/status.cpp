#include "mien/status.h"

namespace mien {

const char* Describe(Status status) noexcept {
  switch (status) {
    case Status::kOk:
      return "fine";
    case Status::kNoMemory:
      return "expected enough memory";
    case Status::kNotReady:
      return "expected an object that was created, and images that were set";
    case Status::kBadImage:
      return "expected pixels in rows that do not overlap";
    case Status::kBadShape:
      return "expected the size the object was made for";
    case Status::kNull:
      return "expected something to read and somewhere to write, got null";
    case Status::kOverlap:
      return "expected outputs that share no memory with another argument";
    case Status::kBadCamera:
      return "expected width, height 1..16384 and finite fx, fy > 0, cx, cy";
    case Status::kBadLens:
      return "expected a known lens with finite coefficients";
    case Status::kBadCrop:
      return "expected x0 < x1, y0 < y1, rotation -180..180, size 8..1024 and a finite way "
             "through the lens";
    case Status::kBadNormalise:
      return "expected odd window_px 9..127, std_floor 0.5..64, scale 1e-6..1e3, zero_point "
             "-128..127";
    case Status::kBadFlowSize:
      return "expected width, height 16..2048";
    case Status::kBadFlowParams:
      return "expected levels 1..6, window_px 6, 10, 14 or 18, updates 1..5, smoothing_px 2 (off), "
             "6, "
             "10, 14 or 18";
    case Status::kBadFollowParams:
      return "expected step_px 2..16, key_gain 0..1";
    case Status::kBadCount:
      return "expected at most 32767 images";
    case Status::kBadRegions:
      return "expected 1..1024 maps of finite weights >= 0 with some > 0, and a reference of at "
             "least 8 pixels, all of one size";
    case Status::kBadSlip:
      return "expected finite a, b, tx, ty";
    case Status::kBadFilter:
      return "expected count 1..4096, cut-offs 0.01..1000 Hz, beta 0..100";
    case Status::kBadKernels:
      return "expected kernels that this CPU can run; see kernel_tables()";
  }
  return "expected a known status";
}

}  // namespace mien
