// From a sensor image to the crop the model and the flow read.
//
// A crop pixel goes: (u, v) in 0..1 -> mirrored -> rotated about the crop's middle ->
// undistorted pixel in the crop box -> normalised ray -> lens -> sensor pixel. The way is
// computed once; per frame the sensor image is averaged over boxes about as large as a crop
// pixel's footprint and read bilinearly; outside, the boxes at its border are repeated. Then
//
//   code = clamp(round((gray - mean) * gain) + zero_point)
//   gain = min(1 / ((deviation + std_floor) * scale), 128)
//
// with mean and deviation over a box around the pixel (border repeated), rounding to nearest,
// clamped to -128..127. Mean and gain are computed for every fourth column and row, in 16 bits, and
// are bilinear between them: half a code, root mean square, from computing them for every pixel,
// at a sixteenth of the roots and divisions. The result is the same to the last bit on every CPU.

#ifndef MIEN_PREPROCESS_H_
#define MIEN_PREPROCESS_H_

#include <array>
#include <memory>

#include "mien/frame.h"
#include "mien/status.h"

namespace mien {

enum class Lens {
  kPinhole,  // no coefficients
  kRadTan,   // OpenCV: k1 k2 p1 p2 k3
  kFisheye,  // OpenCV fisheye: k1 k2 k3 k4
};

struct CameraParams {
  int width = 0;   // sensor image, pixels
  int height = 0;  // sensor image, pixels
  double fx = 0;   // focal lengths, pixels, > 0
  double fy = 0;
  double cx = 0;  // principal point, pixels; a pixel's centre has whole coordinates
  double cy = 0;
  Lens lens = Lens::kPinhole;
  std::array<double, 5> distortion{};    // in the order of `Lens`; the rest 0
  std::array<double, 4> crop_xyxy_px{};  // in undistorted pixels, may reach over the image
  double rotation_deg = 0;               // clockwise turn of the crop's content, -180..180
  bool is_mirrored = false;              // flip the crop left to right, after the turn
};

struct PreprocessParams {
  int size = 128;          // side of the crop, pixels, 8..1024
  int window_px = 33;      // side of the normalisation box, odd, 9..127
  float std_floor = 6;     // gray levels, 0.5..64
  float scale = 1 / 32.F;  // real value of one code, 1e-6..1e3; from the model file
  int zero_point = 0;      // code of real 0, -128..127; from the model file
};

class Preprocess {
 public:
  Preprocess() noexcept;
  Preprocess(Preprocess&&) noexcept;
  Preprocess& operator=(Preprocess&&) noexcept;
  ~Preprocess();

  // Computes the plan and allocates all that `Run` needs; `preprocess` is untouched on failure.
  //
  // Requires  the ranges stated at the fields; a crop that the lens maps to finite pixels.
  // Cost      size * size lens evaluations.
  static Status Create(const CameraParams& camera, const PreprocessParams& params,
                       Preprocess* preprocess) noexcept;

  // Writes the gray crop and its codes. The views must not overlap.
  //
  // Requires  `frame` of the camera's size; `gray` and `quant` of size x size.
  // Returns   kOk, or the first violated requirement; the outputs are then untouched.
  // Cost      one read per sensor pixel under the crop, no allocation.
  // Threads   one call at a time per object.
  Status Run(const FrameView& frame, const GrayImage& gray, const QuantImage& quant) noexcept;
  Status Run(const GrayView& frame, const GrayImage& gray, const QuantImage& quant) noexcept {
    return Run(FrameOf(frame), gray, quant);
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mien

#endif  // MIEN_PREPROCESS_H_
