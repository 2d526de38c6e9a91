// Stands in for the program's allocator: counts, and passes on. Sanitizers bring their own
// allocator, so this file is left out under them.

#include "allocation_count.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>

namespace mien::test {
namespace {

std::atomic<long> count{0};

}  // namespace

long AllocationCount() {
  return count.load();
}

}  // namespace mien::test

#if defined(__GLIBC__)

// The GNU C library lets a program define these, and gives its own under these names. Its operator
// new calls malloc, so that is counted too.
// NOLINTBEGIN(*-reserved-identifier, *-identifier-naming, *-inconsistent-declaration-*)
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);

void* malloc(std::size_t size) {
  ++mien::test::count;
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  ++mien::test::count;
  return __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size) {
  ++mien::test::count;
  return __libc_realloc(memory, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  ++mien::test::count;
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

void free(void* memory) {
  ++mien::test::count;
  __libc_free(memory);
}
}
// NOLINTEND(*-reserved-identifier, *-identifier-naming, *-inconsistent-declaration-*)

#else

void* operator new(std::size_t size) {
  ++mien::test::count;
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept {
  ++mien::test::count;
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

#endif
