// Zeroed memory that reports failure instead of throwing.

#ifndef MIEN_CORE_BUFFER_H_
#define MIEN_CORE_BUFFER_H_

#include <cassert>
#include <cstddef>
#include <memory>
#include <new>

namespace mien {

template <typename T>
class Buffer {
 public:
  [[nodiscard]] bool Allocate(std::size_t size) noexcept {
    data_.reset(new (std::nothrow) T[size]());
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
  std::unique_ptr<T[]> data_;
  std::size_t size_ = 0;
};

}  // namespace mien

#endif  // MIEN_CORE_BUFFER_H_
