"""What is planted, in numbers: read by the parts that plant it and by the truth that tells of it."""

from __future__ import annotations

from semantic_layer.shops.mall.settings import DAYS, day

# (first day, day after the last)
STOCKOUT = (day(2026, 4, 6), day(2026, 4, 27))
STOCKOUT_CATEGORY, STOCKOUT_REGION, STOCKOUT_WAREHOUSE = "小家电", "华南", "广州仓"
MIX_SHIFT = (day(2026, 3, 1), day(2026, 4, 1))
MIX_MINI, MIX_BASKET = 3.4, 1.35  # times the share of the mini program, times the further lines of an order
OUTAGE = (day(2025, 9, 16), day(2025, 9, 19))
OUTAGE_CHANNEL, OUTAGE_SUCCESS = "支付宝", 0.2
CHECKOUT_BUG = (day(2025, 11, 20), day(2025, 11, 29))
BUG_VERSION, BUG_LOSS = "6.3.0", 0.45
LIFT, LIFT_DAYS = 0.6, 7  # C05
EXPERIMENT_LIFT, BROKEN_SHARE = 0.2, 0.42  # E01, E03
TREND_BREAK, BREAK_CATEGORY, BREAK_LOSS = day(2025, 8, 1), "美妆护肤", 0.25
FLASH = (day(2026, 5, 13), day(2026, 5, 16))
FLASH_LIFT, FLASH_DISCOUNT = 1.9, 0.3
SLOW = (day(2026, 3, 10), day(2026, 4, 1))
SLOW_CARRIER, SLOW_REGION, SLOW_HOURS = "迅达", "西南", 72
BAD_REVIEWS = day(2026, 5, 1)
BAD_RATING, GOOD_RATING = 2.2, 4.6
RISING = (DAYS - 56, DAYS)
RISING_GROWTH = 1.35  # a week
FAKE = (day(2025, 10, 20), day(2025, 11, 6))
LATE_SOURCE_DAYS = 5
DOUBLED_BATCHES = (day(2026, 2, 10), day(2026, 2, 11))
SOURCE_OF = {"四川", "河南"}  # where short videos win users
RATE_SHAPE = 0.9  # of the gamma distribution of order rates
PAIR_RATE = 0.3  # of orders with the first of a pair that hold the second, too
PAIRS = 20
CHEAPNESS = 0.9  # the mini program's choice falls with the price to this power

# Shares of users, and the least number of a kind.
PRICE_SENSITIVE = (0.12, 40)
TASTERS = (0.03, 12)
HESITANT = (0.02, 20)
LAPSING = (0.02, 15)
SECOND_ORDER = (0.02, 20)
ABANDONERS = (0.02, 20)
RING = (0.002, 6)
