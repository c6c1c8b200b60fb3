"""One site of the servers whose lists are in tests/data, and one browser, for all tests of a worker."""

import pytest

import reader


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site") / "site"
    reader.build(reader.TOOLS, out)
    return out


@pytest.fixture(scope="session")
def look():
    looking = reader.require_reader()
    yield looking
    looking.close()
