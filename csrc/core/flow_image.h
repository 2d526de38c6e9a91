// The working memory of a flow image.

#ifndef MIEN_CORE_FLOW_IMAGE_H_
#define MIEN_CORE_FLOW_IMAGE_H_

#include "core/pyramid.h"
#include "mien/flow.h"

namespace mien {

// What a flow of that size can have of `levels`: the smallest side is 8 pixels.
int LevelsOf(int width, int height, int levels) noexcept;

struct FlowImage::State {
  int width = 0;
  int height = 0;
  int levels = 0;
  bool is_set = false;
  Pyramid pyramid;
};

}  // namespace mien

#endif  // MIEN_CORE_FLOW_IMAGE_H_
