"""What is extended is found: packs by name and pin, files inside the project, and no more of them than is allowed."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from prism_rules.checking import check_source
from prism_rules.cli import run
from prism_rules.diagnostics import Refused
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.ruleset.composing import compose, packs, parents, parts
from prism_rules.ruleset.composing.expressions import list_names
from prism_rules.ruleset.composing.parents import MAX_DEPTH, MAX_FILES
from prism_rules.source import parse, read_source
from prism_rules.sql_gate import Gated, gate

HEAD: dict[str, Any] = {
    "apiVersion": "prism-rules/v1",
    "kind": "Ruleset",
    "metadata": {"name": "found", "version": "1.0.0"},
}


def write(path: Path, *parents: Any, **said: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**HEAD, "extends": list(parents), **said} if parents else {**HEAD, **said}))
    return path


def refuse(path: Path) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        load_ruleset(path)
    return [(d.code, d.message) for d in refused.value.diagnostics]


def codes(path: Path) -> list[str]:
    return [code for code, _ in refuse(path)]


@pytest.mark.parametrize(
    ("pin", "version", "taken"),
    [
        ("1.2.0", "1.2.0", True),
        ("1.2.0", "1.2.1", False),
        ("^1", "1.9.3", True),
        ("^1", "2.0.0", False),
        ("^1.2", "1.1.9", False),
        ("^1.2", "1.10.0", True),
        ("^1.2.3", "1.2.3", True),
        ("^1.2.3", "1.2.2", False),
        ("^0.3", "0.3.7", True),
        ("^0.3", "0.4.0", False),
        ("^0.0.3", "0.0.4", False),
        ("~1.2", "1.2.9", True),
        ("~1.2", "1.3.0", False),
        ("~1.2.3", "1.2.2", False),
        ("~1", "1.7.0", True),
        ("^1", "1.3.0-rc.1", False),
        ("1.3.0-rc.1", "1.3.0-rc.1", True),
        ("1.2", "1.2.0", None),
        ("", "1.2.0", None),
        (">=1", "1.2.0", None),
        ("^1.2.3.4", "1.2.3", None),
    ],
)
def test_a_pin_takes_the_versions_that_it_says(pin: str, version: str, taken: bool | None) -> None:
    assert packs.lets_in(pin, version) is taken


@pytest.mark.parametrize(("version", "pin"), [("1.4.2", "lines@^1"), ("0.4.2", "lines@^0.4"), ("12.0.0", "lines@^12")])
def test_the_pin_that_is_suggested_takes_what_is_there(version: str, pin: str) -> None:
    assert packs.suggest_pin("lines", version) == pin
    assert packs.lets_in(pin.removeprefix("lines@"), version)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shipped"
    write(folder / "lines" / "ruleset.yaml", "words@^1", classes={"dent": {"risk": "low"}})
    write(folder / "words" / "ruleset.yaml", classes={"ok": {"risk": "low"}})
    monkeypatch.setattr(packs, "find_packaged", lambda name: tmp_path / {"rulesets": "shipped"}[name])
    return folder


def test_packs_are_found_by_name_and_told_by_name_and_version(tmp_path: Path, shipped: Path) -> None:
    root = write(tmp_path / "project" / "root.yaml", "lines@^1", classes={"dent": {"risk": "high"}})
    resolved = load_ruleset(root)
    assert resolved.document.data["classes"] == {"dent": {"risk": "high"}, "ok": {"risk": "low"}}
    assert [file.path for file in resolved.files[1:]] == ["words@1.0.0/ruleset.yaml", "lines@1.0.0/ruleset.yaml"]
    assert resolved.origin("classes.ok").file == "words@1.0.0/ruleset.yaml"
    # As installers do that keep one copy of a file for all environments.
    (tmp_path / "cache.yaml").hardlink_to(shipped / "words" / "ruleset.yaml")
    assert load_ruleset(root).digest == resolved.digest


@pytest.mark.usefixtures("shipped")
def test_a_file_that_is_called_like_a_pack_is_another_one(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    write(folder / "words@1.0.0" / "ruleset.yaml", classes={"scratch": {"risk": "low"}})
    extended = ["words@^1", "./words@1.0.0/ruleset.yaml"]
    for places in (extended, extended[::-1]):
        document = load_ruleset(read_source(write(folder / "root.yaml", *places), name="root.yaml")).document
        assert document.data["classes"] == {"ok": {"risk": "low"}, "scratch": {"risk": "low"}}
    heir = write(folder / "words@1.0.0" / "ruleset.yaml", "words@^1", classes={"scratch": {"risk": "low"}})
    document = load_ruleset(read_source(heir, name="words@1.0.0/ruleset.yaml")).document
    assert document.data["classes"].keys() == {"ok", "scratch"}


def test_a_pack_leads_to_no_file(tmp_path: Path, shipped: Path) -> None:
    write(shipped / "lines" / "ruleset.yaml", "./more.yaml")
    write(shipped / "lines" / "more.yaml")
    told = refuse(write(tmp_path / "project" / "root.yaml", "lines@^1"))
    assert told == [
        ("bad-extends", "`./more.yaml` is relative to a file, and `lines@1.0.0/ruleset.yaml` is none of a project")
    ]


def test_the_pack_that_ships_becomes_a_ruleset_with_ten_lines() -> None:
    text = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: mine, version: "1.0.0", owners: ["@org/labels"]}
extends: [prism-core@^1]
sources:
  live:
    role: predictions
    fields: {id: image, time: taken_at, class: predicted, confidence: score}
  reviews: {role: annotations, fields: {unit: image, annotator: who, class: label, time: labelled_at}}
"""
    resolved = load_ruleset(parse(text.encode(), "mine.yaml"))
    assert resolved.model.rules["confidence-falls"].source == "live"
    assert resolved.model.rules["class-agreement"].source == "reviews"
    assert "relabel" in resolved.model.actions
    assert {off.id for off in resolved.off} >= {"capture-moves", "signals-late", "process-misaligned"}


def test_paths_stay_in_the_project(tmp_path: Path) -> None:
    write(tmp_path / "outside.yaml", classes={"dent": {}})
    root = write(tmp_path / "project" / "rules" / "root.yaml", "../words.yaml")
    write(tmp_path / "project" / "words.yaml", classes={"ok": {}})
    assert codes(root) == ["outside-root"], "without a project, its own folder is all there is"
    (tmp_path / "project" / "prism.yaml").touch()
    resolved = load_ruleset(read_source(root, name="rules/root.yaml"))
    assert [file.path for file in resolved.files] == ["rules/root.yaml", "words.yaml"]
    assert codes(write(root, "../../outside.yaml")) == ["outside-root"]
    assert codes(write(root, "./../rules/../../project/../outside.yaml")) == ["outside-root"]


def test_links_count_as_what_they_lead_to(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "secret.yaml", classes={"secret": {}})
    root = write(tmp_path / "project" / "root.yaml", "./link.yaml")
    inside = write(tmp_path / "project" / "real.yaml", classes={"ok": {}})
    link = tmp_path / "project" / "link.yaml"
    link.symlink_to(outside)
    assert codes(root) == ["outside-root"]
    link.unlink()
    (tmp_path / "project" / "folder").symlink_to(outside.parent)
    assert codes(write(root, "./folder/secret.yaml")) == ["outside-root"]
    link.symlink_to(inside)
    assert [Path(file.path).name for file in load_ruleset(write(root, "./link.yaml", "./real.yaml")).files] == [
        "root.yaml",
        "real.yaml",
    ]
    link.unlink()
    link.symlink_to(link)
    assert codes(write(root, "./link.yaml")) == ["irregular-file"]


def test_what_leads_to_a_file_that_is_not_there_is_not_what_was_meant(tmp_path: Path) -> None:
    write(tmp_path / "team.yaml", "./rot.yaml")
    with pytest.raises(Refused) as refused:
        load_ruleset(write(tmp_path / "root.yaml", "./team.yaml"))
    assert [d.help for d in refused.value.diagnostics] == ["check the path"]


@pytest.mark.parametrize("name", ["./a\0b.yaml", "./" + "long" * 100 + ".yaml", "./", "./folder"])
def test_strange_paths_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    [code] = codes(write(tmp_path / "root.yaml", name))
    assert code in ("control-character", "unreadable-file", "irregular-file", "missing-file")


def test_a_text_without_a_file_has_nothing_beside_it() -> None:
    with pytest.raises(Refused) as refused:
        load_ruleset(parse(json.dumps({**HEAD, "extends": ["./other.yaml"]}).encode(), "text.yaml"))
    assert [d.code for d in refused.value.diagnostics] == ["bad-extends"]


@pytest.mark.parametrize(
    "given", ["./a.yaml", [7], [{"from": "./a.yaml"}], [{"form": "./a.yaml", "digest": "x"}], None]
)
def test_extends_is_a_list_of_places(tmp_path: Path, given: Any) -> None:
    root = write(tmp_path / "root.yaml", extends=given)
    assert set(codes(root)) <= {"wrong-type", "missing-key", "unknown-key"}


def test_files_are_bounded_in_number_and_in_depth(tmp_path: Path) -> None:
    names = [f"./{number}.yaml" for number in range(1, 1001)]
    for name in names:
        write(tmp_path / name)
    root = write(tmp_path / "root.yaml", *names[: MAX_FILES - 1])
    assert len(load_ruleset(root).files) == MAX_FILES
    assert codes(write(root, *names)) == ["too-many-files"]
    for number, name in enumerate(names[:MAX_DEPTH]):
        write(tmp_path / name, names[number + 1])
    assert codes(write(root, names[0])) == ["too-many-files"]
    assert len(load_ruleset(write(root, names[1])).files) == MAX_DEPTH + 1


def test_files_are_bounded_in_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "root.yaml", "./long.yaml", "./short.yaml")
    write(tmp_path / "long.yaml", metadata={"description": "long" * 500})
    write(tmp_path / "short.yaml")
    monkeypatch.setattr(parents, "MAX_CHARACTERS", 2_000)
    assert refuse(root) == [("too-many-files", "a ruleset of more than 2,000 characters")]


def test_a_ladder_of_diamonds_is_read_once_each(tmp_path: Path) -> None:
    for number in range(MAX_DEPTH - 1):
        for side in "ab":
            parents = [f"./{number + 1}{other}.yaml" for other in "ab"] if number < MAX_DEPTH - 2 else []
            write(tmp_path / f"{number}{side}.yaml", *parents, classes={f"{number}{side}": {}})
    resolved = load_ruleset(write(tmp_path / "root.yaml", "./0a.yaml", "./0b.yaml"))
    assert len(resolved.files) == 2 * (MAX_DEPTH - 1) + 1 == len(resolved.document.data["classes"]) + 1


@pytest.mark.parametrize("steps", [["root"], ["a", "root"], ["a", "b", "a"]])
def test_cycles_are_told_with_their_chain(tmp_path: Path, steps: list[str]) -> None:
    for name, following in zip(["root", *steps], steps, strict=False):
        write(tmp_path / f"{name}.yaml", f"./{following}.yaml")
    with pytest.raises(Refused) as refused:
        load_ruleset(read_source(tmp_path / "root.yaml", name="root.yaml"))
    [told] = refused.value.diagnostics
    circle = ["root", *steps][["root", *steps].index(steps[-1]) :]
    assert told.code == "extends-cycle"
    assert told.message.endswith(": " + " → ".join(f"`{name}.yaml`" for name in circle))
    assert [label.file for label in told.labels] == [f"{name}.yaml" for name in reversed(circle[:-1])]


def load_locked(folder: Path, digest: str) -> Resolved:
    return load_ruleset(write(folder / "root.yaml", {"from": "./base.yaml", "digest": digest}))


def test_a_digest_holds_a_parent_to_what_it_hands_on(tmp_path: Path) -> None:
    below = write(tmp_path / "below.yaml", classes={"dent": {"risk": "low", "family": "marks"}})
    base = write(tmp_path / "base.yaml", "./below.yaml", classes={"ok": {}})
    with pytest.raises(Refused) as refused:
        load_locked(tmp_path, "sha256:")
    assert refused.value.exit_code == 7
    [told] = refused.value.diagnostics
    assert (told.code, told.labels[0].line) == ("parent-digest", 1)
    digest = str(told.help).split('"')[1]
    assert load_locked(tmp_path, digest).document.data["classes"].keys() == {"dent", "ok"}
    base.write_text("# said otherwise\n" + base.read_text().replace('"1.0.0"', '"1.1.0"'))
    write(below, classes={"dent": {"family": "marks", "risk": "low"}})
    load_locked(tmp_path, digest)
    write(below, classes={"dent": {"risk": "high", "family": "marks"}})
    with pytest.raises(Refused) as refused:
        load_locked(tmp_path, digest)
    assert refused.value.exit_code == 7


def test_the_digest_is_over_canonical_json(tmp_path: Path) -> None:
    import hashlib

    write(tmp_path / "base.yaml", classes={"ok": {"risk": "low"}}, defaults={"window": "7d"})
    said = b'{"classes":{"ok":{"risk":"low"}},"defaults":{"window":"7d"}}'
    load_locked(tmp_path, "sha256:" + hashlib.sha256(said).hexdigest())


def test_check_ends_with_7_and_lists_what_is_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rule = {"source": "feedback", "metric": "volume", "window": "7d", "fail": {"below": 1}}
    write(tmp_path / "base.yaml", rules={"few": rule})
    write(tmp_path / "root.yaml", {"from": "./base.yaml", "digest": "sha256:"})
    assert run(["check", "root.yaml"]) == 7
    assert "exit 7: 1 error; `prism-rules explain parent-digest` says more" in capsys.readouterr().err
    write(tmp_path / "root.yaml", "./base.yaml")
    assert run(["check", "root.yaml"]) == 0
    assert capsys.readouterr().err == "root.yaml: 1 entry of its parents is off; -v lists them\n"
    assert run(["check", "root.yaml", "-v"]) == 0
    assert "rule `few` is off: there is no source `feedback`\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "confidence < 0.8 and site = 'x''y and z'",
        "not (site in ('a', 'b')) or label is not null",
        "site not like 'a%' or site ilike 'b_'",
        "\"class\" = 'dent' and time >= timestamp '2026-01-01'",
        "confidence between 0.1 and 1e-3 and (case when overridden then 1 else 0 end) = 1",
        "cast(confidence as double) > 0.5 and label is distinct from class",
        "coalesce(label, class) = 'x' and overridden = true",
        "confidence::double = 1 and class = 'a'",
    ],
)
def test_names_in_sql_are_those_that_the_gate_finds(text: str) -> None:
    types = {"confidence": "DOUBLE", "time": "TIMESTAMP", "overridden": "BOOLEAN"}
    columns = {**dict.fromkeys(("site", "class", "label"), "VARCHAR"), **types}
    gated = gate(text, kind="where", columns=columns, route=())
    assert isinstance(gated, Gated), gated
    assert set(list_names(text)) == gated.columns


def test_names_in_aggregates_are_columns_alone() -> None:
    text = "count(*) FILTER (WHERE overridden AND site = 'glare') / nullif(count(DISTINCT label), 0)"
    assert list_names(text) == ["overridden", "site", "label"]


def test_composing_costs_little(tmp_path: Path) -> None:
    import time

    rule = {"source": "seen", "metric": "volume", "fail": {"below": 10}}
    write(tmp_path / "base.yaml", rules={f"rule-{number}": rule for number in range(2000)})
    root = read_source(write(tmp_path / "root.yaml", "./base.yaml", rules={"rule-7": {"fail": {"below": 20}}}))
    begun = time.process_time()
    composed = compose(root)
    assert composed.composition.data["rules"]["rule-7"] == {**rule, "fail": {"below": 20}}
    assert time.process_time() - begun < 1.5


@pytest.mark.parametrize(
    "text",
    [
        "cast(confidence as varchar) = '1'",
        "confidence::float > 0.5",
        "time > timestamp '2026-01-01' - interval '1 day'",
        "time > timestamp '2026-01-01' - interval 1 day",
        "label collate nocase = 'dent'",
        "time at time zone 'UTC' is not null",
        "time < current_date",
        "confidence > (select max(confidence) from seen)",
        "row_number() over (partition by label order by time) = 1",
    ],
)
def test_sql_that_is_forbidden_is_refused_in_a_parent_as_anywhere(tmp_path: Path, text: str) -> None:
    fields = {"id": "id", "time": "t", "class": "class", "confidence": "score", "label": "label"}
    rule = {"source": "predictions", "metric": "volume", "where": text, "fail": {"below": 10}}
    write(tmp_path / "base.yaml", rules={"few": rule})
    said = {"sources": {"seen": {"role": "predictions", "fields": fields}}, "defaults": {"window": "7d"}}
    with pytest.raises(Refused) as refused:
        check_source(read_source(write(tmp_path / "root.yaml", "./base.yaml", **said)))
    told = {d.code for d in refused.value.diagnostics}
    assert ("sql-unknown-column" if "current" in text else "sql-forbidden") in told


def test_what_changes_in_a_section_is_put_there_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"name-{number}" for number in range(100)]
    rule = {"source": "predictions", "metric": "volume", "fail": {"below": 10}}
    cause = {"kind": "drift", "when": {"any": ["gone", "name-1"]}}
    write(tmp_path / "base.yaml", rules=dict.fromkeys([*names, "gone"], rule), causes=dict.fromkeys(names, cause))
    seen = {"role": "predictions", "fields": {"id": "id", "time": "time"}}
    root = read_source(write(tmp_path / "root.yaml", "./base.yaml", rules={"gone": None}, sources={"seen": seen}))
    held = []
    hold = parts.Part.hold
    monkeypatch.setattr(parts.Part, "hold", lambda part, inner: held.append(len(inner)) or hold(part, inner))
    data = compose(root).composition.data
    assert {cause["when"]["any"][0] for cause in data["causes"].values()} == {"name-1"}
    assert {rule["source"] for rule in data["rules"].values()} == {"seen"}
    assert sum(held) < 50 * len(names)


ROLES: dict[str, Any] = {
    "live": {
        "role": "predictions",
        "fields": {"id": "id", "time": "t", "class": "c", "confidence": "p", "overridden": "o"},
        "dimensions": ["site"],
        "features": ["blur"],
    },
    "reviews": {"role": "annotations", "fields": {"unit": "id", "annotator": "who", "class": "c"}},
    "learnt": {"role": "training", "fields": {"id": "id", "class": "c"}, "dimensions": ["site"]},
    "tried": {"role": "validation", "fields": {"id": "id", "class": "c", "time": "t"}},
    "heard": {"role": "feedback", "fields": {"id": "id", "time": "t", "channel": "k", "routed_at": "r"}},
}


@pytest.mark.parametrize("count", range(1, 6))
def test_the_pack_that_ships_serves_whoever_has_some_of_the_sources(count: int) -> None:
    for names in combinations(ROLES, count):
        said = {"extends": ["prism-core@^1"], "sources": {name: ROLES[name] for name in names}, "classes": {"a": {}}}
        document = {**HEAD, "metadata": {**HEAD["metadata"], "owners": ["@org/labels"]}, **said}
        resolved = load_ruleset(parse(json.dumps(document).encode(), "mine.yaml"))
        assert resolved.warnings == ()
        wanted = {"heard": "late", "reviews": "agreement", "tried": "validation"}
        for name, word in wanted.items():
            assert any(word in rule for rule in resolved.model.rules) == (name in names), (names, word)
    assert count < len(ROLES) or resolved.off == ()


@pytest.mark.parametrize(
    ("section", "name", "entry", "message", "help"),
    [
        ("rules", "lwo", {"fail": {"below": 0.75}}, "no parent has a rule `lwo`",
         "did you mean `low` (parent.yaml:5)? else give it `source` and `metric`"),
        ("rules", "other", {"fail": {"below": 0.75}}, "no parent has a rule `other`", "give it `source` and `metric`"),
        ("rules", "other", {"source": "seen", "fail": {"below": 0.7}}, "`rules.other` needs `metric`",
         "add `metric: ...`"),
        ("causes", "waek", {"explain": "Weak."}, "no parent has a cause `waek`",
         "did you mean `weak` (parent.yaml:6)? else give it `kind` and `when`"),
    ],
)  # fmt: skip
def test_a_change_of_what_no_parent_has_is_told_once(
    tmp_path: Path, section: str, name: str, entry: dict[str, Any], message: str, help: str
) -> None:
    (tmp_path / "parent.yaml").write_text("""\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: parent, version: "1.0.0", owners: ["@org/labels"]}
sources: {seen: {role: predictions, window: 7d, fields: {id: id, time: time, class: class, confidence: score}}}
rules: {low: {source: seen, metric: mean_confidence, by: [class], fail: {below: 0.5}}}
causes: {weak: {kind: drift, by: [class], when: {all: [low]}}}
actions: {look: {kind: review, for: [weak], title: Look, owner: "@org/labels"}}
""")
    heir = write(tmp_path / "heir.yaml", "./parent.yaml", **{section: {name: entry}})
    with pytest.raises(Refused) as refused:
        load_ruleset(read_source(heir, name="heir.yaml"))
    assert [(d.message, d.help) for d in refused.value.diagnostics] == [(message, help)]
