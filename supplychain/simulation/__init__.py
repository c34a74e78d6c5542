"""A plan lived through sampled futures of demand and lead time, period by period.

The plan stands: nothing is ordered, built or moved beyond it, but what could not be done when
planned is made up for. All samples are lived through at once; loops run over periods and over the
levels of what takes no time.

Sets
    n = (i, l) item-locations of the plan, t = 0..T-1 periods, k = 0..N-1 samples;
    f activities: builds by production option, transfers by lane, planned orders drawn on the stock
    of a supplier that makes the item, retrofits; e other planned orders, and scheduled receipts
    as rescheduled;
    d demand rows; c limits: capacities of resources, supplier groups, options and lanes.

Data (source, unit)
    P[f,t] units that the plan starts in t (orders: dispatches), cP their sum up to t;
    L[f,t] periods from start to receipt (lead time, orders: transit time); a[f,n] units of n that
    one unit of f takes (quantity_per by the BOM of the period, 1 for transfers and orders);
    b[f,c] units of capacity; K[c,t] capacity less what scheduled receipts and the orders e take;
    A[e] period of receipt in the plan, q[e] units; Q[d] demand of the plan, cS[d,t] units of d
    that the plan has served by t; H[n,t] on hand in the plan; S[n] opening stock (stock.quantity);
    D[d,k] sampled demand, y[e,k], y[f,k] sampled delays (periods; of builds and transfers 0).

Rules, for every sample
    (S1) stock       on_hand[n,t] = on_hand[n,t-1] + arrivals[n,t] - uses[n,t]; on_hand[n,-1] = S[n]
    (S2) arrivals    e arrives in max(A + y, period in which it is ordered or dispatched), what the
                     plan receives beyond the horizon never does; what f starts in t arrives in
                     t + max(L + y, 0), so that an early receipt never precedes its start
    (S3) catch-up    f wants cP[f,t] less what it has started so far: what could not be done is
                     wanted again, as long as the option may be used
    (S4) feasible    a want counts as far as what is on hand of each input would allow it alone: for
                     capacity of all inputs, for the claim on n of its other inputs, so that what
                     lacks another input claims nothing
    (S5) capacity    where the wants take more of c than K[c,t], all are cut in proportion
    (S6) stock out   where the claims on n - builds, transfers, orders and deliveries - are more
                     than its stock, all are cut in proportion; a build is cut by its
                     scarcest component
    (S7)             (S4) to (S6) run twice, on what is left; what takes no time arrives before it
                     is used (levels; in a circle of such steps, for the second run)
    (S8) deliveries  d wants D cS / Q less what it was served so far, from its due period to its
                     deadline (lost_after): demand above or below that of the plan is served by the
                     same share at the same time. What an item-location grants goes to its oldest
                     rows first, in proportion among rows of the same age
    (S9) spare       units that wait beyond (S8) are served from what is on hand above H[n,t] and
                     above what (S8) and activities still want: the plan holds H for later needs
    (S10) shortage   unmet[n,t] = activities' claims cut by (S6) + demand waiting or lost at n;
                     a unit counts once as expected shortage, in the period when it is first wanted

Where demand falls short of the plan, stock builds up, and so it does behind a missing component.
Demand above the plan draws on stock and then waits. Amounts below 1e-6 of the largest use of an
item-location in a period (at least of one unit) are rounding: nothing is cut for them. Without
uncertainty every want is met in full and the plan's inventory and service are reproduced.

What a plan that foresees a shortage does not even try is no need of the plan. Against a
reference plan (as a rule the as-is plan without scenario) it is one: units by which the plan's use
of n is behind and which no routine source could have delivered in time; see ``foresight``.

Levers: a build with substitutes takes what the plan takes for a unit of it, a short build all but a
component; it is parked on a place of its own, from which a retrofit takes it (``recipes``).
Overtime that the plan buys is capacity. Money: every term of the plan's profit, by sample
(``money``). With replanning: ``replanned``.

The rules are those of a discrete-time simulation with proportional rationing; see Law (2015),
Simulation Modeling and Analysis, chapter 1, and Snyder and Shen (2019), Fundamentals of Supply
Chain Theory, chapter 6, for backorders in multi-echelon systems.
"""

from supplychain.simulation.futures import Futures, certain_futures
from supplychain.simulation.ranking import rank_item_locations, revenue_values
from supplychain.simulation.replanned import Lifeline, simulate_replanned
from supplychain.simulation.simulate import Simulation, simulate, simulated_profits

__all__ = ["Futures", "Lifeline", "Simulation", "certain_futures", "rank_item_locations",
           "revenue_values", "simulate", "simulate_replanned", "simulated_profits"]  # fmt: skip
