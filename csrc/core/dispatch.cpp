#include "core/dispatch.h"

#include <atomic>
#include <cassert>
#include <cstring>

#if defined(MIEN_HAS_AVX2)
#include <cpuid.h>
#endif

namespace mien {
namespace {

#if defined(MIEN_HAS_AVX2)
// Asks the CPU itself: __builtin_cpu_supports of zig 0.17's run-time library denies every AVX2.
bool HasAvx2() noexcept {
  constexpr unsigned kSystemKeepsState = 1U << 27;  // OSXSAVE: leaf 1, ecx
  constexpr unsigned kAvx2 = 1U << 5;               // leaf 7, ebx
  constexpr unsigned kXmmAndYmm = 6;                // of the state that the system keeps
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & kSystemKeepsState) == 0) return false;
  unsigned kept = 0;
  unsigned upper = 0;
  // NOLINTNEXTLINE(portability-no-assembler): its intrinsic is for files compiled for newer CPUs
  __asm__ volatile("xgetbv" : "=a"(kept), "=d"(upper) : "c"(0));
  if ((kept & kXmmAndYmm) != kXmmAndYmm) return false;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & kAvx2) != 0;
}
#endif

// MIEN_HAS_AVX2 comes from the build: isa/avx2.cpp was compiled for AVX2.
const KernelTable* BestBesideScalar() noexcept {
#if defined(MIEN_HAS_AVX2)
  static const bool kHasAvx2 = HasAvx2();  // once: a virtual machine takes long to answer
  if (kHasAvx2) return &avx2::kTable;
#elif defined(__aarch64__) && !defined(_MSC_VER)
  return &neon::kTable;
#endif
  return nullptr;
}

// Null until the first question. Two threads that ask at once find the same answer.
std::atomic<const KernelTable*> in_use{nullptr};

}  // namespace

int KernelTableCount() noexcept {
  return BestBesideScalar() == nullptr ? 1 : 2;
}

const KernelTable& KernelTableAt(int index) noexcept {
  assert(index >= 0 && index < KernelTableCount());
  const KernelTable* best = BestBesideScalar();
  return index == 0 || best == nullptr ? scalar::kTable : *best;
}

const char* KernelTableName(int index) noexcept {
  return KernelTableAt(index).name;
}

const KernelTable& Kernels() noexcept {
  const KernelTable* table = in_use.load(std::memory_order_relaxed);
  if (table == nullptr) {
    table = &KernelTableAt(KernelTableCount() - 1);
    in_use.store(table, std::memory_order_relaxed);
  }
  return *table;
}

const char* KernelsInUse() noexcept {
  return Kernels().name;
}

Status UseKernels(const char* name) noexcept {
  if (name == nullptr) return Status::kNull;
  for (int i = 0; i < KernelTableCount(); ++i) {
    if (std::strcmp(name, KernelTableName(i)) != 0) continue;
    in_use.store(&KernelTableAt(i), std::memory_order_relaxed);
    return Status::kOk;
  }
  return Status::kBadKernels;
}

}  // namespace mien
