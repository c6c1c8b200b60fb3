// Helpers of the loading tests.
#pragma once
#include <gtest/gtest.h>

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

#include "policy/evaluate.h"
#include "policy/load.h"

namespace policy {

inline std::string rendered(const Loaded& loaded, std::string_view text) {
  std::string out;
  for (const Problem& p : loaded.problems) out += render(p, "p.yaml", text, false);
  return out;
}

inline std::set<std::string> codes_of(const Loaded& loaded) {
  std::set<std::string> out;
  for (const Problem& p : loaded.problems) out.insert(p.code);
  return out;
}

// Loads, expects a policy that can be lowered and just these codes among the warnings.
inline Policy good(std::string_view text, std::set<std::string> warnings = {}) {
  Loaded loaded = load("p.yaml", text);
  EXPECT_TRUE(loaded.policy.has_value()) << text << "\n" << rendered(loaded, text);
  EXPECT_EQ(codes_of(loaded), warnings) << text << "\n" << rendered(loaded, text);
  if (loaded.policy) {
    const auto lowered = lower(*loaded.policy, {});
    EXPECT_TRUE(lowered.has_value()) << text << "\n" << (lowered ? "" : lowered.error().message);
  }
  return loaded.policy ? std::move(*loaded.policy) : Policy();
}

}  // namespace policy
