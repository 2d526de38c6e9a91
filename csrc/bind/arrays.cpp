#include "bind/arrays.h"

#include <climits>

namespace mien::bind {

void Throw(Blame blame, const std::string& what, const std::string& message) {
  const char* name = blame == Blame::kConfig ? "ConfigError" : "FrameError";
  const py::object type = py::module_::import("mien.errors").attr(name);
  PyErr_SetString(type.ptr(), (what + ": " + message).c_str());
  throw py::error_already_set();
}

void ThrowIfError(Status status, Blame blame, const char* what) {
  if (status == Status::kOk) return;
  if (status == Status::kNoMemory) throw std::bad_alloc();
  Throw(blame, what, Describe(status));
}

std::string ShapeText(const py::array& array) {
  return py::str(array.attr("shape")).cast<std::string>();
}

void CheckLayout(const py::array& array, const char* what, int dimensions, int packed) {
  if (array.ndim() != dimensions) {
    Throw(Blame::kFrame, what,
          "expected " + std::to_string(dimensions) + " dimensions, got " + ShapeText(array));
  }
  // Views into packed records may lie askew; the core reads items in one piece.
  if (!py::detail::check_flags(array.ptr(), py::detail::npy_api::NPY_ARRAY_ALIGNED_)) {
    Throw(Blame::kFrame, what, "expected aligned items; use numpy.ascontiguousarray");
  }
  py::ssize_t step = array.itemsize();
  for (int i = dimensions - 1; i >= dimensions - packed; --i) {
    if (array.shape(i) > 1 && array.strides(i) != step) {
      Throw(Blame::kFrame, what,
            "expected contiguous rows, got strides " +
                py::str(array.attr("strides")).cast<std::string>() +
                "; use numpy.ascontiguousarray");
    }
    step *= array.shape(i);
  }
}

void CheckStack(const py::array& stack, const char* what, int depth) {
  const int dimensions = depth == 1 ? 3 : 4;
  CheckLayout(stack, what, dimensions, dimensions);
  const auto limit = static_cast<py::ssize_t>(kMaxSidePx);
  const bool is_good =
      stack.shape(0) <= INT_MAX && stack.shape(1) <= limit && stack.shape(2) <= limit;
  if (!is_good) {
    Throw(Blame::kFrame, what, "expected at most 16384 pixels per side, got " + ShapeText(stack));
  }
  if (depth != 1 && stack.shape(3) != depth) {
    Throw(Blame::kFrame, what,
          "expected (N, H, W, " + std::to_string(depth) + "), got " + ShapeText(stack));
  }
}

}  // namespace mien::bind
