"""Examples of scopes: where two settings of a rule meet, among what is declared and what their patterns share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from prism_rules.model.ruleset import Rule, Ruleset
from prism_rules.model.scopes import add_family
from prism_rules.ruleset.globs import is_glob, list_common
from prism_rules.ruleset.judgement import Setting, imagine_scope
from prism_rules.ruleset.segments import list_kinds


def list_meetings(model: Ruleset, rule: Rule, one: Setting, other: Setting) -> Iterator[dict[str, str]]:
    """List examples of scopes that both match: of each declared class or family, and of what their patterns share."""
    names = dict.fromkeys((*one.match, *other.match))
    taken = {"class", "family"} if model.classes else set()
    common = {name: [*list_common(one.match.get(name, "*"), other.match.get(name, "*"))] for name in names}
    if not all(common.values()):
        return
    free = {name: values for name, values in common.items() if name not in taken}
    exact = [setting.match["class"] for setting in (one, other) if not is_glob(setting.match.get("class", "*"))]
    kinds = [add_family(model, {"class": exact[0]})] if exact else list_kinds(model, rule, names)
    for kind, values in product(kinds, product(*free.values())):
        scope = {**imagine_scope(rule, {}), **kind, **dict(zip(free, values, strict=True))}
        if one.fits(scope) and other.fits(scope):
            yield scope
