"""What ordinary templates print. Expectations are written by hand; `<...>` are the parts that were escaped."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.templating import Leaf, Many, Template, parse_template

from .context import CONTEXT, SHAPE, mark, parse

ORDINARY = [
    # text without tags is the author's, to the last character
    ("", ""),
    ("Relabel <b>100%</b> & more\n", "Relabel <b>100%</b> & more\n"),
    ('{"json": {"brace": 1}} }} %} #}', '{"json": {"brace": 1}} }} %} #}'),
    # data is escaped, once, and nothing else is
    ("Relabel {{ scope.class }} *now*", "Relabel <scratch> *now*"),
    ("{{ scope.class }}{{ scope['site'] }}", "<scratch><plant-2>"),
    ("{{ scope.class | upper }}", "<SCRATCH>"),
    ("{{ scope.class | upper | lower }}", "<scratch>"),
    ("{{ 'a & b' }}", "a & b"),
    ("{{ 'a' ~ scope.site ~ 'b' }}", "a<plant-2>b"),
    ("{{ ('at ' ~ scope.site) | upper }}", "AT <PLANT-2>"),
    ("{{ ('x' ~ scope.site) ~ ('y' ~ scope.class) }}", "x<plant-2>y<scratch>"),
    ("{{ 'yes & no' if urgent else scope.site }}", "yes & no"),
    ("{{ scope.site if urgent }}", "<plant-2>"),
    ("{{ 'x' if not urgent }}", ""),
    ("{{ tags | join(', ') }}", "<b>, <A>, <c>"),
    ("{{ tags | join }}", "<b><A><c>"),
    ("{{ tags | sort | join(' & ') }}", "<A> & <b> & <c>"),
    ("{{ tags | join(' & ') | upper }}", "<B> & <A> & <C>"),
    ("{{ tags | sort | first }}", "<A>"),
    ("{{ numbers | sort | join(' ') }}", "<2> <2.5> <10>"),
    ("{{ empty | join(', ') }}|{{ empty | first }}|{{ empty | length }}", "||<0>"),
    # what is unset is null and prints as nothing; `or` and `default` fill it
    ("[{{ class.owner }}]", "[]"),
    ("[{{ class.owner | upper }}]", "[]"),
    ("{{ class.owner or '@org/labels' }}", "@org/labels"),
    ("{{ class.risk or '@org/labels' }}", "<high>"),
    ("{{ class.owner | default('@org/labels') }}", "@org/labels"),
    ("{{ class.owner | default(scope.site) }}", "<plant-2>"),
    ("{{ class.risk | default('none') }}", "<high>"),
    ("{{ class.owner and 'x' }}", ""),
    # keys, never methods
    ("{% for row in covers %}[{{ row.items }}]{% endfor %}", "[][]"),
    ("{{ (covers | first).cause }} of {{ covers | length }}", "<unseen-lighting> of <2>"),
    # numbers
    ("{{ action.priority }}", "<3>"),
    ("{{ action.priority | fmt }} {{ action.priority | fmt(0) }}", "<3.00> <3>"),
    ("{{ 0.5 }} {{ -2 }} {{ 1.0 }} {{ 1000000000 }} {{ 0.0000001 }}", "<0.5> <-2> <1> <1000000000> <0>"),
    ("{{ 0.125 | fmt(2) }} {{ 0.375 | fmt(2) }} {{ 1 | fmt(3) }}", "<0.12> <0.38> <1.000>"),
    ("{{ 2.5 | round }} {{ 3.5 | round }} {{ 2.345678 | round(3) }}", "<2> <4> <2.346>"),
    ("{{ -0.001 | fmt(2) }} {{ -0.0 }}", "<0.00> <0>"),
    ("{{ urgent }} {{ not urgent }}", "<true> <false>"),
    # times
    ("plans/{{ as_of | date }}", "plans/<2026-03-01>"),
    # conditions
    ("{% if urgent %}A{% else %}B{% endif %}", "A"),
    ("{% if class.owner %}A{% elif class.risk == 'high' %}B{% else %}C{% endif %}", "B"),
    ("{% if value < 0.7 and value > -1 %}low{% endif %}", "low"),
    ("{% if 0 < value < 0.5 %}low{% else %}high{% endif %}", "high"),
    ("{% if class.owner > 'a' %}A{% else %}B{% endif %}", "B"),
    ("{% if 'c' in tags and 'z' not in tags %}A{% endif %}", "A"),
    ("{% if 'plant' in scope.site %}A{% endif %}", "A"),
    ("{% if 'x' in class.owner %}A{% else %}B{% endif %}", "B"),
    ("{% if 'x' not in class.owner %}A{% else %}B{% endif %}", "A"),
    ("{% if as_of >= '2026-03-01' %}A{% endif %}", "A"),
    ("{% if empty or not tags %}A{% else %}B{% endif %}", "B"),
    ("{% if scope.class | upper == 'SCRATCH' %}A{% endif %}", "A"),
    ("{% if tags | length != 2 %}A{% endif %}", "A"),
    # loops
    ("{% for tag in tags %}{{ tag }}{% if not loop.last %}, {% endif %}{% endfor %}", "<b>, <A>, <c>"),
    ("{% for tag in tags | sort %}{{ loop.index }}{{ tag }}{% endfor %}", "<1><A><2><b><3><c>"),
    ("{% for tag in tags %}{% if loop.first %}{{ tag }}{% endif %}{% endfor %}", "<b>"),
    ("{% for tag in empty %}x{% else %}none at {{ scope.site }}{% endfor %}", "none at <plant-2>"),
    (
        "{% for c in covers %}{{ c.cause }}: {{ c.at | join('/') }};{% endfor %}",
        "<unseen-lighting>: <glare>/<reflection>;<split-reviewers>: ;",
    ),
    (
        "{% for scope in covers %}{{ scope.cause }}{% endfor %}{{ scope.site }}",
        "<unseen-lighting><split-reviewers><plant-2>",
    ),
    ("{% for a in tags %}{{ a }}{% endfor %}{% for b in numbers %}{{ b }}{% endfor %}", "<b><A><c><10><2><2.5>"),
    # a line that holds only tags leaves no line behind, and any other keeps its end
    ("- {{ scope.site }}{% if urgent %} LATE{% endif %}\n- next", "- <plant-2> LATE\n- next"),
    ("{% for tag in tags %}- {{ tag }}{% endfor %}\nend", "- <b>- <A>- <c>\nend"),
    ("a {# why #}\nb {% raw %}c{% endraw %}\nd", "a \nb c\nd"),
    ("{# why\nand how #}\na\n  {% if urgent %}{# so #}\nb{% endif -%}\n c", "a\nbc"),
    ("a{% if scope.site != '%}' %}\nb{% endif %}\nc{% raw %}d {% x %}\ne{% endraw %}\n", "a\nb\ncd {% x %}\ne\n"),
    (
        "Do:\n{% for c in covers %}\n  - {{ c.cause }} {{ c.score | fmt(2) }}\n{% endfor %}\nDone\n",
        "Do:\n  - <unseen-lighting> <0.75>\n  - <split-reviewers> <1.00>\nDone\n",
    ),
    ("a\n  {% if urgent %}\nb\n  {% endif %}\nc", "a\nb\nc"),
    # comments and raw text
    ("a{# {{ nothing.here }} #}b", "ab"),
    ("{% raw %}{{ scope.class }}{% endraw %}", "{{ scope.class }}"),
    ("{{ '{{' }}", "{{"),
]


@pytest.mark.parametrize(("text", "expected"), ORDINARY, ids=[text[:60] or "empty" for text, _ in ORDINARY])
def test_ordinary_templates_print_what_they_say(text: str, expected: str) -> None:
    assert parse(text).render(CONTEXT, escape=mark) == expected


@pytest.mark.parametrize(
    ("value", "plain", "as_date"),
    [
        (datetime.fromisoformat("2026-03-01T12:30"), "2026-03-01T12:30:00Z", "2026-03-01"),
        (datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2026-02-28T23:00:00Z", "2026-02-28"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))), "0001-01-01T00:00:00Z", "0001-01-01"),
        (date(2026, 3, 1), "2026-03-01", "2026-03-01"),
        ("2026-03-01T01:00:00+02:00", "2026-03-01T01:00:00+02:00", "2026-02-28"),
        ("soon", "soon", "soon"),
        (None, "", ""),
    ],
)
def test_times_are_printed_in_utc(value: Any, plain: str, as_date: str) -> None:
    assert parse("{{ as_of }}|{{ as_of | date }}").render({"as_of": value}, escape=str) == f"{plain}|{as_date}"


@pytest.mark.parametrize(
    ("value", "plain", "two", "rounded"),
    [
        (0.1 + 0.2, "0.3", "0.30", "0.3"),
        (1e22, "10000000000000000000000", "10000000000000000000000.00", "10000000000000000000000"),
        (1e-7, "0", "0.00", "0"),
        (-1e-7, "0", "0.00", "0"),
        (-0.004, "-0.004", "0.00", "0"),
        (10**30, "1" + "0" * 30, "1" + "0" * 30 + ".00", "1" + "0" * 30),
        (Decimal("2.50"), "2.5", "2.50", "2.5"),
        (float("nan"), "", "", ""),
        (float("inf"), "", "", ""),
        (None, "", "", ""),
    ],
)
def test_numbers_are_printed_without_exponent(value: Any, plain: str, two: str, rounded: str) -> None:
    text = parse("{{ value }}|{{ value | fmt(2) }}|{{ value | round(1) }}").render({"value": value}, escape=str)
    assert text == f"{plain}|{two}|{rounded}"


def test_the_names_that_a_template_uses_are_told() -> None:
    template = parse(
        "{% if scope.site == 'x' %}{{ class.owner or 'me' }}{% endif %}"
        "{% for c in covers %}{{ loop.index }}{{ c.cause }}{{ c.at | join }}{% endfor %}"
        "{{ (covers | first).score }}"
    )
    assert template.names == {"scope.site", "class.owner", "covers", "covers.cause", "covers.at", "covers.score"}
    assert parse("plain").names == frozenset()


def test_names_that_the_context_leaves_out_print_as_nothing() -> None:
    every = (
        "{{ scope.class }}{{ tags | join }}{{ tags | length }}{% for c in covers %}x{% else %}-{% endfor %}"
        "{{ (covers | first).cause }}{{ value | fmt }}{{ value | round }}{{ as_of | date }}"
        "{{ tags | sort | first }}{% if value < 1 or 'a' in tags %}x{% endif %}"
    )
    assert parse(every).render({}, escape=mark) == "<0>-"


@pytest.mark.parametrize("value", [{"a"}, object(), len, b"bytes", ["a"], {"a": 1}])
def test_only_plain_data_is_printed(value: Any) -> None:
    with pytest.raises(TypeError, match="not plain data"):
        parse("{{ scope.class }}").render({"scope": {"class": value}}, escape=str)


HEAVY = [
    ("{% for c in covers %}{{ c.cause }}{% endfor %}", {"covers": [{"cause": "x" * 100}] * 164}),
    ("{{ scope.class }}", {"scope": {"class": "x" * 16_385}}),
    ("{{ scope.class }}", {"scope": {"class": "\N{EURO SIGN}" * 5_462}}),
    ("{{ scope.class }}", {"scope": {"class": "x" * 100_000_000}}),
    ("{{ tags | join }}", {"tags": ["x" * 10] * 1_640}),
    ("{{ " + " ~ ".join(["scope.class"] * 250) + " }}", {"scope": {"class": "x" * 1_000_000}}),
    ("{{ scope.class" + " | upper" * 25 + " | length }}", {"scope": {"class": "x" * 1_000_000}}),
    ("{% for c in covers %}{% if c.cause == 'b' %}x{% endif %}{% endfor %}", {"covers": [{"cause": "a"}] * 1_000_000}),
    (
        "{% for c in covers %}{% if tags | sort | first == 'b' %}x{% endif %}{% endfor %}",
        {"covers": [{}] * 10_000, "tags": ["a"] * 10_000},
    ),
    (
        "{% for c in covers %}{% if 'z' in tags %}x{% endif %}{% endfor %}",
        {"covers": [{}] * 10_000, "tags": ["a"] * 10_000},
    ),
]


@pytest.mark.parametrize(("text", "context"), HEAVY, ids=[text[:50] for text, _ in HEAVY])
def test_output_and_work_are_bounded(text: str, context: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        parse(text).render(context, escape=str)
    assert refused.value.exit_code == 6
    assert [d.code for d in refused.value.diagnostics] == ["template-output"]
    assert refused.value.diagnostics[0].context == "actions.relabel.steps"


@pytest.mark.parametrize("character", ["x", "\N{EURO SIGN}", "\N{GRINNING FACE}", "\ud800"])
def test_sixteen_kibibytes_may_be_written(character: str) -> None:
    count = 16_384 // len(character.encode("utf-8", "surrogatepass"))
    full = {"scope": {"class": character * count}}
    assert parse("{{ scope.class }}").render(full, escape=str) == character * count
    with pytest.raises(Refused):
        parse("{{ scope.class }}x").render({"scope": {"class": character * count + "x"}}, escape=str)


def test_what_escaping_adds_counts_as_output() -> None:
    with pytest.raises(Refused):
        parse("{{ scope.class }}").render({"scope": {"class": "x" * 10_000}}, escape=lambda data: data * 2)


def test_a_template_can_be_filled_many_times() -> None:
    template = parse("{% for t in tags %}{{ t }}{% endfor %}")
    assert [template.render({"tags": tags}, escape=mark) for tags in (["a"], [], ["b", "c"])] == ["<a>", "", "<b><c>"]


def test_data_that_looks_like_a_template_stays_data() -> None:
    hostile = {"scope": {"class": "{{ scope.site }}"}}
    assert parse("{{ scope.class }}").render(hostile, escape=mark) == "<{{ scope.site }}>"


def test_texts_without_tags_do_not_import_jinja() -> None:
    code = (
        "import sys; from prism_rules.templating import parse_template as p; "
        "t = p('Review {cases} at 5%', shape={}, route=('title',)); assert t.render({}, escape=str) == t.text; "
        "sys.exit('jinja2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_shape_may_be_nested_at_will() -> None:
    parsed = parse_template(
        "{{ a.b.c }}{% for x in a.list %}{{ x.y.z }}{% endfor %}",
        route=("t",),
        shape={"a": {"b": {"c": Leaf.ANY}, "list": Many({"y": {"z": Leaf.TEXT}})}},
    )
    assert isinstance(parsed, Template)
    assert parsed.names == {"a.b.c", "a.list", "a.list.y.z"}
    assert parsed.render({"a": {"b": {"c": 1}, "list": [{"y": {"z": "q"}}]}}, escape=mark) == "<1><q>"
    assert set(SHAPE) == set(CONTEXT)
