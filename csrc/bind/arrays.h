// NumPy arrays as views of the core, without copies.

#ifndef MIEN_BIND_ARRAYS_H_
#define MIEN_BIND_ARRAYS_H_

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <string>
#include <type_traits>

#include "mien/image.h"
#include "mien/status.h"

namespace mien::bind {

namespace py = pybind11;

// Which class of `mien.errors` a failure becomes.
enum class Blame { kConfig, kFrame };

// Raises `mien.errors.ConfigError` or `FrameError` with "<what>: <message>".
[[noreturn]] void Throw(Blame blame, const std::string& what, const std::string& message);

// Does nothing for kOk; the only place where a status becomes an exception. Needs the GIL.
void ThrowIfError(Status status, Blame blame, const char* what);

// What `call` returns, while other Python threads may run. It must not touch Python.
template <typename Call>
Status WithoutGil(const Call& call) {
  const py::gil_scoped_release release;
  return call();
}

// "(2, 3)" for an array of that shape.
std::string ShapeText(const py::array& array);

// An argument that is taken as it is: another dtype is a TypeError, never a silent copy.
//
// pybind11's own array_t makes an empty array for each argument before it looks at it: half of the
// time of a call.
template <typename T>
class Array : public py::array {
 public:
  Array() : py::array(py::handle(), stolen_t{}) {}  // none
  explicit Array(py::handle source) : py::array(source, borrowed_t{}) {}

  const T* data() const { return static_cast<const T*>(py::array::data()); }
  T* mutable_data() { return static_cast<T*>(py::array::mutable_data()); }
};

// Raises unless the array has `dimensions` axes, its last `packed` ones lie gap-free, and each item
// lies where the CPU can read it.
void CheckLayout(const py::array& array, const char* what, int dimensions, int packed);

// Raises unless the array has the shape of a stack and no gaps; see `Stack`.
void CheckStack(const py::array& stack, const char* what, int depth);

// A (H, W) array, or a (H, W, depth) one as rows of depth * W. Rows may lie apart.
template <typename T>
ImageView<const T> View(const Array<T>& array, const char* what, int depth = 1) {
  CheckLayout(array, what, depth == 1 ? 2 : 3, depth == 1 ? 1 : 2);
  if (depth != 1 && array.shape(2) != depth) {
    Throw(Blame::kFrame, what,
          "expected (H, W, " + std::to_string(depth) + "), got " + ShapeText(array));
  }
  const auto limit = static_cast<py::ssize_t>(kMaxSidePx);
  if (array.shape(0) < 1 || array.shape(1) < 1 || array.shape(0) > limit ||
      array.shape(1) > limit) {
    Throw(Blame::kFrame, what, "expected 1..16384 pixels per side, got " + ShapeText(array));
  }
  const auto item = static_cast<py::ssize_t>(sizeof(T));
  if (array.strides(0) % item != 0) {
    Throw(Blame::kFrame, what, "expected rows a whole number of items apart");
  }
  return {array.data(), static_cast<int>(array.shape(1)) * depth, static_cast<int>(array.shape(0)),
          array.strides(0) / item};
}

template <typename T>
ImageView<T> MutableView(Array<T>& array, const char* what, int depth = 1) {
  if (!array.writeable()) Throw(Blame::kFrame, what, "expected a writeable array");
  const ImageView<const T> view = View<T>(array, what, depth);
  return {array.mutable_data(), view.width, view.height, view.stride};
}

// A gap-free (N, H, W) array, or a (N, H, W, depth) one as images of depth * W.
template <typename T>
ImageStack<const T> Stack(const Array<T>& array, const char* what, int depth = 1) {
  CheckStack(array, what, depth);
  return {array.data(), static_cast<int>(array.shape(0)), static_cast<int>(array.shape(2)) * depth,
          static_cast<int>(array.shape(1))};
}

template <typename T>
ImageStack<T> MutableStack(Array<T>& array, const char* what, int depth = 1) {
  if (!array.writeable()) Throw(Blame::kFrame, what, "expected a writeable array");
  const ImageStack<const T> stack = Stack<T>(array, what, depth);
  return {array.mutable_data(), stack.count, stack.width, stack.height};
}

}  // namespace mien::bind

template <typename T>
struct pybind11::detail::pyobject_caster<mien::bind::Array<T>> {
  using Type = mien::bind::Array<T>;

  bool load(handle source, bool /*convert*/) {
    const npy_api& numpy = npy_api::get();
    if (!numpy.PyArray_Check_(source.ptr())) return false;
    const auto wanted = npy_format_descriptor<T>::dtype();
    PyObject* found = array_proxy(source.ptr())->descr;
    if (found != wanted.ptr() && !numpy.PyArray_EquivTypes_(found, wanted.ptr())) return false;
    value = Type(source);
    return true;
  }

  PYBIND11_TYPE_CASTER(Type, const_name("numpy.typing.NDArray[") + npy_format_descriptor<T>::name +
                                 const_name("]"));
};

#endif  // MIEN_BIND_ARRAYS_H_
