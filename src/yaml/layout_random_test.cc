// Random texts: every layout that a person could have chosen for a random tree is laid out, keeps its values and its
// comments, and stays as it is when laid out again. Texts with random damage are refused or laid out stably.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "yaml/layout.h"

namespace yaml {
namespace {

class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed), depth_(static_cast<int>(seed / 100 % 5)) {}

  std::string document() {
    gap(0);
    if (chance(8)) out_ += "---\n";
    out_ += chance(2) ? map(0, depth_) : list(0, depth_);
    gap(0);
    return out_;
  }
  // Every comment holds a mark of its own.
  static std::string mark(std::size_t n) { return "@" + std::to_string(n) + "@"; }
  std::size_t comments = 0;

 private:
  unsigned below(unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random_); }
  bool chance(unsigned one_in) { return below(one_in) == 0; }

  std::string comment() {
    static constexpr const char* texts[] = {"# about ", "#", "#! x: y ", "# - \xC3\xA4 #", "# \" ", "# [ } --- "};
    return texts[below(6)] + mark(comments++) + std::string(below(3), ' ');
  }
  // Blank lines and comments on lines of their own, in any column that cannot end up in a text.
  void gap(std::size_t indent) {
    for (unsigned n = below(4) == 0 ? below(4) : 0; n > 0; --n)
      out_ += chance(2) ? std::string(below(3), ' ') + "\n"
                        : std::string(below(static_cast<unsigned>(indent) + 3), ' ') + comment() + "\n";
  }
  std::string behind() { return chance(5) ? std::string(1 + below(3), ' ') + comment() : std::string(below(2), ' '); }

  std::string plain() {
    static constexpr const char* words[] = {"a",    "true", "1.50", "no",   "a b", "x:y",          "~",
                                            "10.5", "-1",   "q#r",  "0x10", "a's", "\xE2\x82\xAC", "null"};
    return words[below(14)];
  }
  std::string scalar(bool flow, std::size_t indent) {
    switch (below(flow ? 5 : 8)) {
      case 0:
        return "\"\\u00e9 \\\" # {\"";
      case 1:
        return "'it''s: #'";
      case 2:
        return "\"two\n" + std::string(indent + 1 + below(3), ' ') + "lines \\\n\n" + std::string(indent + 1, ' ') +
               "x\"";
      case 5:
        return "first\n" + std::string(indent + 1 + below(3), ' ') + "- second\n\n" + std::string(indent + 2, ' ') +
               "third";
      default:
        return plain();
    }
  }
  // Written at once, since it ends with its line.
  void block_scalar(std::size_t indent) {
    static constexpr const char* headers[] = {"|", ">", "|-", ">-", "|+", ">+"};
    const bool explicit_indent = chance(4);
    const std::size_t inner = explicit_indent ? 3 : 1 + below(4);
    out_ += headers[below(6)];
    if (explicit_indent) out_ += "3";
    if (chance(6)) out_.append(" ").append(comment());
    out_ += "\n";
    for (unsigned n = below(4); n > 0; --n) {
      if (explicit_indent && chance(3)) out_ += std::string(indent + inner, ' ') + "  deep\n";
      out_ += chance(4) ? "\n" : std::string(indent + inner, ' ') + "text # no comment  \n";
    }
  }

  std::string flow(int depth, std::size_t indent) {
    if (depth == 0 || chance(3)) return scalar(true, indent);
    const bool is_map = chance(2);
    std::string out = is_map ? "{" : "[";
    const auto space = [&] {
      if (chance(12)) return " " + comment() + "\n" + std::string(indent + 2, ' ');
      return chance(10) ? "\n" + std::string(indent + 1, ' ') : std::string(below(2), ' ');
    };
    const unsigned count = below(chance(6) ? 12 : 4);
    for (unsigned i = 0; i < count; ++i) {
      out += space();
      if (is_map) out += "k" + std::to_string(i) + (chance(4) ? "  : " : ": ");
      out += flow(depth - 1, indent) + space();
      if (i + 1 < count || chance(6)) out += ",";
    }
    return out + space() + (is_map ? "}" : "]");
  }

  // What follows a colon or a dash, up to and with the end of the line. `indent`: of the block around it.
  void value(std::size_t indent, int depth) {
    if (depth > 0 && chance(2)) {
      if (chance(8)) out_ += " &a" + std::to_string(++anchors_);
      out_ += behind() + "\n";
      gap(indent);
      const std::size_t inner = indent + 1 + below(4);
      out_ += chance(2) ? map(inner, depth - 1) : list(inner, depth - 1);
      return;
    }
    if (chance(10)) {
      out_ += behind() + "\n";
      return;
    }
    out_ += " ";
    const bool anchored = chance(10);
    if (anchored) out_ += "&a" + std::to_string(++anchors_) + " ";
    if (chance(6)) {
      block_scalar(indent);
    } else if (!anchored && !finished_.empty() && chance(8)) {
      out_ += "*a" + std::to_string(finished_[below(static_cast<unsigned>(finished_.size()))]) + behind() + "\n";
    } else {
      out_ += flow(chance(2) ? 3 : 0, indent) + behind() + "\n";
    }
    if (anchored) finished_.push_back(anchors_);
  }

  // Writes into out_; the result is "" so that callers read like an expression.
  std::string map(std::size_t indent, int depth) {
    for (unsigned i = 0, n = 1 + below(4); i < n; ++i) {
      gap(indent);
      out_ += std::string(indent, ' ') + (chance(5) ? "\"key\\t" + std::to_string(i) + "\"" : "k" + std::to_string(i)) +
              ":";
      if (depth > 0 && chance(5)) {  // a list in the column of its key
        out_ += behind() + "\n";
        list(indent, depth - 1);
      } else {
        value(indent, depth);
      }
    }
    return "";
  }
  std::string list(std::size_t indent, int depth) {
    for (unsigned i = 0, n = 1 + below(4); i < n; ++i) {
      gap(indent);
      out_ += std::string(indent, ' ') + "-";
      if (depth > 0 && chance(4)) {  // a map that begins behind the dash
        const std::size_t inner = 1 + below(3);
        out_ += std::string(inner, ' ') + "first: " + plain() + behind() + "\n";
        gap(indent);
        map(indent + 1 + inner, depth - 1);
      } else {
        value(indent, depth);
      }
    }
    return "";
  }

  std::mt19937 random_;
  int depth_;
  std::string out_;
  int anchors_ = 0;
  std::vector<int> finished_;  // anchors of values that are complete
};

std::string problems_of(Problems& problems, std::string_view text) {
  std::string out;
  for (const Problem& p : problems.take()) out += render(p, "t", text, false);
  return out;
}

// 0: refused. Else laid out, and stable.
bool check(const std::string& text, bool must) {
  Problems problems;
  const auto once = lay_out(text, problems);
  if (!once) {
    const std::string why = problems_of(problems, text);
    EXPECT_FALSE(must) << text << "\n" << why;
    EXPECT_EQ(why.find("[layout]\n  hint: this is a defect"), std::string::npos) << text << why;
    return false;
  }
  Problems again;
  const auto twice = lay_out(*once, again);
  EXPECT_TRUE(twice) << text << "\n" << *once << problems_of(again, *once);
  if (twice) EXPECT_EQ(*twice, *once) << text;
  return true;
}

TEST(LayoutRandom, EveryLayoutOfARandomTree) {
  for (unsigned seed = 0; seed < 2'000 && !testing::Test::HasFailure(); ++seed) {
    Writer writer(seed);
    const std::string text = writer.document();
    Problems unreadable;
    if (read_tree(text, unreadable).root == nullptr) {
      ADD_FAILURE() << "seed " << seed << "\n" << text << problems_of(unreadable, text);
      break;
    }
    ASSERT_TRUE(check(text, true)) << "seed " << seed;
    Problems none;
    const std::string out = lay_out(text, none).value_or("");
    for (std::size_t i = 0; i < writer.comments; ++i) {
      const std::size_t at = out.find(Writer::mark(i));
      ASSERT_NE(at, std::string::npos) << "comment " << i << " of seed " << seed << "\n" << text;
      ASSERT_EQ(out.find(Writer::mark(i), at + 1), std::string::npos) << "comment " << i << " of seed " << seed;
    }
  }
}

TEST(LayoutRandom, DamagedTextsAreRefusedOrStable) {
  std::mt19937 random(7);
  const std::string_view bytes = "{}[]:,#-&*!|>'\"%@`\n  \t?ax0\\~";
  unsigned laid_out = 0;
  for (unsigned seed = 0; seed < 2'000 && !testing::Test::HasFailure(); ++seed) {
    std::string text = Writer(seed % 1'000).document();
    for (unsigned n = 1 + random() % 3; n > 0; --n) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0)
        text[at] = bytes[random() % bytes.size()];
      else
        text.insert(at, 1, bytes[random() % bytes.size()]);
    }
    laid_out += check(text, false) ? 1U : 0U;
  }
  EXPECT_GT(laid_out, 500U);
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(LayoutRandom, EveryPolicyOfTheRepository) {
  const char* set = std::getenv("INTERCEPT_SOURCE_DIR");
  const std::filesystem::path root(set == nullptr ? "." : set);
  unsigned seen = 0;
  for (const char* folder : {"examples", "tests/data/policies", "tests/policy"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".yaml" && extension != ".json" && extension != ".test") continue;
      ++seen;
      const std::string text = read(entry.path());
      Problems problems;
      if (read_tree(text, problems).root == nullptr || problems.has_errors()) continue;
      EXPECT_TRUE(check(text, true)) << entry.path();
    }
  }
  EXPECT_GT(seen, 40U) << "set INTERCEPT_SOURCE_DIR";
}

}  // namespace
}  // namespace yaml
