"""Product names that do not exist, as many as wanted: brand, what it is, and size, in English and in Chinese."""

from __future__ import annotations

import random
from collections.abc import Iterator

_STARTS = ["b", "br", "c", "ch", "d", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pr", "qu", "r", "s", "sh", "st", "t", "tr", "v", "w", "z"]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "oo"]
_ENDS = ["b", "ck", "d", "ff", "l", "ll", "m", "n", "nd", "r", "rt", "s", "t", "x"]
_KINDS = ["almond milk", "apple juice", "baby food", "baby wipes", "bacon", "baguette", "bath towel", "beef jerky", "biscuits", "black tea", "blueberry muffin", "body lotion", "breakfast cereal", "brown rice", "butter", "candle", "canned tuna", "cat food", "cheddar cheese", "cherry tomatoes", "chicken breast", "chili sauce", "chocolate bar", "coconut water", "coffee beans", "cookies", "corn chips", "cottage cheese", "cranberry juice", "cream cheese", "crackers", "dark chocolate", "diapers", "dish soap", "dog food", "energy drink", "fabric softener", "facial tissue", "frozen pizza", "fruit snacks", "garlic bread", "ginger ale", "granola", "greek yogurt", "green tea", "ground beef", "hair conditioner", "hand soap", "honey", "hot sauce", "ice cream", "instant noodles", "jam", "ketchup", "laundry detergent", "lemonade", "light bulb", "maple syrup", "mayonnaise", "mineral water", "mouthwash", "mustard", "oat milk", "olive oil", "orange juice", "paper towels", "pasta sauce", "peanut butter", "pet shampoo", "pickles", "popcorn", "potato chips", "pretzels", "protein bar", "rice crackers", "salad dressing", "salmon fillet", "sandwich bread", "shampoo", "shaving cream", "smoked turkey", "soda", "sour cream", "soy sauce", "sparkling water", "strawberries", "sunscreen", "tomato soup", "toothpaste", "tortilla", "trash bags", "vanilla pudding", "vegetable oil", "waffles", "whole milk", "wine vinegar"]
_FLAVOURS = ["", "classic", "organic", "light", "spicy", "sweet", "low fat", "sugar free", "family", "extra", "fresh", "original", "premium", "natural", "mini", "giant", "smoked", "salted"]
_UNITS = ["oz", "lb", "g", "kg", "ml", "l", "ct", "pack"]
_HAN_BRANDS = "安百宝长春大德东丰福光广海好和恒红华佳嘉健江金锦京晶康兰乐丽利林龙美明宁平奇清泉荣瑞山盛顺天同万旺伟新鑫兴雪雅阳怡益银永优裕源远悦云泽正中"
_HAN_KINDS = ["纯牛奶", "酸奶", "豆浆", "苹果汁", "橙汁", "绿茶", "红茶", "乌龙茶", "矿泉水", "苏打水", "速溶咖啡", "咖啡豆", "黑巧克力", "牛轧糖", "薯片", "饼干", "蛋糕", "面包", "方便面", "挂面", "大米", "小米", "燕麦片", "食用油", "橄榄油", "酱油", "陈醋", "番茄酱", "辣椒酱", "豆瓣酱", "火腿肠", "牛肉干", "鸡胸肉", "三文鱼", "虾仁", "水饺", "汤圆", "冰淇淋", "花生酱", "蜂蜜", "核桃仁", "葡萄干", "红枣", "纸尿裤", "抽纸", "卷纸", "湿巾", "洗衣液", "洗洁精", "洗发水", "护发素", "沐浴露", "牙膏", "牙刷", "洗手液", "护手霜", "防晒霜", "面膜", "猫粮", "狗粮", "垃圾袋", "保鲜膜", "毛巾", "浴巾", "灯泡", "电池", "雨伞", "拖鞋"]
_HAN_FLAVOURS = ["", "经典", "有机", "低脂", "无糖", "香辣", "原味", "家庭装", "特浓", "鲜", "儿童", "轻盈", "精选", "浓香", "手工", "迷你"]
_HAN_UNITS = ["克", "千克", "毫升", "升", "片", "袋装", "盒装", "瓶装"]
_CHINESE = 0.4


def product_names(count: int, seed: int = 1) -> Iterator[str]:
    """`count` different names, the same ones for the same seed; four in ten are Chinese."""
    pick = random.Random(seed)
    latin = sorted({_brand(pick) for _ in range(12_000)})
    han = sorted({"".join(pick.sample(_HAN_BRANDS, pick.choice((2, 2, 3)))) for _ in range(6_000)})
    seen: set[int] = set()
    while len(seen) < count:
        name = _chinese(pick, han) if pick.random() < _CHINESE else _english(pick, latin)
        if (key := hash(name)) not in seen:
            seen.add(key)
            yield name


def _brand(pick: random.Random) -> str:
    syllables = (pick.choice(_STARTS) + pick.choice(_VOWELS) for _ in range(pick.choice((1, 2, 2))))
    return ("".join(syllables) + pick.choice(_ENDS)).upper()


def _english(pick: random.Random, brands: list[str]) -> str:
    parts = (pick.choice(brands), pick.choice(_FLAVOURS), pick.choice(_KINDS), f"{pick.randint(1, 48)} {pick.choice(_UNITS)}")
    return " ".join(p for p in parts if p).upper()


def _chinese(pick: random.Random, brands: list[str]) -> str:
    return f"{pick.choice(brands)}{pick.choice(_HAN_FLAVOURS)}{pick.choice(_HAN_KINDS)}{pick.randint(1, 60) * 10}{pick.choice(_HAN_UNITS)}"
