#include "mien/version.h"

namespace mien {

const char* Version() noexcept {
  return MIEN_VERSION;  // from pyproject.toml, by the build
}

}  // namespace mien
