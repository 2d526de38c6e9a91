// Flow fields that tests make for themselves.

#ifndef MIEN_TESTS_FLOW_FIELDS_H_
#define MIEN_TESTS_FLOW_FIELDS_H_

#include "images.h"
#include "mien/motion.h"

namespace mien::test {

// u = tx + ux * x + uy * y and v = ty + vx * x + vy * y, about the image's middle.
struct Affine {
  double tx = 0, ux = 0, uy = 0;
  double ty = 0, vx = 0, vy = 0;
};

inline Image<float> FlowOf(const Affine& motion, int width, int height) {
  Image<float> flow_px(2 * width, height);
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      const double x = column - (width - 1) / 2.0;
      const double y = row - (height - 1) / 2.0;
      flow_px.At(2 * column, row) = static_cast<float>(motion.tx + motion.ux * x + motion.uy * y);
      flow_px.At(2 * column + 1, row) =
          static_cast<float>(motion.ty + motion.vx * x + motion.vy * y);
    }
  }
  return flow_px;
}

inline Image<float> FlowOf(const Slip& slip, int width, int height) {
  return FlowOf(Affine{slip.tx, slip.a, -slip.b, slip.ty, slip.b, slip.a}, width, height);
}

}  // namespace mien::test

#endif  // MIEN_TESTS_FLOW_FIELDS_H_
