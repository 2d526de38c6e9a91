// What each register_<subject>.cpp gives to the module.

#ifndef MIEN_BIND_REGISTERS_H_
#define MIEN_BIND_REGISTERS_H_

#include <pybind11/pybind11.h>

namespace mien::bind {

void RegisterKernels(pybind11::module_& module);
void RegisterPreprocess(pybind11::module_& module);
void RegisterFlow(pybind11::module_& module);
void RegisterFollow(pybind11::module_& module);
void RegisterMotion(pybind11::module_& module);
void RegisterOneEuro(pybind11::module_& module);

}  // namespace mien::bind

#endif  // MIEN_BIND_REGISTERS_H_
