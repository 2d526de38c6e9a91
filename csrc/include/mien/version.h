// Which release this is.

#ifndef MIEN_VERSION_H_
#define MIEN_VERSION_H_

namespace mien {

// Such as "0.1.0"; the Python package and the CMake package have the same.
const char* Version() noexcept;

}  // namespace mien

#endif  // MIEN_VERSION_H_
