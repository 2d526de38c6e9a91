// Memory that nobody may read or write, as far as the address sanitizer can tell.

#ifndef MIEN_TESTS_FUZZ_FORBIDDEN_BYTES_H_
#define MIEN_TESTS_FUZZ_FORBIDDEN_BYTES_H_

#include "fuzz/arena.h"

#if defined(__has_feature)
#define MIEN_HAS_FEATURE(name) __has_feature(name)
#else
#define MIEN_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || MIEN_HAS_FEATURE(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) (static_cast<void>(address))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) (static_cast<void>(address))
#endif

namespace mien::test {

// Forbids all bytes outside the places, gaps between their rows included, as long as it lives.
class ForbiddenBytes {
 public:
  ForbiddenBytes(Bytes* bytes, const std::vector<Place>& places) : bytes_(bytes) {
    Bytes marks(bytes->size());
    for (const Place& place : places) MarkPlace(place, &marks);
    std::size_t first = 0;
    while (first < marks.size()) {
      const std::size_t end = Find(marks, 1, first);
      ASAN_POISON_MEMORY_REGION(bytes->data() + first, end - first);
      first = Find(marks, 0, end);
    }
  }

  ~ForbiddenBytes() { ASAN_UNPOISON_MEMORY_REGION(bytes_->data(), bytes_->size()); }

  ForbiddenBytes(const ForbiddenBytes&) = delete;
  ForbiddenBytes& operator=(const ForbiddenBytes&) = delete;

 private:
  // Index of the first such byte from `first` on, or the size.
  static std::size_t Find(const Bytes& bytes, int byte, std::size_t first) {
    if (first == bytes.size()) return first;
    const void* found = std::memchr(bytes.data() + first, byte, bytes.size() - first);
    if (found == nullptr) return bytes.size();
    return static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
  }

  Bytes* bytes_;
};

}  // namespace mien::test

#endif  // MIEN_TESTS_FUZZ_FORBIDDEN_BYTES_H_
