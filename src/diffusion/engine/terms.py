"""The named terms that levers write and mechanisms read.

A term is the smallest array that says it, shaped (1 or R, 1 or N, 1 or K). Contributions of levers combine by the
term's rule in the order of lever ids; what nobody writes is neutral, and a neutral term does the same arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from diffusion.arrays import Floats
from diffusion.engine.ledger import FLOW_INDEX, FLOWS, PENCE, Flow, is_national, split_pence
from diffusion.engine.term_groups import written_names
from diffusion.engine.term_specs import MOST, MOST_EVIDENCE, TERMS, TermSpec
from diffusion.engine.term_values import (
    COMPARED_VALUES,
    Combined,
    LeverFault,
    NotFinite,
    NotFiniteTogether,
    OutOfRange,
    OutOfRangeTogether,
    Pairs,
    Part,
    blank_in,
    check_pairs,
    first_not_finite,
    fold,
    largest,
    numbers,
    outside,
    seat_of,
)
from diffusion.errors import did_you_mean

#: sums and products of shares that are rounded may be out of the range by so much
TOLERANCE = 1e-9
_RULES: dict[str, Callable[..., np.ndarray]] = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}
#: most GBP that a lever may pay under one purpose in a month: a hundred times what the NHS costs in a year
MOST_GBP = 1e13

#: a mask that broadcasts to (R, N, K); None is everywhere
Where: TypeAlias = "ArrayLike | None"
#: called with (id of the lever, term or call, what it wrote): a part of a term, else the values of the call
Listener: TypeAlias = "Callable[[str, str, Part | tuple[object, ...]], None]"


def as_term(value: ArrayLike) -> np.ndarray:
    """Return ``value`` as a C-contiguous float64 array with three axes, new axes in front."""
    array = np.asarray(value, dtype=np.float64)
    if array.ndim == 3 and array.flags.c_contiguous:
        return array
    return np.ascontiguousarray(array.reshape((1,) * (3 - array.ndim) + array.shape))


def _of_shape(what: str, array: np.ndarray, expected: str) -> LeverFault:
    return LeverFault(
        f"{what} is of shape {array.shape}",
        expected,
        "give it axes of replicates, trusts and innovations, 1 long where all are alike: by_trust[:, None]",
    )


class Term:
    """One term while levers write: ``add``, ``mul`` or ``set`` (max or min) according to its rule."""

    def __init__(self, spec: TermSpec, terms: Terms) -> None:
        self.spec = spec
        self._terms = terms

    def _put(self, rule: str, value: ArrayLike, where: Where, by_ahsn: bool, pairs: Pairs | None) -> None:
        if self.spec.combine != rule:
            raise TypeError(f"term '{self.spec.name}' combines by {self.spec.combine}: call .{self.spec.combine}()")
        if by_ahsn and not self.spec.by_ahsn:
            raise TypeError(f"term '{self.spec.name}' is not written by AHSN")
        what = f"term '{self.spec.name}'"
        if pairs is not None:
            if by_ahsn or where is not None:
                raise TypeError(f"term '{self.spec.name}': values of single pairs go without by_ahsn and where")
            check_pairs(pairs, what, self._terms._shape)
            if len(pairs[0]):
                array = numbers(value, what)
                if array.shape != pairs[0].shape and array.size == 1:
                    array = np.full(pairs[0].shape, array.item())
                if array.shape != pairs[0].shape:
                    raise _of_shape(what, array, f"one number, or one for each of the {len(pairs[0])} pairs")
                self._terms._store(self.spec.name, Part(array, False, pairs, flat=self._terms._numbers_of(pairs)))
            return
        array = self._terms._axes(numbers(value, what), what, by_ahsn)
        if where is not None:
            mask = self._terms._axes(numbers(where, f"the mask of {what}"), f"the mask of {what}", by_ahsn)
            if (bad := blank_in(where)) is not None:
                raise NotFinite(f"the mask of {what} holds {bad}")
            array = as_term(np.where(mask > 0, array, self.spec.neutral if self.spec.combine != "add" else 0.0))
        # small arrays are copied, so that the same values can be told next month whatever becomes of the lever's own
        kept = array.flags.writeable and array.size <= COMPARED_VALUES
        self._terms._store(self.spec.name, Part(array.copy() if kept else array, by_ahsn, kept=kept))

    def add(self, value: ArrayLike, where: Where = None, by_ahsn: bool = False, pairs: Pairs | None = None) -> None:
        """Add ``value`` (broadcasts to (R, N, K); (R, A, K) if ``by_ahsn``) where ``where`` is true.

        With ``pairs`` (numbers of replicates, trusts and innovations, int64[P] each, every pair once) ``value`` is one
        number or float64[P]: what concerns few pairs is written in less time.
        """
        self._put("add", value, where, by_ahsn, pairs)

    def mul(self, value: ArrayLike, where: Where = None, pairs: Pairs | None = None) -> None:
        """Multiply by ``value`` where ``where`` is true; ``pairs`` as in :meth:`add`."""
        self._put("mul", value, where, False, pairs)

    def max(self, value: ArrayLike, where: Where = None, by_ahsn: bool = False, pairs: Pairs | None = None) -> None:
        """Raise to ``value`` where ``where`` is true; ``pairs`` as in :meth:`add`."""
        self._put("max", value, where, by_ahsn, pairs)

    def min(self, value: ArrayLike, where: Where = None, pairs: Pairs | None = None) -> None:
        """Lower to ``value`` where ``where`` is true; ``pairs`` as in :meth:`add`."""
        self._put("min", value, where, False, pairs)


class Transfer(NamedTuple):
    """Directed ties that take a share of a trust's exposure (lever 19)."""

    targets: np.ndarray  # int32[R or 1, N, T], trusts looked to; -1 for none
    weight: np.ndarray  # float64[R or 1, N], share of exposure


class Payment(NamedTuple):
    """What a lever pays this month: place of the flow, pence, the same in GBP, and GBP by trust [R or 1, N]."""

    flow: int
    pence: int | np.ndarray
    gbp: float | Floats
    by_trust: Floats | None


def _check_parts(purpose: str, total: np.ndarray, parts: np.ndarray) -> None:
    """Refuse what trusts have of a payment if it adds up to more than the payment, or to the other sign."""
    rest = total.reshape(-1) - parts.sum(axis=1)
    whole = np.broadcast_to(total.reshape(-1), rest.shape)
    slack = 0.01 + TOLERANCE * (np.abs(whole) + np.abs(parts).sum(axis=1))  # a penny, and what sums are rounded by
    beyond = (rest * np.sign(whole) < -slack) | (np.abs(rest) > np.abs(whole) + slack)
    if beyond.any():
        at = int(np.argmax(beyond))
        raise LeverFault(
            f"payment '{purpose}' is {whole[at]:.12g} GBP, of which trusts have {whole[at] - rest[at]:.12g} GBP",
            "parts of trusts that add up to the amount, or to less where the rest is national",
            f"pay their sum: terms.pay('{purpose}', by_trust.sum(axis=-1), by_trust=by_trust)",
        )


class Terms:
    """All terms of a month. Levers write through attributes: ``terms.awareness_push.add(.5, where=mask)``.

    ``share`` is the part of the whole that a world of one region alone is: as much of national money counts.
    ``flows`` are the kinds of payment of the run, own ones of its levers included.
    """

    def __init__(self, shape: tuple[int, int, int], share: float = 1.0, flows: tuple[Flow, ...] = FLOWS) -> None:
        self._shape, self._n_replicates = shape, shape[0]
        self._share = share
        self._flows = flows
        self._own = {flow.purpose: place for place, flow in enumerate(flows) if flow.purpose not in FLOW_INDEX}
        self._declared: Iterable[str] = ()
        self._numbered: tuple[Pairs, np.ndarray] | None = None
        self._current = ""
        self._muted: frozenset[str] = frozenset()
        self._held: dict[str, dict[str, list[Part]]] = {}
        self._before: dict[str, list[Part]] = {}
        self._transfers: dict[str, Transfer] = {}
        self._payments: dict[str, list[Payment]] = {}
        self._mentoring: dict[str, np.ndarray] = {}
        self._dirty: set[str] = set(TERMS)
        self._combined = {name: Combined(shape) for name in TERMS}
        self._by_ahsn: dict[str, np.ndarray] = {}
        self.transfer_changed = True
        #: is told what levers write, mute or not; for looking at levers, not for running
        self.listener: Listener | None = None
        #: appointments and launches of this month
        self.appointed: list[np.ndarray] = []
        self.launched: list[tuple[int, int, float]] = []
        #: places of running sums, and what this month adds to them
        self.told: list[tuple[int, np.ndarray]] = []

    def __getattr__(self, name: str) -> Term:
        if name in TERMS:
            return Term(TERMS[name], self)
        raise AttributeError(
            f"there is no term '{name}'; {did_you_mean(name, TERMS) or 'see diffusion describe terms'}"
        )

    def begin(self, lever_id: str, mute: Iterable[str] | None = None, purposes: Iterable[str] = ()) -> None:
        """Forget what ``lever_id`` wrote; it writes anew. What it writes to the groups ``mute`` does not count.

        ``purposes`` are its own ones, under which it may pay beside those of the ledger.
        """
        self._before = self._held.pop(lever_id, {})
        if self._transfers.pop(lever_id, None) is not None:
            self.transfer_changed = True
        self._payments.pop(lever_id, None)
        self._mentoring.pop(lever_id, None)
        self._current = lever_id
        self._declared = purposes
        self._muted = written_names(mute) if mute else frozenset()

    def end(self) -> None:
        """The lever has written; terms for which it gave other arrays than last time are combined anew.

        Raises
        ------
        NotFinite
            A term holds NaN or an infinite number; only what changed is looked at.
        OutOfRange
            A factor below 0, or a share above 1. What is added up is looked at when it comes together.
        """
        now = self._held.get(self._current, {})
        for name in self._before.keys() | now.keys():
            old, new = self._before.get(name, []), now.get(name, [])
            if len(old) == len(new) and all(b.same_as(a) for a, b in zip(old, new)):
                now[name] = old
            else:
                self._dirty.add(name)
                spec = TERMS[name]
                for part in new:
                    bad = first_not_finite(part.array, infinity=spec.neutral == np.inf)
                    if bad is not None:
                        raise NotFinite(f"term '{name}' holds {bad}{seat_of(part, bad)}")
                    if spec.combine == "add":
                        continue
                    high = np.inf if spec.combine == "mul" else spec.high + TOLERANCE
                    bad = outside(part.array, spec.low - TOLERANCE, high)
                    if bad is not None:
                        raise OutOfRange(f"term '{name}' holds {bad:g}{seat_of(part, bad)}", spec.low, spec.high)
        self._before = {}

    def _axes(self, array: np.ndarray, what: str, by_ahsn: bool) -> np.ndarray:
        """Return an array with three axes; raises LeverFault where they are not those of the run."""
        r, n, k = self._shape
        if array.ndim <= 3:
            term = as_term(array)
            if term.shape[0] in (1, r) and (by_ahsn or term.shape[1] in (1, n)) and term.shape[2] in (1, k):
                return term
        middle = "AHSNs" if by_ahsn else f"1 or {n} trusts"
        raise _of_shape(what, array, f"1 or {r} replicates, {middle}, 1 or {k} innovations")

    def _numbers_of(self, pairs: Pairs) -> np.ndarray:
        """Return int64[P], where pairs stand in an array (R, N, K); several terms in turn are written for the same."""
        if self._numbered is None or self._numbered[0] is not pairs:
            self._numbered = pairs, np.ravel_multi_index(pairs, self._shape)
        return self._numbered[1]

    def _counts(self, name: str, written: Part | tuple[object, ...]) -> bool:
        """Whether what the lever writes to a term, or by a call, counts: unless its group is mute."""
        if self.listener is not None:
            self.listener(self._current, name, written)
        return name not in self._muted

    def _store(self, name: str, part: Part) -> None:
        if not self._counts(name, part):
            return
        self._held.setdefault(self._current, {}).setdefault(name, []).append(part)

    def transfer(self, targets: np.ndarray, weight: np.ndarray) -> None:
        """Let each trust take ``weight`` of its exposure from the trusts ``targets`` (see :class:`Transfer`)."""
        shares = numbers(weight, "the weight of transfer ties")
        if (bad := first_not_finite(shares)) is not None:
            raise NotFinite(f"the weight of transfer ties holds {bad}")
        if (bad := outside(shares, -TOLERANCE, 1.0 + TOLERANCE)) is not None:
            raise OutOfRange(f"the weight of transfer ties holds {bad:g}", 0.0, 1.0)
        numbers(targets, "the targets of transfer ties")
        if (bad := blank_in(targets)) is not None:
            raise NotFinite(f"the targets of transfer ties hold {bad}")
        if not self._counts("transfer", (targets, weight)):
            return
        self._transfers[self._current] = Transfer(np.ascontiguousarray(targets, np.int32), np.ascontiguousarray(shares))
        self.transfer_changed = True

    def appoint(self, people: np.ndarray) -> None:
        """Appoint ``people`` (bool[R, E]) to a programme this month; nothing happens without the supply side."""
        numbers(people, "whom it appoints")
        if (bad := blank_in(people)) is not None:
            raise NotFinite(f"whom it appoints holds {bad}")
        if self._counts("appoint", (people,)):
            self.appointed.append(np.asarray(people, dtype=bool))

    def mentor(self, deals: np.ndarray) -> None:
        """Multiply the deals of people's companies, outside a programme, by ``deals`` (float64[R, E])."""
        factor = numbers(deals, "the factor on people's deals")
        if (bad := first_not_finite(factor)) is not None:
            raise NotFinite(f"the factor on people's deals holds {bad}")
        if (bad := outside(factor, 0.0, MOST)) is not None:
            raise OutOfRange(f"the factor on people's deals holds {bad:g}", 0.0, MOST)
        if self._counts("mentor", (deals,)):
            self._mentoring[self._current] = deals

    def mentoring(self) -> list[np.ndarray]:
        """Return the factors on people's deals, in the order of lever ids."""
        return [self._mentoring[lever_id] for lever_id in sorted(self._mentoring)]

    def launch(self, replicates: np.ndarray, keys: np.ndarray, evidence: float = 0.0) -> None:
        """Launch innovations this month, one for each (row of a replicate, key of its origin), with more evidence."""
        more = numbers(evidence, "the evidence of a launch")
        if (bad := first_not_finite(more)) is not None:
            raise NotFinite(f"the evidence of a launch is {bad}")
        if (bad := outside(more, 0.0, MOST_EVIDENCE)) is not None:
            raise OutOfRange(f"the evidence of a launch is {bad:g}", 0.0, MOST_EVIDENCE)
        if self._counts("launch", (replicates, keys, evidence)):
            self.launched += [(int(r), int(key), evidence) for r, key in zip(replicates, keys)]

    def tell(self, place: int, number: ArrayLike) -> None:
        """Add ``number`` (one or [R], people, organisations or pence) to the running sum ``so_far[R, place]``.

        It is only counted: nothing in the model follows from it.
        """
        if not self._counts("tell", (place, number)):
            return
        counted = numbers(number, "a count that is told")
        if (bad := first_not_finite(counted)) is not None:
            raise NotFinite(f"a count that is told is {bad}")
        self.told.append((place, np.rint(counted).astype(np.int64)))

    def pay(self, purpose: str, gbp: ArrayLike, by_trust: ArrayLike | None = None) -> None:
        """Book ``gbp`` (scalar or float64[R]) this month under ``purpose``, which names payer and payee.

        ``by_trust`` (float64[N] or [R, N]) is what of it each trust pays or gets, where that is known: parts add up to
        the amount, or to less of it; the rest is national. In a world of one region alone, what is national counts by
        its part of the whole.
        """
        flow = self._flow(purpose)
        # more than this is no payment, and would not fit into whole pence
        total = numbers(gbp, f"payment '{purpose}'")
        if not (np.abs(total) <= MOST_GBP).all():
            raise NotFinite(f"payment '{purpose}' is {largest(gbp)} GBP")
        if not self._counts("pay", (purpose, gbp)):
            return
        parts = None if by_trust is None else np.atleast_2d(numbers(by_trust, f"payment '{purpose}' by trust"))
        if parts is not None and parts.shape not in ((1, self._shape[1]), self._shape[:2]):
            raise ValueError(
                f"payment '{purpose}' by trust: GBP is float64[{self._shape[1]}], or by replicate and trust"
            )
        if parts is not None and not (np.abs(parts) <= MOST_GBP).all():
            raise NotFinite(f"payment '{purpose}' by trust is {largest(parts)} GBP")
        if parts is not None:
            _check_parts(purpose, total, parts)
        if self._share != 1.0 and is_national(self._flows[flow]):
            placed: Floats = np.zeros(1) if parts is None else parts.sum(axis=1)
            gbp = total = placed + self._share * (total - placed)
        if isinstance(gbp, (int, float)):
            self._paid(Payment(flow, round(gbp * PENCE), gbp, parts))
            return
        amount = total
        if amount.shape not in ((), (1,), (self._n_replicates,)):
            raise ValueError(f"payment '{purpose}': GBP is one number or float64[{self._n_replicates}], by replicate")
        pence = np.rint(amount * PENCE).astype(np.int64)
        self._paid(Payment(flow, pence, amount, parts))

    def _flow(self, purpose: str) -> int:
        """Return the place of a purpose of the ledger, or of one that the lever declares."""
        if (place := FLOW_INDEX.get(purpose)) is not None:
            return place
        if purpose in self._declared and purpose in self._own:
            return self._own[purpose]
        meant = did_you_mean(purpose, (*FLOW_INDEX, *self._declared))
        declare = f'declare it on the class: purposes = {{"{purpose}": ("trust", "company")}}, payer and payee'
        raise LeverFault(
            f"there is no payment '{purpose}'",
            "a purpose of the ledger ('diffusion describe outputs' lists them) or one that the lever declares",
            f"{meant} Else {declare}" if meant else declare,
        )

    def _paid(self, payment: Payment) -> None:
        self._payments.setdefault(self._current, []).append(payment)

    def book(self, money: np.ndarray, by_trust: np.ndarray | None = None) -> None:
        """Add all payments to money[R, flows] (pence), and to by_trust[R, N, flows] what of them trusts have.

        Nothing is kept of trusts in None, or in by_trust[0, N, flows].
        """
        for lever_id in sorted(self._payments):
            for flow, pence, gbp, parts in self._payments[lever_id]:
                money[:, flow] += pence
                if parts is not None and by_trust is not None and len(by_trust):
                    whole = np.broadcast_to(np.asarray(pence, dtype=np.int64).reshape(-1), (len(money),))
                    by_trust[:, :, flow] += split_pence(whole, gbp, parts)

    def compile(self, ahsn: np.ndarray | None = None) -> set[str]:
        """Combine what changed; return the names of the terms that differ from last month's.

        ``ahsn`` is int64[N], the AHSN of each trust: the two parts of a term come together there.

        Raises
        ------
        NotFiniteTogether
            What levers wrote is finite by itself, and not where it comes together.
        OutOfRangeTogether
            It is nothing that the term's equation can take where it comes together.
        """
        changed = self._dirty
        if not changed:
            return set()
        self._dirty = set()
        written: dict[str, list[Part]] = {name: [] for name in changed}
        for lever_id in sorted(self._held):
            for name, parts in self._held[lever_id].items():
                if name in written:
                    written[name] += parts
        for name, parts in written.items():
            spec = TERMS[name]
            rule = _RULES[spec.combine]
            # a term in two parts keeps its neutral value in the part by AHSN; the other starts at 0
            nothing = as_term(0.0 if spec.by_ahsn else spec.neutral)
            grouped, value = [as_term(spec.neutral)], [nothing]
            single: list[Part] = []
            for part in parts:
                if part.pairs is not None:
                    single.append(part)
                elif part.by_ahsn or (spec.by_ahsn and part.array.shape[1] == 1):  # the same for all: keep it small
                    grouped.append(part.array)
                elif spec.combine == "add" and value[-1] is nothing and (part.kept or not part.array.flags.writeable):
                    value = [part.array]  # 0 plus an array that nobody writes to is that array
                else:
                    value.append(part.array)
            with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told below
                self._combined[name].put(fold(rule, value), single, rule)
                if spec.by_ahsn:
                    self._by_ahsn[name] = np.ascontiguousarray(fold(rule, grouped))
            if parts and spec.combine in ("add", "mul"):
                if len(parts) > 1:
                    self._check_together(name)
                self._check_range(spec, ahsn)
        return changed

    def _check_together(self, name: str) -> None:
        """Refuse a sum or a product that is infinite although all that levers wrote is finite."""
        term = self._combined[name]
        arrays = [term.base, *(term.value.reshape(-1)[part.flat] for part in term.single)]
        if TERMS[name].by_ahsn:  # kernels add the two parts
            (low, high), grouped = term.extremes(), self._by_ahsn[name]
            arrays.append(np.array([low + float(grouped.min()), high + float(grouped.max())]))
        for array in arrays:
            if (bad := first_not_finite(array)) is not None:
                raise NotFiniteTogether(name, bad)

    def _check_range(self, spec: TermSpec, ahsn: np.ndarray | None) -> None:
        """Refuse a sum or a product that the equation of the term cannot take."""
        least, most = spec.low - TOLERANCE, spec.high + TOLERANCE
        low, high = self._combined[spec.name].extremes()
        if spec.by_ahsn:
            grouped = self._by_ahsn[spec.name]
            low, high = low + float(grouped.min()), high + float(grouped.max())
            if low < least or high > most:  # bounds of both parts, which need not meet in one trust
                if ahsn is not None and grouped.shape[1] > 1:
                    grouped = grouped[:, ahsn, :]
                elif grouped.shape[1] > 1:
                    return
                both = grouped + self.value(spec.name)
                low, high = float(both.min()), float(both.max())
        if low < least or high > most:
            raise OutOfRangeTogether(spec.name, low if low < least else high, spec.low, spec.high, spec.neutral)

    def writers(self, name: str) -> list[str]:
        """Return the ids of the levers that write a term, sorted."""
        return [lever_id for lever_id in sorted(self._held) if name in self._held[lever_id]]

    def value(self, name: str) -> np.ndarray:
        """Return the combined term, shaped (1 or R, 1 or N, 1 or K); of a term in two parts the part by trust.

        The array may be written anew next month: copy what is to be kept.
        """
        return self._combined[name].value

    def combined(self, name: str) -> Combined:
        """Return :meth:`value` with what it differs from: see :class:`~diffusion.engine.term_values.Combined`."""
        return self._combined[name]

    def by_ahsn(self, name: str) -> np.ndarray:
        """Return the part by AHSN of a term in two parts, shaped (1 or R, 1 or A, 1 or K)."""
        return self._by_ahsn[name]

    def written(self, name: str, ahsn: np.ndarray) -> np.ndarray:
        """Return what levers wrote, both parts together, shaped (1 or R, 1 or N, 1 or K); a neutral push counts as 0.

        ``ahsn`` is int64[N], the AHSN of each trust.
        """
        if not TERMS[name].by_ahsn:
            return self.value(name)
        grouped = self._by_ahsn[name] - (TERMS[name].neutral if TERMS[name].combine == "add" else 0.0)
        if grouped.shape[1] > 1:
            grouped = grouped[:, ahsn, :]
        return _RULES[TERMS[name].combine](grouped, self.value(name))

    def transfers(self) -> list[Transfer]:
        """Return the transfer ties in force, in the order of lever ids."""
        return [self._transfers[lever_id] for lever_id in sorted(self._transfers)]


assert len(FLOWS) == len(FLOW_INDEX)
