// The working memory of a flow image.

#ifndef MIEN_CORE_FLOW_IMAGE_H_
#define MIEN_CORE_FLOW_IMAGE_H_

#include "core/pyramid.h"
#include "mien/flow.h"

namespace mien {

struct FlowImage::State {
  int width = 0;
  int height = 0;
  int levels = 0;
  bool is_set = false;
  Pyramid pyramid;
};

}  // namespace mien

#endif  // MIEN_CORE_FLOW_IMAGE_H_
