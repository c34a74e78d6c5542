"""Forecasts of lead times by sourcing option, and of the arrival of every open order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.lead_time.history import Floats, History, days_between, key_frame, known_history
from forecasts.lead_time.options import KEY, LeadTimeOptions
from forecasts.lead_time.promises import (
    believed_quantiles,
    delay_curves,
    distinct,
    has_promise,
)
from forecasts.lead_time.receipts import add_attributes, check_orders, check_receipts
from forecasts.lead_time.regimes import detect_regimes
from forecasts.lead_time.sampling import sample_quantiles, whole_periods
from forecasts.lead_time.views import MEAN_LEVELS, lead_time_views, view_quantiles
from forecasts.quantiles import DEFAULT_LEVELS, check_levels, columns, ordered
from supplychain.calendar import Bucket

DELAY = "delay_"
_MEDIAN = 0.5


@dataclass(frozen=True)
class LeadTimeForecast:
    """Lead times by sourcing option, as known at the end of the day ``as_of``.

    ``table`` has one row per option, ordered by its key: those of item, location, supplier and mode
    that the history has; ``observations`` (receipts) and ``open_orders``; ``mean`` and a column
    quantile_P.. per level: order to receipt in days; delay_quantile_P..: receipt less promise in
    days, blank where the option had no promise; ``regime_since``: first day of orders at the
    present level, blank where no change was found; ``drift``: days by which the median lies above
    the median of the whole record, old orders counted in full.
    """

    table: pd.DataFrame
    levels: tuple[float, ...]
    as_of: dt.date

    @property
    def key(self) -> list[str]:
        """Key columns of the table."""
        return [name for name in KEY if name in self.table]

    def sample(self, uniforms: npt.ArrayLike) -> Floats:
        """Lead times in days (options, samples) at probabilities (options, samples) or (samples,).

        See ``sample_quantiles``.
        """
        return sample_quantiles(self.table[columns(self.levels)], self.levels, uniforms)

    def as_periods(self, bucket: Bucket, level: float = _MEDIAN) -> pd.DataFrame:
        """Table item, location, supplier, mode, lead_time: whole periods, rounded up.

        ``level``: the planner's lead_time_quantile; InputError where it is no level. Key columns
        that the history lacks are blank.
        """
        (level,) = check_levels([level])
        days = self.sample(np.array([level]))[:, 0]
        found = pd.DataFrame({n: self.table.get(n, "") for n in KEY},
                             index=self.table.index)  # fmt: skip
        return found.assign(lead_time=whole_periods(days, bucket))


def forecast_lead_times(
    receipts: pd.DataFrame,
    as_of: dt.date,
    levels: Sequence[float] = DEFAULT_LEVELS,
    options: LeadTimeOptions = LeadTimeOptions(),  # noqa: B008  frozen
    *,
    items: pd.DataFrame | None = None,
    locations: pd.DataFrame | None = None,
) -> LeadTimeForecast:
    """Lead times of every sourcing option that has an order placed up to ``as_of``.

    ``receipts``: see ``check_receipts``, which says what is an error; ``items`` and ``locations``:
    tables of the data contract whose commodity and country make options alike. Receipts after
    ``as_of`` count as open, orders after it are not known. One receipt gives a wide forecast; a
    history that is open throughout one from the orders' ages. DataError where nothing is known.
    """
    levels = check_levels(levels)
    checked = add_attributes(check_receipts(receipts), items, locations)
    history = known_history(checked, as_of, options)
    present, regime = detect_regimes(history, options)
    counts = _counts(history, regime)
    targets = counts[list(history.keys)]
    rows = np.arange(len(targets))
    views = lead_time_views(present, targets, options.half_lives)
    quantiles = ordered(view_quantiles(views, rows, levels))
    table = counts[[name for name in KEY if name in checked]].copy()
    table["observations"], table["open_orders"] = counts["observations"], counts["open_orders"]
    table["mean"] = view_quantiles(views, rows, MEAN_LEVELS).mean(axis=1)
    table[columns(levels)] = quantiles
    table[[DELAY + name for name in columns(levels)]] = _delays(history, counts, levels, options)
    since = pd.Timestamp(as_of) - pd.to_timedelta(counts["regime"], unit="D")
    table["regime_since"] = since.astype("datetime64[us]")
    median = view_quantiles(views, rows, [_MEDIAN])
    table["drift"] = (median - _whole_record(history, targets))[:, 0]
    return LeadTimeForecast(table, levels, as_of)


def _counts(history: History, regime: Floats) -> pd.DataFrame:
    """Options with receipts, open orders, promises, age of the regime, attributes of the youngest.

    Ordered by key, so that the order of receipts does not matter.
    """
    attributes = [str(name) for name in history.keys if name not in KEY]
    frame = history.keys.assign(
        age=history.age, observations=history.received.astype(np.int64),
        open_orders=(~history.received).astype(np.int64),
        promises=np.isfinite(history.promise).astype(np.int64), regime=regime,
    ).sort_values([*KEY, "age", *attributes], kind="stable")  # fmt: skip
    first = dict.fromkeys([*attributes, "regime"], "first")
    sums = dict.fromkeys(["observations", "open_orders", "promises"], "sum")
    return frame.groupby(list(KEY)).agg({**first, **sums}).reset_index()


def _delays(
    history: History, counts: pd.DataFrame, levels: Sequence[float], options: LeadTimeOptions
) -> Floats:
    """Quantiles of delay (options, levels), NaN where an option had no promise."""
    blank = np.full((len(counts), len(levels)), np.nan)
    if not has_promise(history):
        return blank
    targets = counts[list(history.keys)]
    found = delay_curves(history, targets, options).steps(np.arange(len(counts)), levels)
    return np.where(counts["promises"].to_numpy()[:, None] > 0, found, blank)


def _whole_record(history: History, targets: pd.DataFrame) -> Floats:
    """Medians (options, 1) when nothing is forgotten and no change of level followed."""
    views = lead_time_views(history, targets, (np.inf,))
    return view_quantiles(views, np.arange(len(targets)), [_MEDIAN])


def forecast_arrivals(
    receipts: pd.DataFrame,
    orders: pd.DataFrame,
    as_of: dt.date,
    levels: Sequence[float] = DEFAULT_LEVELS,
    options: LeadTimeOptions = LeadTimeOptions(),  # noqa: B008  frozen
    *,
    items: pd.DataFrame | None = None,
    locations: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Quantiles of the arrival of every order, in days from its ordered_on.

    ``receipts`` as for ``forecast_lead_times``; ``orders``: see ``check_orders``. One row per row
    of ``orders``, in their order: order_id, line where given, quantile_P... An order placed up to
    ``as_of`` has not arrived by then, so no quantile is below its age; one placed later is forecast
    as if placed on ``as_of``. A promise counts as far as promises were kept. DataError where
    either table is wrong or no past order is known.
    """
    levels = check_levels(levels)
    checked = add_attributes(check_receipts(receipts), items, locations)
    asked = add_attributes(check_orders(orders), items, locations)
    history = known_history(checked, as_of, options)
    present, _ = detect_regimes(history, options)
    keys = key_frame(asked, options).reindex(columns=list(history.keys), fill_value="")
    targets, rows = distinct(keys)
    age = days_between(asked["ordered_on"], pd.Series(pd.Timestamp(as_of), index=asked.index))
    age = np.where(age < 0.0, np.nan, age)
    views = lead_time_views(present, targets, options.half_lives)
    found = view_quantiles(views, rows, levels, age)
    promise = days_between(asked["ordered_on"], asked["promised_on"])
    with_promise = np.flatnonzero(np.isfinite(promise))
    if len(with_promise) and has_promise(history):
        part = rows[with_promise]
        found[with_promise] = believed_quantiles(
            history, targets, part, promise[with_promise], age[with_promise], levels, views,
            options,
        )  # fmt: skip
    names = [name for name in ("order_id", "line") if name in {str(n).strip() for n in orders}]
    result = asked[names].reset_index(drop=True)
    result[columns(levels)] = ordered(found)
    return result
