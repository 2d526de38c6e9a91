// Zeroed memory that reports failure instead of throwing.

#ifndef MIEN_CORE_BUFFER_H_
#define MIEN_CORE_BUFFER_H_

#include <cassert>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

namespace mien {

// Starts at a cache line: vectors at whole multiples of their size cross none.
template <typename T>
class Buffer {
 public:
  static_assert(std::is_trivially_destructible_v<T>);

  [[nodiscard]] bool Allocate(std::size_t size) noexcept {
    data_.reset(new (kLine, std::nothrow) T[size]());
    size_ = data_ ? size : 0;
    return data_ != nullptr;
  }

  T* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return size_; }

  T& operator[](std::size_t i) const noexcept {
    assert(i < size_);
    return data_[i];
  }

 private:
  static constexpr std::align_val_t kLine{64};

  struct Free {
    void operator()(T* data) const noexcept { ::operator delete[](data, kLine); }
  };

  std::unique_ptr<T[], Free> data_;
  std::size_t size_ = 0;
};

}  // namespace mien

#endif  // MIEN_CORE_BUFFER_H_
