"""Every attack of the database, played: see simulation.py."""

import attack_database
import pytest
import sims_agency  # noqa: F401 - they register their simulations
import sims_arguments  # noqa: F401
import sims_changes  # noqa: F401
import sims_flows  # noqa: F401
import sims_network  # noqa: F401
import sims_supply  # noqa: F401
from simulation import SIMULATIONS, judge

DATABASE = attack_database.entries()


def row_name(row):
    return "-".join(row)


def rows(many):
    return [
        (slug, row)
        for slug in sorted(SIMULATIONS)
        if slug in DATABASE
        for row in (SIMULATIONS[slug].more_rows if many else SIMULATIONS[slug].rows)
    ]


def test_every_attack_has_a_simulation_and_every_simulation_an_attack():
    assert set(SIMULATIONS) == set(DATABASE)


@pytest.mark.parametrize("slug, row", rows(False), ids=lambda v: v if isinstance(v, str) else row_name(v))
def test_attack(slug, row):
    judge(slug, row, DATABASE[slug])


@pytest.mark.all_only
@pytest.mark.parametrize("slug, row", rows(True), ids=lambda v: v if isinstance(v, str) else row_name(v))
def test_attack_on_more_rows(slug, row):
    judge(slug, row, DATABASE[slug], seed=2)


@pytest.mark.all_only
@pytest.mark.parametrize("seed", range(3, 6))
@pytest.mark.parametrize("slug, row", rows(False), ids=lambda v: v if isinstance(v, str) else row_name(v))
def test_attack_in_many_variants(slug, row, seed):
    judge(slug, row, DATABASE[slug], seed, many=True)
