#include "bind/arrays.h"
#include "bind/registers.h"
#include "mien/follow.h"
#include "mien/median.h"

namespace mien::bind {
namespace {

void Run(Follower& self, const Array<std::uint8_t>& key, const Array<std::uint8_t>& frames,
         Array<float>& moved_px, Array<float>& trust) {
  const GrayView key_view = View<std::uint8_t>(key, "key");
  const GrayStack frame_stack = Stack<std::uint8_t>(frames, "frames");
  const FloatStack moved_stack = MutableStack<float>(moved_px, "out_moved", 2);
  const FloatStack trust_stack = MutableStack<float>(trust, "out_trust");
  ThrowIfError(
      WithoutGil([&] { return self.Run(key_view, frame_stack, moved_stack, trust_stack); }),
      Blame::kFrame, "follow");
}

void Median(const Array<std::uint8_t>& images, Array<float>& median) {
  const GrayStack stack = Stack<std::uint8_t>(images, "images");
  const FloatImage out = MutableView<float>(median, "out");
  ThrowIfError(WithoutGil([&] { return MedianImage(stack, out); }), Blame::kFrame, "images");
}

}  // namespace

void RegisterFollow(py::module_& module) {
  py::class_<Follower>(module, "Follower")
      .def(py::init([](int width, int height, int levels, int window_px, int updates,
                       int smoothing_px, int step_px, float key_gain, bool is_held) {
             Follower follower;
             const FollowParams params = {
                 {levels, window_px, updates, smoothing_px}, step_px, key_gain, is_held};
             ThrowIfError(Follower::Create(width, height, params, &follower), Blame::kConfig,
                          "follow");
             return follower;
           }),
           py::kw_only(), py::arg("width"), py::arg("height"), py::arg("levels"),
           py::arg("window_px"), py::arg("updates"), py::arg("smoothing_px"), py::arg("step_px"),
           py::arg("key_gain"), py::arg("is_held"))
      .def("run", &Run, py::arg("key").noconvert(), py::arg("frames").noconvert(),
           py::arg("moved_px").noconvert(), py::arg("trust").noconvert());

  module.def("median_image", &Median, py::arg("images").noconvert(), py::arg("median").noconvert());
}

}  // namespace mien::bind
