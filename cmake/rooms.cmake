# The standard headers that nearly every file includes, precompiled: a third of the time that a build takes. Files
# include what they use all the same; presets without INTERCEPT_PCH (fuzz, sanitizers) hold them to it.
set(INTERCEPT_PCH_HEADERS <algorithm> <array> <chrono> <cstdint> <cstring> <expected> <functional> <map> <memory> <optional>
  <span> <string> <string_view> <unordered_map> <utility> <variant> <vector>)

# intercept_precompile(TARGET KIND [HEADER...]): targets of one kind share what the first of them has compiled, so all of a
# kind must be compiled with the same options.
function(intercept_precompile target kind)
  if(NOT INTERCEPT_PCH)
    return()
  endif()
  get_property(first GLOBAL PROPERTY intercept_pch_${kind})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    target_precompile_headers(${target} PRIVATE ${INTERCEPT_PCH_HEADERS} ${ARGN})
    set_property(GLOBAL PROPERTY intercept_pch_${kind} ${target})
  endif()
endfunction()

# Rooms whose code runs once, for people: made small rather than fast.
set(INTERCEPT_SMALL_ROOMS yaml classify catalog trial client cli)

# intercept_room(NAME [LINK libs...] [PRIVATE_LINK libs...])
# Makes library `NAME` of the *.cc files of this folder and, beside it, test `NAME_test` of its *_test.cc files.
function(intercept_room name)
  cmake_parse_arguments(ARG "" "" "LINK;PRIVATE_LINK;TEST_LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC intercept_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
    if(name IN_LIST INTERCEPT_SMALL_ROOMS)
      target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-Oz>)
      set_property(TARGET ${name} PROPERTY INTERCEPT_SMALL ON)
      intercept_precompile(${name} small_room)
    else()
      intercept_precompile(${name} room)
    endif()
    set(visible ${name})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE intercept_options ${ARG_LINK})
    set(visible ${name})
  endif()
  if(INTERCEPT_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${visible} ${ARG_PRIVATE_LINK} ${ARG_TEST_LINK} GTest::gmock GTest::gtest_main)
    intercept_precompile(${name}_test test <gmock/gmock.h> <gtest/gtest.h>)
    add_test(NAME unit/${name} COMMAND ${name}_test)
    set_tests_properties(unit/${name} PROPERTIES TIMEOUT 300
      ENVIRONMENT "INTERCEPT_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
  endif()
endfunction()
