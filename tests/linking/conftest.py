"""A small shop's catalog, and the encoder that the tests share."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.linking.encoders import UseEncoder
from semantic_layer.catalog import Catalog, CatalogSpec

SHOP: dict[str, Any] = {
    "datasets": {
        "lines": {
            "fields": {
                "order_id": {"kind": "key", "entity": "order", "label": {"en": "order number"}},
                "buyer_id": {"kind": "key", "entity": "customer"},
                "giver_id": {"kind": "key", "entity": "customer", "label": {"en": "gift giver"}},
                "amount": {"kind": "measure", "type": "number", "label": {"zh": "行金额", "en": "line amount"}},
                "channel": {
                    "label": {"zh": "渠道", "en": "channel"},
                    "values": {"tm": {"label": {"zh": "天猫", "en": "Tmall"}, "synonyms": {"en": "T-Mall store"}}},
                },
                "state": {
                    "type": "integer",
                    "label": {"zh": "订单状态", "en": "status"},
                    "values": {1: {"label": {"zh": "已付款", "en": "paid"}}, 2: {}},
                },
                "buyer_name": {"personal": True, "label": {"en": "buyer name"}},
            }
        },
        "goods": {
            "fields": {
                "category": {"label": {"zh": "品类", "en": "category"}, "synonyms": {"zh": "DM 类目"}},
                "brand": {"label": {"zh": "品牌", "en": "brand"}},
            }
        },
    },
    "entities": {
        "order": {"label": {"zh": "订单", "en": "order"}},
        "customer": {"label": {"zh": "顾客", "en": "customer"}, "synonyms": {"zh": "会员", "en": "shopper"}},
    },
    "metrics": {
        "net_sales": {
            "expression": "SUM(lines.amount)",
            "label": {"zh": "净销售额", "en": "net sales"},
            "synonyms": {"zh": ["营业额"], "en": ["revenue"]},
            "description": {"zh": "扣除退款后的金额", "en": "Money received after refunds"},
        },
        "customers": {
            "expression": "COUNT(DISTINCT lines.buyer_id)",
            "label": {"zh": "顾客数", "en": "customers"},
            "description": {"en": "How many people bought"},
        },
    },
    "segments": {
        "vip": {
            "label": {"zh": "大客户", "en": "big spenders"},
            "where": [{"field": "goods.brand", "op": "=", "value": "x"}],
        }
    },
}


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The catalog of a small shop."""
    return Catalog(CatalogSpec.model_validate(SHOP))


@pytest.fixture(scope="session")
def use() -> UseEncoder:
    """The bundled encoder, loaded once."""
    return UseEncoder()
