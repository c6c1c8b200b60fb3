// JSON in its canonical layout. Internal to the room.
#pragma once
#include <string>

#include "json/document.h"

namespace yaml::layout {

std::string write_json(json::Value root);

}  // namespace yaml::layout
