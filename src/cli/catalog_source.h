// The servers of a catalogue: a folder of saved tool lists, one a server, or the lists that the program has built in.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/site.h"

namespace cli {

// `from`: a folder (its *.json, *.jsonl, *.yaml and *.yml; not those in folders of it), one file, or "" for what is
// built in. A server's id is its file's name without the suffix; of a file with the reports of several the name that
// each has, numbered where that is another's (`x-2`). Which shapes are understood is said in trial/tools_list.h and at
// scan_file(); reports of `scan --format json` are taken as they are. All files that cannot be used are reported at
// once, each with its name and what is wrong with it; so is a folder without any, and two files of one id. Sorted by
// id. Any thread.
base::Result<std::vector<catalog::Entry>> read_catalog(const std::string& from);

}  // namespace cli
