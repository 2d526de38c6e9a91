#include <tuple>

#include "bind/arrays.h"
#include "bind/registers.h"
#include "mien/motion.h"

namespace mien::bind {
namespace {

using SlipTuple = std::tuple<double, double, double, double, double, double>;

SlipTuple TupleFrom(const Slip& slip) {
  return {slip.a, slip.b, slip.tx, slip.ty, slip.inlier_fraction, slip.residual_px};
}

// Rows of mean_x_px, mean_y_px, divergence, margin_px, weight: the layout of `RegionValues`.
constexpr int kRegionColumns = 5;
static_assert(sizeof(RegionValues) == kRegionColumns * sizeof(float));

SlipTuple FitSlip(SlipFit& self, const Array<float>& flow_px, const Array<float>& confidence) {
  const FloatView flow_view = View<float>(flow_px, "flow_px", 2);
  const FloatView confidence_view = View<float>(confidence, "confidence");
  Slip slip;
  ThrowIfError(WithoutGil([&] { return self.Run(flow_view, confidence_view, &slip); }),
               Blame::kFrame, "slip");
  return TupleFrom(slip);
}

// Rows of a, b, tx, ty, inlier_fraction, residual_px: the layout of `Slip`.
constexpr int kSlipColumns = 6;
static_assert(sizeof(Slip) == kSlipColumns * sizeof(double));

void CheckSlips(const py::array& slips, py::ssize_t count) {
  CheckLayout(slips, "slips", 2, 2);
  if (slips.shape(0) != count || slips.shape(1) != kSlipColumns) {
    Throw(Blame::kFrame, "slips",
          "expected (" + std::to_string(count) + ", 6), got " + ShapeText(slips));
  }
}

void FitSlips(SlipFit& self, const Array<float>& flow_px, const Array<float>& confidence,
              Array<double>& slips) {
  const FloatStackView flow = Stack<float>(flow_px, "flow_px", 2);
  const FloatStackView trust = Stack<float>(confidence, "confidence");
  CheckSlips(slips, flow.count);
  if (!slips.writeable()) Throw(Blame::kFrame, "slips", "expected a writeable array");
  auto* out = reinterpret_cast<Slip*>(slips.mutable_data());
  ThrowIfError(WithoutGil([&] { return self.RunAll(flow, trust, out); }), Blame::kFrame, "slip");
}

void RemoveSlips(const Array<float>& flow_px, const Array<double>& slips, Array<float>& rest_px) {
  const FloatStackView flow = Stack<float>(flow_px, "flow_px", 2);
  const FloatStack rest = MutableStack<float>(rest_px, "out", 2);
  CheckSlips(slips, flow.count);
  const auto* slip = reinterpret_cast<const Slip*>(slips.data());
  ThrowIfError(WithoutGil([&] { return RemoveSlips(flow, slip, rest); }), Blame::kFrame, "flow_px");
}

SlipTuple MeasureRegions(RegionMotion& self, const Array<float>& flow_px,
                         const Array<float>& confidence, Array<float>& values) {
  const FloatView flow_view = View<float>(flow_px, "flow_px", 2);
  const FloatView confidence_view = View<float>(confidence, "confidence");
  const FloatImage rows = MutableView<float>(values, "out_values");
  if (rows.width != kRegionColumns || rows.height != self.count() ||
      rows.stride != kRegionColumns) {
    Throw(
        Blame::kFrame, "out_values",
        "expected contiguous (" + std::to_string(self.count()) + ", 5), got " + ShapeText(values));
  }
  Slip slip;
  ThrowIfError(WithoutGil([&] {
                 return self.Run(flow_view, confidence_view, &slip,
                                 reinterpret_cast<RegionValues*>(rows.data));
               }),
               Blame::kFrame, "motion");
  return TupleFrom(slip);
}

}  // namespace

void RegisterMotion(py::module_& module) {
  py::class_<SlipFit>(module, "SlipFit")
      .def(py::init([](const Array<std::uint8_t>& reference) {
             SlipFit fit;
             const Status status =
                 SlipFit::Create(View<std::uint8_t>(reference, "reference"), &fit);
             ThrowIfError(status, Blame::kConfig, "reference");
             return fit;
           }),
           py::arg("reference").noconvert())
      .def("run", &FitSlip, py::arg("flow_px").noconvert(), py::arg("confidence").noconvert())
      .def("run_all", &FitSlips, py::arg("flow_px").noconvert(), py::arg("confidence").noconvert(),
           py::arg("slips").noconvert());

  py::class_<RegionMotion>(module, "RegionMotion")
      .def(py::init([](const Array<float>& weights, const Array<std::uint8_t>& reference) {
             const GrayView mask = View<std::uint8_t>(reference, "reference");
             CheckLayout(weights, "regions", 3, 3);
             if (weights.shape(1) != mask.height || weights.shape(2) != mask.width) {
               Throw(Blame::kConfig, "regions",
                     "expected maps of the reference's size " + ShapeText(reference) + ", got " +
                         ShapeText(weights));
             }
             RegionMotion motion;
             const int count =
                 weights.shape(0) > kMaxSidePx ? kMaxSidePx : static_cast<int>(weights.shape(0));
             const Status status = RegionMotion::Create(weights.data(), count, mask, &motion);
             ThrowIfError(status, Blame::kConfig, "regions");
             return motion;
           }),
           py::arg("weights").noconvert(), py::arg("reference").noconvert())
      .def("run", &MeasureRegions, py::arg("flow_px").noconvert(),
           py::arg("confidence").noconvert(), py::arg("values").noconvert());

  module.def(
      "remove_slip",
      [](const Array<float>& flow_px, double a, double b, double tx, double ty,
         Array<float>& rest_px) {
        const FloatView flow_view = View<float>(flow_px, "flow_px", 2);
        const FloatImage rest_image = MutableView<float>(rest_px, "out", 2);
        ThrowIfError(
            WithoutGil([&] { return RemoveSlip(flow_view, Slip{a, b, tx, ty, 0, 0}, rest_image); }),
            Blame::kFrame, "flow_px");
      },
      py::arg("flow_px").noconvert(), py::arg("a"), py::arg("b"), py::arg("tx"), py::arg("ty"),
      py::arg("rest_px").noconvert());
  module.def("remove_slips", &RemoveSlips, py::arg("flow_px").noconvert(),
             py::arg("slips").noconvert(), py::arg("rest_px").noconvert());
}

}  // namespace mien::bind
