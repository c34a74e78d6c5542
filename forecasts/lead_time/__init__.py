"""Lead times: order-to-receipt time by sourcing option, and the arrival of every open order."""

from forecasts.lead_time.backtest import backtest_lead_times
from forecasts.lead_time.forecast import LeadTimeForecast, forecast_arrivals, forecast_lead_times
from forecasts.lead_time.options import LeadTimeOptions
from forecasts.lead_time.receipts import add_attributes, check_orders, check_receipts
from forecasts.lead_time.sampling import sample_quantiles

__all__ = [
    "LeadTimeForecast",
    "LeadTimeOptions",
    "add_attributes",
    "backtest_lead_times",
    "check_orders",
    "check_receipts",
    "forecast_arrivals",
    "forecast_lead_times",
    "sample_quantiles",
]
