# Fails if object MEMBER of the static LIBRARY has weak symbols: cmake -DNM=.. -DLIBRARY=..
# -DMEMBER=.. -P no_weak_symbols.cmake

execute_process(
  COMMAND ${NM} -A -C ${LIBRARY}
  OUTPUT_VARIABLE SYMBOLS
  COMMAND_ERROR_IS_FATAL ANY
)
if(NOT SYMBOLS MATCHES "${MEMBER}[^\n]*kTable")
  message(FATAL_ERROR "${LIBRARY}: expected ${MEMBER} with a kTable in it")
endif()
string(REGEX MATCHALL "[^\n]*${MEMBER}[^\n]* [WVu] [^\n]*" WEAK "${SYMBOLS}")
if(WEAK)
  message(FATAL_ERROR "${MEMBER}: expected no weak symbols, got ${WEAK}")
endif()
