"""A user's own report: what its template may name, how it is escaped, and what is refused at its place."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt

from prism_rules.diagnostics import Refused
from prism_rules.escaping import GAP
from prism_rules.model.plan import BaselineValue, Bound, Cleared, Origin, Plan, ResolvedBound
from prism_rules.render.markdown.actions import tell_actions
from prism_rules.render.template import MOST, fill_report
from prism_rules.render.template.formats import FORMATS, find_format
from prism_rules.render.template.parts import list_dimensions, shape_group
from prism_rules.render.template.plans import PLAN
from prism_rules.templating import Leaf, Many

from .plans import WEEK, make_big_plan, make_finding, make_glare_plan, make_hostile_plan, make_passing_plan, make_plan

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
LIVE = re.compile(r"@[A-Za-z0-9]|#[0-9]|://|www\.|\bGH-[0-9]", re.IGNORECASE)
INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200c-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
OURS = {"b", "p", "em", "strong", "ul", "ol", "li", "code", "pre", "br"}


def fill(text: str, plan: Plan | None = None, name: str = "report.md", most: int | None = None) -> str:
    form = find_format(name)
    assert form is not None
    return fill_report(text, plan or make_glare_plan(), name=name, form=form, most=most)


def refuse(text: str, name: str = "report.md") -> list[tuple[str, int, int, str]]:
    """The problems of a template: code, line, column, and what the carets are under."""
    with pytest.raises(Refused) as refused:
        fill(text, name=name)
    assert refused.value.exit_code == 2
    return [
        (one.code, label.line, label.col, (label.source_line or "")[label.col - 1 : label.end - 1])
        for one in refused.value.diagnostics for label in one.labels
    ]  # fmt: skip


def write_all(shape: Any, write: str, prefix: str = "", depth: int = 0) -> Iterator[str]:
    """Write a template that names everything, as deep as loops may stand; `write` is how one value is written."""
    for name, kind in shape.items():
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            continue  # a hostile dimension
        path = f"{prefix}{name}"
        if isinstance(kind, Many) and isinstance(kind.of, Leaf):
            yield write % f"{path} | join(', ')"
        elif isinstance(kind, Many):
            if depth < 3:
                inner = "".join(write_all(kind.of, write, f"i{depth}.", depth + 1))
                yield f"{{% for i{depth} in {path} %}}\n{inner}{{% endfor %}}\n"
        elif isinstance(kind, Leaf):
            yield write % path
        else:
            yield from write_all(kind, write, f"{path}.", depth)


def test_every_name_can_be_written_of_every_plan() -> None:
    for plan in (make_glare_plan(), make_passing_plan(), make_hostile_plan()):
        text = "".join(write_all(shape_group(PLAN, list_dimensions(plan)), "{{ %s }}\n"))
        for end in FORMATS:
            assert fill(text, plan, f"report{end}", most=MOST)


def test_hostile_texts_stay_texts_in_markdown() -> None:
    plan = make_hostile_plan()
    shape = shape_group(PLAN, list_dimensions(plan))
    for write in ("\n\nx\n\n{{ %s }}\n\n", "- {{ %s }}\n", "| {{ %s }} | b |\n| - | - |\n\n"):
        told = fill("".join(write_all(shape, write)), plan, most=MOST)
        tokens = [inner for token in PARSER.parse(told) for inner in (token, *(token.children or ()))]
        kinds = {token.type for token in tokens}
        assert not kinds & {"link_open", "image", "html_inline", "html_block", "heading_open", "hr"}
        assert ("table_open" in kinds) is ("|" in write)
        assert not any(LIVE.search(token.content) for token in tokens if token.type == "text")
        assert not INVISIBLE.search(told)


def test_hostile_texts_stay_texts_in_html() -> None:
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.met: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.met.add(tag)
            assert not attrs or (tag == "b" and [name for name, _ in attrs] == ["title"])

        def handle_comment(self, data: str) -> None:
            raise AssertionError(data)

    plan = make_hostile_plan()
    texts = "".join(write_all(shape_group(PLAN, list_dimensions(plan)), "<b>{{ %s }}</b>\n"))
    told = fill(texts + '<b title="{{ question.task }}">a</b>', plan, "report.html", most=MOST)
    reader = Tags()
    reader.feed(told)
    assert "b" in reader.met <= OURS
    assert not INVISIBLE.search(told)
    assert not re.search(r"^ *::|##\[", told, re.MULTILINE), "no runner reads a command"


def test_hostile_texts_stay_in_their_line_in_plain_text() -> None:
    plan = make_hostile_plan()
    told = fill("{% for a in actions %}\n{{ a.title }}\n{% endfor %}\n", plan, "report.txt")
    assert told.count("\n") == len(plan.actions)
    steps = fill("{% for a in actions %}{{ a.steps }}\n{% endfor %}", plan, "report.txt")
    assert not INVISIBLE.search(told + steps)
    assert not re.search(r"^ *::|##\[", told + steps, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[a]({{ command }})", ("template-forbidden", 1, 5, "{{ command }}")),
        ("a\n[a]: {{ command }}\n", ("template-forbidden", 2, 6, "{{ command }}")),
        ("[a](https://{{ status }}.example/)", ("template-forbidden", 1, 13, "{{ status }}")),
        ('<a href="{{ command }}">', ("template-forbidden", 1, 10, "{{ command }}")),
        ('<a title="{{ command }}">', ("template-forbidden", 1, 11, "{{ command }}")),
        ("<{{ command }}>", None),
    ],
)
def test_markdown_takes_no_value_for_an_address(text: str, place: tuple[str, int, int, str] | None) -> None:
    if place is None:
        assert fill(text)
    else:
        assert refuse(text) == [place]


@pytest.mark.parametrize(
    "text",
    [
        '<a href="{{ command }}">', "<a href='{{ command }}'>", "<a href={{ command }}>", "<b {{ command }}>",
        '<a href="https://{{ command }}/">', '<b onclick="{{ command }}">', '<b style="color: {{ command }}">',
        "<script>let a = '{{ command }}'</script>", "<STYLE>{{ command }}</STYLE>", "<!-- {{ command }} -->",
        '<b title={{ command }}>',
        '<a title="a" href="{{ command }}">', '<a data-a="x"href="{{ command }}">', '<a href = "{{ command }}"',
    ],
)  # fmt: skip
def test_html_takes_no_value_for_an_address_or_code(text: str) -> None:
    assert [(code, told) for code, _, _, told in refuse(text, "a.html")] == [("template-forbidden", "{{ command }}")]


@pytest.mark.parametrize(
    "text",
    ['<a href="https://a.example/{{ status }}">', '<b title="{{ command }}">x</b>', "<td>{{ command }}</td>",
     '<style>b {}</style><p class="{{ status }}">{{ command }}</p>'],
)  # fmt: skip
def test_html_takes_values_between_tags_and_in_quotes(text: str) -> None:
    assert fill(text, name="a.html")


def test_all_problems_are_told_at_once_each_in_its_place() -> None:
    text = "{% for a in actions %}\n{{ a.titel }} {{ range(3) }}\n{% endfor %}\n{{ statuss }}\u202e\n"
    assert refuse(text) == [
        ("template-unknown-variable", 2, 4, "a.titel"),
        ("template-forbidden", 2, 23, "("),
        ("template-unknown-variable", 4, 4, "statuss"),
        ("invisible-character", 4, 14, "\u202e"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{% for a in actions %}{% for b in actions %}{% for c in actions %}{% for d in actions %}"
         "{% endfor %}{% endfor %}{% endfor %}{% endfor %}", "template-forbidden"),
        ("{{ status", "template-syntax"),
        ("x" * 65_537, "template-too-long"),
        ("{{ " + "1" * 5_000 + " }}", "template-forbidden"),
        ("{% include '/etc/passwd' %}", "template-forbidden"),
        ("{{ actions.__class__ }}", "template-unknown-variable"),
        ("{{ (actions | first).steps | upper }}", "template-forbidden"),
    ],
)  # fmt: skip
def test_what_no_template_may_do_is_refused(text: str, code: str) -> None:
    assert [told[0] for told in refuse(text)] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in findings %}{% for b in findings %}{{ b.words }}{% endfor %}{% endfor %}",
        "{% for a in findings %}{% for b in findings %}{% for c in findings %}{% if a.id == c.id %}{% endif %}"
        "{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in findings %}" + "{{ a.words }}" * 500 + "{% endfor %}",
    ],
)
def test_too_much_work_and_too_much_text_end_soon(text: str) -> None:
    began = time.process_time()
    with pytest.raises(Refused) as refused:
        fill(text, make_big_plan())
    assert refused.value.exit_code == 6
    assert [(one.code, one.context) for one in refused.value.diagnostics] == [("template-output", "report.md")]
    assert time.process_time() - began < 10


def test_the_limit_of_the_output_can_be_moved_and_counts_bytes() -> None:
    assert fill("\u00e9" * 30_000) == "\u00e9" * 30_000
    for text, most in (("\u00e9" * 30_001, None), ("\u00e9\u00e9", 3), ("{{ command }}", 3)):
        with pytest.raises(Refused) as refused:
            fill(text, most=most)
        assert refused.value.exit_code == 6
    assert fill("\u00e9" * 30_001, most=60_002)


def test_a_template_of_many_mistakes_is_answered_soon() -> None:
    began = time.process_time()
    assert len(refuse("".join(f"{{{{ a{number} }}}}" for number in range(6_000)))) == 100
    assert len(refuse("{{ a }}" * 9_000)) == 1
    assert time.process_time() - began < 3


def test_values_come_as_numbers_and_as_the_words_of_the_report() -> None:
    plan = make_glare_plan()
    text = "{% for f in findings %}{% if f.id == 'agreement' %}{{ f.value + 0 if false }}{% endif %}{% endfor %}"
    assert [told[0] for told in refuse(text)] == ["template-forbidden"], "arithmetic belongs into metrics"
    text = (
        "{% for f in findings %}{% if f.scope.class == 'surface-scratch' and f.value < 0.7 and f.rule == "
        "'class-agreement' %}{{ f.value }}|{{ f.value | fmt(3) }}|{{ f.value_words }}|{{ f.bound.value }}|"
        "{{ f.bound_words }}|{{ f.place }}|{{ f.window.to | date }}{% endif %}{% endfor %}"
    )
    assert fill(text, plan, "a.txt") == (
        "0.63|0.630|0.63 (0.55 to 0.70)|0.75|must be at least 0.75|surface-scratch|2026-03-01"
    )


def test_an_actions_evidence_and_order_are_those_of_the_report() -> None:
    plan = make_glare_plan()
    titles = fill("{% for a in actions %}{{ a.id }} {% endfor %}", plan, "a.txt").split()
    assert titles == [action.id for action, _ in tell_actions(plan)]
    first = fill("{% for f in (actions | first).evidence %}{{ f.id }} {% endfor %}", plan, "a.txt")
    assert set(first.split()) == {"absent-scratch", "low-scratch", "absent-chip", "low-chip"}


def test_markdown_of_a_ruleset_is_a_quote_that_closes_what_it_opens() -> None:
    plan = make_glare_plan()
    action = plan.actions[0].model_copy(update={"steps": "```\n<b>open\n# no heading\n[a](https://a.example)"})
    told = fill("{{ (actions | first).steps }}\n\nafter", plan.model_copy(update={"actions": (action,)}))
    assert [token.type for token in PARSER.parse(told)] == [
        "blockquote_open", "fence", "blockquote_close", "paragraph_open", "inline", "paragraph_close",
    ]  # fmt: skip
    html = fill("{{ (actions | first).steps }}", plan, "a.html")
    assert html.startswith("<ol>\n<li>Look at each case in its own lighting.</li>")


def test_values_side_by_side_complete_no_mention() -> None:
    plan = make_glare_plan()
    question = plan.question.model_copy(update={"task": "@", "environment": "org/team", "concern": "#"})
    told = fill(
        "{{ question.task }}{{ question.environment }} {{ question.concern }}{{ counts.fail }}",
        plan.model_copy(update={"question": question}),
    )
    assert not LIVE.search(told)
    assert told.replace(GAP, "").startswith("@org/team #")


def test_the_name_of_the_file_says_the_format() -> None:
    assert [find_format(name) for name in ("a.md", "a.md.j2", "b.html.j2", "c.d.txt")] == [
        FORMATS[".md"], FORMATS[".md"], FORMATS[".html"], FORMATS[".txt"],
    ]  # fmt: skip
    assert [find_format(name) for name in ("a", "a.j2", "a.json", "md", "a.html.bak")] == [None] * 5


def test_what_cleared_by_a_distance_says_the_baseline() -> None:
    rule = "low-confidence"
    baseline = BaselineValue(value=0.904, n=640, scope={}, source="validation-run", window=(None, WEEK[1]))
    drop = ResolvedBound(level="fail", kind="drop", value=0.1, origin="o")
    plan = make_plan()
    rules = {**plan.rules, rule: plan.rules[rule].model_copy(update={"bounds": (drop,)})}
    cleared = Cleared(id="c", rule=rule, scope={}, was=0.7, value=0.86, since="2026-02-01", baseline=baseline)
    text = "{% for c in cleared %}{{ c.value_words }}|{{ c.baseline.value }}|{{ c.baseline.source }}{% endfor %}"
    told = fill(text, plan.model_copy(update={"rules": rules, "cleared": (cleared,)}), "a.txt")
    assert told == "0.860 against 0.904|0.904|validation-run"


def test_the_origin_of_a_finding_is_where_its_own_bound_is_written() -> None:
    pack = Bound(level="fail", kind="below", value=0.75, origin="rules.class-agreement.fail.below")
    findings = [
        make_finding("a", "class-agreement", {"class": "dent"}, 0.6, bound=pack),
        make_finding("b", "class-agreement", {"class": "chip"}, 0.6, bound=pack.model_copy(update={"origin": "gone"})),
        make_finding("c", "class-agreement", {"class": "hole"}, None, status="no_data"),
    ]
    origins = {pack.origin: Origin(file="prism-core@1.0.0/ruleset.yaml", line=12, col=5)}
    text = "{% for f in findings | sort('id') %}{{ f.id }} {{ f.origin.file }}:{{ f.origin.line }} {% endfor %}"
    plan = make_plan(status="fail", findings=findings, origins=origins)
    assert fill(text.replace(" | sort('id')", ""), plan, "a.txt").split() == [
        "a", "prism-core@1.0.0/ruleset.yaml:12", "b", ":", "c", ":",
    ]  # fmt: skip


def test_what_no_cause_or_action_answers_has_names() -> None:
    plan = make_glare_plan()
    warns = make_finding("w", "class-agreement", {"class": "dent"}, 0.78, status="warn")
    idle = plan.model_copy(update={"findings": (*plan.findings, warns), "actions": ()})
    text = "{% for f in doubtful %}{{ f.id }} {% endfor %}|{% for f in unanswered %}{{ f.id }} {% endfor %}"
    doubtful, unanswered = fill(text, idle, "a.txt").split("|")
    assert doubtful.split() == ["w"]
    speaking = {one for diagnosis in plan.diagnoses for one in diagnosis.evidence}
    assert set(unanswered.split()) == speaking & {finding.id for finding in plan.findings}
