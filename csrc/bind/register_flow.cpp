#include "bind/arrays.h"
#include "bind/registers.h"
#include "mien/flow.h"

namespace mien::bind {

namespace {

void SetImage(FlowImage& self, const Array<std::uint8_t>& gray) {
  const GrayView view = View<std::uint8_t>(gray, "gray");
  ThrowIfError(WithoutGil([&] { return self.Set(view); }), Blame::kFrame, "flow image");
}

void Between(DenseFlow& self, const FlowImage& previous, const FlowImage& current,
             Array<float>& flow_px, Array<float>& confidence) {
  const FloatImage flow_image = MutableView<float>(flow_px, "out_flow", 2);
  const FloatImage confidence_image = MutableView<float>(confidence, "out_confidence");
  ThrowIfError(
      WithoutGil([&] { return self.Between(previous, current, flow_image, confidence_image); }),
      Blame::kFrame, "flow");
}

}  // namespace

void RegisterFlow(py::module_& module) {
  py::class_<FlowImage>(module, "FlowImage")
      .def(py::init([](int width, int height, int levels) {
             FlowImage image;
             ThrowIfError(FlowImage::Create(width, height, levels, &image), Blame::kConfig, "flow");
             return image;
           }),
           py::kw_only(), py::arg("width"), py::arg("height"), py::arg("levels"))
      .def("set", &SetImage, py::arg("gray").noconvert());

  py::class_<DenseFlow>(module, "DenseFlow")
      .def(py::init(
               [](int width, int height, int levels, int window_px, int updates, int smoothing_px) {
                 DenseFlow flow;
                 const Status status = DenseFlow::Create(
                     width, height, {levels, window_px, updates, smoothing_px}, &flow);
                 ThrowIfError(status, Blame::kConfig, "flow");
                 return flow;
               }),
           py::kw_only(), py::arg("width"), py::arg("height"), py::arg("levels"),
           py::arg("window_px"), py::arg("updates"), py::arg("smoothing_px"))
      .def(
          "run",
          [](DenseFlow& self, const Array<std::uint8_t>& previous,
             const Array<std::uint8_t>& current, Array<float>& flow_px, Array<float>& confidence) {
            const GrayView previous_view = View<std::uint8_t>(previous, "previous");
            const GrayView current_view = View<std::uint8_t>(current, "current");
            const FloatImage flow_image = MutableView<float>(flow_px, "out_flow", 2);
            const FloatImage confidence_image = MutableView<float>(confidence, "out_confidence");
            ThrowIfError(WithoutGil([&] {
                           return self.Run(previous_view, current_view, flow_image,
                                           confidence_image);
                         }),
                         Blame::kFrame, "flow");
          },
          py::arg("previous").noconvert(), py::arg("current").noconvert(),
          py::arg("flow_px").noconvert(), py::arg("confidence").noconvert())
      .def("between", &Between, py::arg("previous"), py::arg("current"),
           py::arg("flow_px").noconvert(), py::arg("confidence").noconvert());
}

}  // namespace mien::bind
