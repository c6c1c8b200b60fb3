// The lists: which are asked for, page by page, and what is taken of them.
#include <utility>

#include "base/strings.h"
#include "client/dialogue.h"
#include "json/writer.h"

namespace client {
namespace {

struct List {
  std::string_view method, member, capability;
  std::vector<std::string> Listing::* into;
  bool essential;  // without it there is no listing; of others what cannot be had is noted
  bool may_lack;   // servers that declare the capability need not know the method
};

constexpr List lists[] = {
    {"tools/list", "tools", "tools", &Listing::tools, true, false},
    {"resources/list", "resources", "resources", &Listing::resources, false, false},
    {"resources/templates/list", "resourceTemplates", "resources", &Listing::templates, false, true},
    {"prompts/list", "prompts", "prompts", &Listing::prompts, false, false},
};

}  // namespace

// The first list from list_ on whose capability is declared.
void Dialogue::next_list() {
  for (; list_ < std::size(lists); ++list_) {
    cursors_.clear();
    pages_ = odd_ = 0;
    if (declared_.contains(lists[list_].capability)) return next_page({});
    if (lists[list_].essential) note("it declares no tools, so it was not asked for them");
  }
  if (noise_lines_ > 0) {
    note(std::to_string(noise_lines_) + (noise_lines_ == 1 ? " line" : " lines") +
         " of its output are no messages; the first: " + noise_);
  }
  stage_ = Stage::done;
}

void Dialogue::next_page(const std::string& cursor) {
  std::string params;
  if (!cursor.empty() || pages_ > 0) {
    params = "\"cursor\":";
    json::write_string(params, cursor);
  }
  ask(lists[list_].method, params);
}

void Dialogue::list_failed(const std::string& why) {
  const List& list = lists[list_];
  const std::string method(list.method);
  if (list.essential) return fail("the server did not give its tools (" + method + "): " + why);
  if (!list.may_lack || pages_ > 0) note(method + ": " + why);
  ++list_;
  next_list();
}

void Dialogue::read_page(json::Value result) {
  const List& list = lists[list_];
  const json::Value entries = result.find(list.member);
  if (!entries.is_array()) {
    return list_failed("its answer holds no list \"" + std::string(list.member) + '"');
  }
  ++pages_;
  const std::size_t before = (listing_.*list.into).size();
  if (const std::string trouble = add_entries(entries); !trouble.empty()) return list_failed(trouble);
  const json::Value next = result.find("nextCursor");
  if (next && !next.is_string() && !next.is_null()) return list_failed("nextCursor is no string");
  if (next.is_string()) {
    const std::string cursor(next.string());
    if (cursor.empty() && cursors_.contains(cursor)) {
      // Many servers write "" for "no more" and then give the first page again.
      (listing_.*list.into).resize(before);
      return list_over();
    }
    if (!cursors_.insert(cursor).second)
      return list_failed("its pages have no end: the cursor \"" + base::printable(cursor, 60) + "\" came twice");
    if (pages_ >= max_pages) return list_failed("it has more than " + std::to_string(max_pages) + " pages");
    return next_page(cursor);
  }
  list_over();
}

void Dialogue::list_over() {
  const List& list = lists[list_];
  if (odd_ > 0) {
    note(std::string(list.method) + ": " + std::to_string(odd_) +
         (odd_ == 1 ? " entry is no object" : " entries are no objects") + (list.essential ? " with a name" : ""));
  }
  ++list_;
  next_list();
}

// Takes what is usable. What is wrong, or "".
std::string Dialogue::add_entries(json::Value entries) {
  const List& list = lists[list_];
  for (const json::Value entry : entries.elements()) {
    if (!entry.is_object() || (list.essential && !entry.find("name").is_string())) {
      ++odd_;
      continue;
    }
    std::string text;
    json::write(text, entry);
    bytes_ += text.size();
    if (++entries_ > max_entries) return "it lists more than " + std::to_string(max_entries) + " entries";
    if (bytes_ > max_bytes) return "its lists have more than 64 MiB";
    (listing_.*list.into).push_back(std::move(text));
  }
  return {};
}

void Dialogue::cut_short(const std::string& why) {
  if (failure_ || done()) return;
  if (stage_ != Stage::lists || lists[list_].essential) return fail(why);
  pending_.clear();
  note(why + "; what it would have listed from there on is missing");
  list_ = std::size(lists);
  next_list();
}

Listing Dialogue::take_listing() { return std::move(listing_); }

}  // namespace client
