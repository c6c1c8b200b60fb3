// A heap of sources by the time of the line that each offers next.
#include "audit/merge.h"

#include <algorithm>

#include "audit/entry.h"

namespace audit {

void Merge::push(Due due) {
  due_.push_back(due);
  std::push_heap(due_.begin(), due_.end());
}

void Merge::add(std::unique_ptr<LineSource> source) {
  const std::int64_t begins = source->begins();
  heads_.push_back({std::move(source), {}, false});
  push({begins, heads_.size() - 1, false});
}

// Puts the source's next line into the heap; `before`: the time of the one before.
void Merge::advance(std::size_t source, std::int64_t before) {
  Head& head = heads_[source];
  if (!head.source->next(head.text, head.cut)) {
    head.source.reset();
    return;
  }
  const std::int64_t time = quick_time(head.text);
  push({time != 0 ? time : before, source, true});
}

bool Merge::next(Line& line) {
  if (given_ != none) advance(given_, given_time_);
  given_ = none;
  while (!due_.empty()) {
    std::pop_heap(due_.begin(), due_.end());
    const Due due = due_.back();
    due_.pop_back();
    if (!due.begun) {
      advance(due.source, due.time);
      continue;
    }
    const Head& head = heads_[due.source];
    line = {head.text, head.cut, due.time, due.source};
    given_ = due.source;
    given_time_ = due.time;
    return true;
  }
  return false;
}

}  // namespace audit
