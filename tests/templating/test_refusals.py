"""What templates may not do is refused before anything of it runs, with its place."""

from __future__ import annotations

import time

import pytest

from prism_rules.diagnostics import Problem
from prism_rules.templating import Leaf, Template, parse_template

from .context import SHAPE

ROUTE = ("actions", "relabel", "steps")

GADGETS = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ scope.__class__ }}",
    "{{ scope['__class__'] }}",
    "{{ scope['__cl' ~ 'ass__'] }}",
    "{{ scope[scope.class] }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__.__builtins__ }}",
    "{{ config }}",
    "{{ request.application.__globals__ }}",
    "{{ loop.__class__ }}",
    "{% for c in covers %}{{ loop.__init__ }}{% endfor %}",
    "{% for c in covers %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for c in covers %}{{ loop.previtem }}{% endfor %}",
    "{{ covers.__len__ }}",
    "{{ ()|attr('__class__') }}",
    "{{ scope | attr('__class__') }}",
    "{{ ''|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ covers | map(attribute='__class__') | join }}",
    "{{ covers | groupby('cause') }}",
    "{{ covers | selectattr('cause') }}",
    "{{ tags | sort(attribute='__class__') }}",
    "{{ tags | join(attribute='__class__') }}",
    "{{ tags | join(', ', '__class__') }}",
    "{{ '{0.__class__}'.format(scope) }}",
    "{{ '{0.__class__}'.format_map(scope) }}",
    "{{ ('{0.__class__}' | upper).format(scope) }}",
    "{% set f = '{}'.format %}{{ f(scope) }}",
    "{{ tags.append('x') }}",
    "{{ scope.update({'class': 'x'}) }}",
    "{{ scope.items() }}",
    "{{ scope.items }}",
    "{{ scope.get('class') }}",
    "{{ scope.class.upper() }}",
    "{{ covers.pop }}",
    "{{ tags | random }}",
    "{{ scope | pprint }}",
    "{{ scope.class | safe }}",
    "{{ scope.class | e }}",
    "{{ scope.class is defined }}",
    "{% include 'other' %}",
    "{% import 'other' as other %}",
    "{% from 'other' import name %}",
    "{% extends 'base' %}",
    "{% block body %}{% endblock %}",
    "{% autoescape false %}{{ scope.class }}{% endautoescape %}",
    "{% with x = scope.class %}{{ x }}{% endwith %}",
    "{% call scope.class() %}{% endcall %}",
    "{% macro m() %}{% endmacro %}",
    "{% filter upper %}x{% endfilter %}",
    "{% set scope = covers %}",
    "{% set x %}text{% endset %}",
    '{{ "\\ud800" }}',
    '{{ "\\x1b[2J" }}',
    '{{ "\\u202e" }}',
]
"""Ways to reach code, methods, other templates, unescaped output or the terminal."""

BOMBS = [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{{ 'x' * 2000000000 }}",
    "{{ [1] * 900000000 }}",
    "{{ 2 ** 200000000 }}",
    "{{ 3 ** 30000000 % 7 }}",
    "{{ '%2000000000d' % 1 }}",
    "{{ '%2000000000d' | format(1) }}",
    "{{ '{:2000000000}'.format(1) }}",
    "{{ 'x' | center(2000000000) }}",
    "{{ 'x'.ljust(2000000000) }}",
    "{{ 'x' | indent(2000000000) }}",
    "{{ tags | batch(2000000000, 'x') | list }}",
    "{{ lipsum(n=1000000) }}",
    "{% set ns = namespace(x='x') %}{% for a in covers %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% macro m(n) %}{{ m(n - 1) }}{{ m(n - 1) }}{% endmacro %}{{ m(40) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for c in covers recursive %}{{ loop(covers) }}{% endfor %}",
    "{% for a in covers %}{% for b in covers %}x{% endfor %}{% endfor %}",
    "{% for a in covers %}{% if a.cause %}{% for b in tags %}x{% endfor %}{% endif %}{% endfor %}",
    "{% for a in covers %}x{% else %}{% for b in tags recursive %}x{% endfor %}{% endfor %}",
    "{% for a in [1, 2, 3] %}x{% endfor %}",
    "{% for a in 'xxxxxxxx' %}x{% endfor %}",
    "{% for a in scope %}x{% endfor %}",
    "{% for a in (class.owner or 'xx') %}x{% endfor %}",
    "{% for a, b in covers %}x{% endfor %}",
    "{% for loop in covers %}x{% endfor %}",
    "{% for a in covers if a.cause %}x{% endfor %}",
    "{{ 10 // 3 }}",
    "{{ 10 % 3 }}",
    "{{ value + 1 }}",
    "{{ value - 1 }}",
    "{{ value / 3 }}",
    "{{ -value }}",
    "{{ +1 }}",
    "{{ 1e400 }}",
    "{{ 9999999999999999 }}",
    "{{ value | fmt(2000000000) }}",
    "{{ value | fmt(-1) }}",
    "{{ value | fmt(true) }}",
    "{{ value | fmt(1.5) }}",
    "{{ value | fmt(value) }}",
    "{{ value | fmt(digits=2) }}",
    "{{ value | fmt(*tags) }}",
    "{{ value | fmt(2, 3) }}",
    "{{ value | round(300) }}",
    "{{ value | round(1, 'ceil') }}",
    "{{ tags | join(scope.class) }}",
    "{{ scope.class | upper(1) }}",
    "{{ scope.class | default }}",
    "{{ scope.class | default(tags) }}",
    "{{ {'a': 1} }}",
    "{{ (1, 2) }}",
    "{{ scope.class[:1] }}",
    "{{ tags[0] }}",
    "{{ '" + "x" * 201 + "' }}",
    "{{ " + "(" * 3000 + "1" + ")" * 900 + " }}",
    "{{ " + "(" * 1900 + "1" + ")" * 1900 + " }}",
    "{{ " + "not " * 900 + "1 }}",
    "{{ " + "-" * 3900 + "1 }}",
    "{{ scope" + ".class" * 600 + " }}",
    "{{ scope" + "['class']" * 400 + " }}",
    "{{ scope.class" + " | upper" * 400 + " }}",
    "{{ " + " and ".join(["1"] * 600) + " }}",
    "{% if urgent %}" * 200,
    "{% if urgent %}" * 120 + "x" + "{% endif %}" * 120,
    "{% if urgent %}" + "{% elif urgent %}" * 100 + "{{ tags | list }}{% endif %}",
]
"""Ways to take time, memory or depth, and expressions with no bounded or no single meaning."""

MEANINGLESS = [
    "{{ tags }}",
    "{{ scope }}",
    "{{ scope ~ 'x' }}",
    "{{ tags ~ 'x' }}",
    "{{ covers | join }}",
    "{{ covers | sort | length }}",
    "{{ scope.class | fmt(2) }}",
    "{{ value | upper }}",
    "{{ scope.class | date }}",
    "{{ scope.class | first }}",
    "{{ (class.owner or 1) | first }}",
    "{{ tags | default('x') }}",
    "{{ (tags or 'x') | join }}",
    "{{ 'x' if urgent else tags }}",
    "{% if value > 'a' %}x{% endif %}",
    "{% if urgent < 1 %}x{% endif %}",
    "{% if tags == 'a' %}x{% endif %}",
    "{% if 'a' in value %}x{% endif %}",
    "{% if 'a' in covers %}x{% endif %}",
    "{{ (class.owner or 1).x }}",
    "{{ covers.cause }}",
    "{{ scope.class.site }}",
]


def refuse(text: str) -> list[Problem]:
    parsed = parse_template(text, shape=SHAPE, route=ROUTE)
    assert isinstance(parsed, list) and parsed, f"let in: {text[:80]}"
    return parsed


@pytest.mark.parametrize("text", [*GADGETS, *BOMBS, *MEANINGLESS], ids=lambda text: text[:70])
def test_what_templates_may_not_do_is_refused_quickly_and_in_place(text: str) -> None:
    began = time.process_time()
    problems = refuse(text)
    assert time.process_time() - began < 1
    for problem in problems:
        assert problem.code in {"template-forbidden", "template-unknown-variable", "template-syntax"}
        assert problem.help and problem.severity == "error"
        (spot,) = problem.spots
        assert spot.route == ROUTE and spot.within is not None
        offset, length = spot.within
        assert length >= 1 and offset >= 0 and offset + length <= len(text)


PLACES = [
    # text, code, what stands above the carets (the first place where » « enclose it), help or a part of it
    ("Review {{ »scope.clas« }}", "template-unknown-variable", "did you mean `scope.class`?"),
    ("site {{ »site« }}", "template-unknown-variable", "did you mean `scope.site`?"),
    ("{{ »action.owner« }}", "template-unknown-variable", "did you mean `class.owner`?"),
    ("{{ scope.class }} {{ »scope.clas« }}", "template-unknown-variable", "did you mean `scope.class`?"),
    (
        "scope.clas\n\n  {{ scope.class\n ~ »scope . clas« }}",
        "template-unknown-variable",
        "did you mean `scope.class`?",
    ),
    ("{% if false %}{{ »scope['sit']« }}{% endif %}", "template-unknown-variable", "did you mean `scope.site`?"),
    (
        "{% if urgent %}{% else %}{{ »classs.owner« }}{% endif %}",
        "template-unknown-variable",
        "did you mean `class.owner`?",
    ),
    ("{{ 'x' if urgent else »valeu« }}", "template-unknown-variable", "did you mean `value`?"),
    ("{{ urgent or »valeu« }}", "template-unknown-variable", "did you mean `value`?"),
    ("{% for c in empty %}{% else %}{{ »valeu« }}{% endfor %}", "template-unknown-variable", "did you mean `value`?"),
    ("{% for c in covers %}{{ »c.caus« }}{% endfor %}", "template-unknown-variable", "did you mean `c.cause`?"),
    ("{{ »cover.cause« }}", "template-unknown-variable", "inside `{% for cover in covers %} ... {% endfor %}`"),
    ("{{ »cover.caus« }}", "template-unknown-variable", "did you mean"),
    ("{% for c in covers %}{% endfor %}{{ »c.cause« }}", "template-unknown-variable", "known names: "),
    ("{% for c in covers %}{{ »loop.index0« }}{% endfor %}", "template-unknown-variable", "did you mean `loop.index`?"),
    ("{{ (covers | first)».caus« }}", "template-unknown-variable", "did you mean `.cause`?"),
    ("{{ »zzz« }}", "template-unknown-variable", "known names: scope.class, scope.site, "),
    ("{{ scope.class | »uper« }}", "template-forbidden", "did you mean `upper`?"),
    ("% {{ '%d' »%« value }}", "template-forbidden", "fmt(2)"),
    ("range {{ range»(«3) }}", "template-forbidden", "use one of the filters"),
    ("one\n{% »set« x = 1 %}", "template-forbidden", "where it is used"),
    ("{% for a in tags %}{% »for b« in tags %}{% endfor %}{% endfor %}", "template-forbidden", "one list at a time"),
    ("{{ »tags« }}", "template-forbidden", "join"),
    ("{{ »scope« }}", "template-forbidden", "class, site"),
    ("a\n»{{ scope.class«", "template-syntax", "prism-rules explain"),
    ("a\nb {% »fi« urgent %}", "template-syntax", "prism-rules explain"),
    ("{{ scope.class »}«", "template-syntax", "prism-rules explain"),
    ("{% if urgent %}{% »endfor« %}", "template-syntax", "prism-rules explain"),
]


@pytest.mark.parametrize(("marked", "code", "instead"), PLACES, ids=[marked for marked, _, _ in PLACES])
def test_the_carets_stand_under_the_wrong_word(marked: str, code: str, instead: str) -> None:
    offset = marked.index("»")
    length = marked.index("«") - offset - 1
    text = marked.replace("»", "").replace("«", "")
    (problem,) = refuse(text)
    assert (problem.code, problem.spots[0].within) == (code, (offset, length))
    assert instead in (problem.help or "")


def test_all_problems_are_reported_together_and_once() -> None:
    text = (
        "{{ scope.clas }} {{ range(3) }} {{ scope.clas }}\n"
        "{% set x = 1 %}{{ scope.class | uper }}{{ tags | join(value) }}"
    )
    problems = refuse(text)
    assert [text[slice(p.spots[0].within[0], sum(p.spots[0].within))] for p in problems if p.spots[0].within] == [
        "scope.clas",
        "(",
        "set",
        "uper",
        "join",
    ]


@pytest.mark.parametrize("character", ["x", "{"])
def test_four_thousand_characters_are_the_limit(character: str) -> None:
    assert isinstance(parse_template("x" * 4_000, shape=SHAPE, route=ROUTE), Template)
    (problem,) = refuse(character * 4_001)
    assert (problem.code, problem.spots[0].within) == ("template-too-long", (4_000, 1))


def test_a_group_without_members_names_nothing() -> None:
    shape = {"scope": {}, "value": Leaf.NUMBER}
    for text in ("{{ scope.site }}", "{{ scope }}", "{{ value | fmt(scope) }}", "{{ value | default(scope) }}"):
        assert isinstance(parse_template(text, shape=shape, route=ROUTE), list)


def test_ordinary_depth_is_let_in() -> None:
    for text in ("{{ " + "(" * 30 + "value" + ")" * 30 + " }}", "{% if urgent %}" * 20 + "x" + "{% endif %}" * 20):
        assert isinstance(parse_template(text, shape=SHAPE, route=ROUTE), Template)
