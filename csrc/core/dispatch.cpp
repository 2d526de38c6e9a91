#include "core/dispatch.h"

#include <atomic>
#include <cassert>
#include <cstring>

namespace mien {
namespace {

// MIEN_HAS_AVX2 comes from the build: isa/avx2.cpp was compiled for AVX2.
const KernelTable* BestBesideScalar() noexcept {
#if defined(MIEN_HAS_AVX2)
  if (__builtin_cpu_supports("avx2")) return &avx2::kTable;
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
