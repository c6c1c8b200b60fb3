// Lines and what is known of them.
#include "mediator/outbox.h"

#include <algorithm>

#include "json/writer.h"
#include "mcp/errors.h"

namespace mediator {
namespace {

std::string text_of(json::Value value) {
  std::string text;
  if (value) json::write(text, value);
  return text;
}

std::string subscription_of(const mcp::Message& m) {
  return text_of(m.meta.find("io.modelcontextprotocol/subscriptionId"));
}

void describe(Line& line, const mcp::Message& m, Scope scope) {
  line.scope = scope;
  line.method = m.method;
  line.method_name = m.method_name;
  line.name = mirrored_name(m);
  line.modern = mcp::is_modern(m);
  line.revision = mcp::declared_revision(m);
  line.subscription_id_text = subscription_of(m);
  if (m.kind == mcp::Kind::notification) {
    if (m.method_name == "notifications/progress") line.progress_token_text = text_of(m.params.find("progressToken"));
    if (m.method_name == "notifications/cancelled") line.cancelled_id_text = text_of(m.params.find("requestId"));
    return;
  }
  line.what = m.kind == mcp::Kind::request ? Line::What::request : Line::What::answer;
  line.id_key = m.id.key;
  line.id_text = m.id.text;
  if (m.kind == mcp::Kind::request) line.progress_token_text = text_of(m.meta.find("progressToken"));
}

}  // namespace

std::string_view mirrored_name(const mcp::Message& m) {
  if (m.method_name.starts_with("tasks/")) return m.params.find("taskId").string();
  if (m.method == nullptr || m.method->ruling == mcp::Ruling::completion) return {};
  return mcp::target_name(m);
}

void Outbox::mark_answer(const Caller& to, const mcp::Message* forwarded) {
  Line& line = lines_.emplace_back();
  mark(line);
  line.what = Line::What::answer;
  line.scope = to.scope;
  if (to.id != nullptr) line.id_key = to.id->key, line.id_text = to.id->text;
  line.method = to.method;
  line.modern = to.modern;
  line.own = forwarded == nullptr;
  if (forwarded != nullptr) line.subscription_id_text = subscription_of(*forwarded);
}

void Outbox::mark(Line& line) const {
  line.end = text_.size();
  line.tag = tag_;
}

void Outbox::forward(const mcp::Message& m, Scope scope) {
  json::write(text_, m.root);
  text_ += '\n';
  if (!marked_) return;
  Line& line = lines_.emplace_back();
  mark(line);
  describe(line, m, scope);
}

void Outbox::forward_answer(const mcp::Message& m, const Caller& to) {
  forward_answer(m, to, [&](std::string& text) {
    json::write(text, m.root);
    text += '\n';
  });
}

void Outbox::error(const Caller& to, int code, std::string_view message) {
  answer(to, [&](std::string& text) { mcp::append_error(text, to.id_text(), code, message); });
}

void Outbox::take(std::size_t begin, std::size_t end) {
  if (begin == end) return;
  text_.erase(begin, end - begin);
  const auto in = [&](const Line& line) { return line.end > begin && line.end <= end; };
  std::erase_if(lines_, in);
  for (Line& line : lines_) {
    if (line.end > end) line.end -= end - begin;
  }
}

void Outbox::clear_marks(std::size_t keep_bytes) {
  lines_.clear();
  if (lines_.capacity() * sizeof(Line) > keep_bytes) lines_.shrink_to_fit();
}

}  // namespace mediator
