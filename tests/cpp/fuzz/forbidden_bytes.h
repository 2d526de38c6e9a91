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
    std::vector<bool> is_allowed(bytes->size());
    for (const Place& place : places) {
      const std::vector<bool> marks = MarksOf(place, bytes->size());
      for (std::size_t i = 0; i < marks.size(); ++i) is_allowed[i] = is_allowed[i] || marks[i];
    }
    std::size_t first = 0;
    for (std::size_t i = 0; i <= is_allowed.size(); ++i) {
      if (i < is_allowed.size() && !is_allowed[i]) continue;
      ASAN_POISON_MEMORY_REGION(bytes->data() + first, i - first);
      first = i + 1;
    }
  }

  ~ForbiddenBytes() { ASAN_UNPOISON_MEMORY_REGION(bytes_->data(), bytes_->size()); }

  ForbiddenBytes(const ForbiddenBytes&) = delete;
  ForbiddenBytes& operator=(const ForbiddenBytes&) = delete;

 private:
  Bytes* bytes_;
};

}  // namespace mien::test

#endif  // MIEN_TESTS_FUZZ_FORBIDDEN_BYTES_H_
