// A tree as JSON text: for what is written in YAML and read as JSON (schemas, calls of tests).
#include "json/writer.h"
#include "yaml/tree.h"

namespace yaml {

void write_json(std::string& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      out += "null";
      return;
    case Node::Kind::boolean:
      out += node.boolean ? "true" : "false";
      return;
    case Node::Kind::number:
      out += node.text;
      return;
    case Node::Kind::string:
    case Node::Kind::ambiguous:
      json::write_string(out, node.text);
      return;
    case Node::Kind::list: {
      out += '[';
      for (const Node* item : node.items) {
        if (out.back() != '[') out += ',';
        write_json(out, *item);
      }
      out += ']';
      return;
    }
    case Node::Kind::map: {
      out += '{';
      for (const NodeMember& m : node.members) {
        if (out.back() != '{') out += ',';
        json::write_string(out, m.key);
        out += ':';
        write_json(out, *m.value);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace yaml
