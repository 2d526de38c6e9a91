#include "bind/arrays.h"
#include "bind/registers.h"
#include "mien/one_euro.h"

namespace mien::bind {
namespace {

void CheckValues(const py::array& values, const char* what, int count) {
  CheckLayout(values, what, 1, 1);
  if (values.shape(0) != count) {
    Throw(Blame::kFrame, what,
          "expected (" + std::to_string(count) + ",), got " + ShapeText(values));
  }
}

void Step(OneEuro& self, const Array<float>& values, std::int64_t t_ns, Array<float>& smooth) {
  CheckValues(values, "values", self.count());
  CheckValues(smooth, "out", self.count());
  if (!smooth.writeable()) Throw(Blame::kFrame, "out", "expected a writeable array");
  const float* in = values.data();
  float* out = smooth.mutable_data();
  ThrowIfError(WithoutGil([&] { return self.Step(in, t_ns, out); }), Blame::kFrame, "smoothing");
}

}  // namespace

void RegisterOneEuro(py::module_& module) {
  py::class_<OneEuro>(module, "OneEuro")
      .def(py::init([](int count, double min_cutoff_hz, double beta, double derivative_cutoff_hz) {
             OneEuro filter;
             const Status status =
                 OneEuro::Create(count, {min_cutoff_hz, beta, derivative_cutoff_hz}, &filter);
             ThrowIfError(status, Blame::kConfig, "smoothing");
             return filter;
           }),
           py::kw_only(), py::arg("count"), py::arg("min_cutoff_hz"), py::arg("beta"),
           py::arg("derivative_cutoff_hz"))
      .def("step", &Step, py::arg("values").noconvert(), py::arg("t_ns"),
           py::arg("smooth").noconvert())
      .def("reset", &OneEuro::Reset);
}

}  // namespace mien::bind
