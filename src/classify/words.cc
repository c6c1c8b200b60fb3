// The words that people read for classes, severities and risks: one spelling for reports, pages and machines.
#include "classify/classify.h"

namespace classify {

std::string_view text(Class c) {
  switch (c) {
    case Class::read:
      return "Read";
    case Class::write:
      return "Write";
    case Class::execute:
      return "Execute";
    case Class::destructive:
      return "Destructive";
    case Class::financial:
      return "Financial";
  }
  return "Execute";
}

std::string_view text(Severity s) {
  switch (s) {
    case Severity::low:
      return "Low";
    case Severity::medium:
      return "Medium";
    case Severity::high:
      return "High";
    case Severity::critical:
      return "Critical";
  }
  return "Critical";
}

Severity severity_of(Class c) {
  switch (c) {
    case Class::read:
      return Severity::low;
    case Class::write:
      return Severity::medium;
    case Class::execute:
      return Severity::high;
    case Class::destructive:
    case Class::financial:
      return Severity::critical;
  }
  return Severity::critical;
}

std::string_view text(Risk r) {
  switch (r) {
    case Risk::code_input:
      return "freeform code or query input";
    case Risk::file_path:
      return "file system path";
    case Risk::url_fetch:
      return "URL to fetch";
    case Risk::bulk:
      return "bulk or mass operation";
    case Risk::admin:
      return "admin or system-level operation";
    case Risk::credentials:
      return "credentials in arguments";
    case Risk::sends_outside:
      return "sends data outside";
    case Risk::force:
      return "recursive or force switch";
    case Risk::hidden_characters:
      return "hidden characters in the description";
    case Risk::model_instructions:
      return "instructions to the model in the description";
    case Risk::mentions_tool:
      return "mentions another tool";
  }
  return "";
}

std::string text(const Flag& flag) {
  std::string out(text(flag.risk));
  if (!flag.argument.empty()) out.append(" (").append(flag.argument).append(")");
  return out;
}

}  // namespace classify
