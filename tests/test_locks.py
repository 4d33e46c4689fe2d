"""What the server runs with and what the tests need are locked apart; licences are listed."""

import re
import tomllib
from functools import cache
from importlib.metadata import PackageMetadata, metadata, packages_distributions

import pytest

from tests.conftest import ROOT
from tests.test_layers import LIBRARIES

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LICENCES = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")


def name(requirement: str) -> str:
    """As an index writes it."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def locked(file: str) -> dict[str, set[str]]:
    """The versions of each package; one may have several, for several versions of Python."""
    versions: dict[str, set[str]] = {}
    text = (ROOT / file).read_text(encoding="utf-8")
    for package, version in re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.M):
        versions.setdefault(name(package), set()).add(version)
    return versions


RUN, DEV = locked("requirements.lock"), locked("requirements-dev.lock")
BENCH = locked("requirements-bench.lock")
packages_of = cache(packages_distributions)


def test_all_that_is_asked_for_is_locked_where_it_belongs() -> None:
    assert {name(needed) for needed in PROJECT["project"]["dependencies"]} <= RUN.keys()
    assert {name(needed) for needed in PROJECT["dependency-groups"]["dev"]} <= DEV.keys()
    assert {name(needed) for needed in PROJECT["dependency-groups"]["bench"]} <= BENCH.keys()


def test_no_tool_of_the_tests_is_installed_to_run() -> None:
    assert (RUN.keys() | DEV.keys()).isdisjoint(map(name, PROJECT["dependency-groups"]["bench"]))
    assert RUN.keys().isdisjoint(map(name, PROJECT["dependency-groups"]["dev"]))
    assert RUN.keys().isdisjoint({"pluggy", "execnet", "iniconfig", "librt", "xmltodict"})


def test_what_several_need_is_the_same_version() -> None:
    for one, other in ((RUN, DEV), (RUN, BENCH), (DEV, BENCH)):
        both = one.keys() & other.keys()
        assert {package: one[package] for package in both} == {p: other[p] for p in both}


@pytest.mark.parametrize("library", sorted(LIBRARIES.keys() - {"sqlite3"}))
def test_each_library_that_the_program_may_use_is_installed_to_run(library: str) -> None:
    assert {name(package) for package in packages_of()[library]} & RUN.keys()


def licence(package: PackageMetadata) -> str:
    """As its authors say it, in the newest of the ways that there are."""
    for field in ("license_expression", "license"):
        said = str(package.json.get(field, ""))
        if said not in ("", "UNKNOWN") and "\n" not in said:
            return said
    kinds = (line.split(" :: ") for line in package.json.get("classifier", []))
    return ", ".join(kind[-1] for kind in kinds if kind[0] == "License")


def test_the_licences_of_all_that_it_runs_with_are_listed() -> None:
    """What is missing here is to be written there, and what is too much struck out."""
    listed = re.findall(r"^\| ([\w.-]+) \| ([^|]+) \|", LICENCES, re.M)
    expected = [(package, licence(metadata(package))) for package in sorted(RUN)]
    assert listed[1:] == expected


def test_the_program_has_a_licence_of_its_own() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")
    assert PROJECT["project"]["license"] == "MIT"
