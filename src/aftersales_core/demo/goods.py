"""货品: what a whole-house dealer sells, what goes missing or breaks, and what people say about it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from aftersales_core.demo.lots import Lots


class Product(NamedTuple):
    """A product line: its name, models, the parts it is made of and what goes wrong with it."""

    name: str
    models: tuple[str, ...]
    parts: tuple[str, ...]
    troubles: tuple[str, ...]


PRODUCTS: Final = (
    Product("定制衣柜", ("YG-2608", "YG-3112", "YG-8805"),
            ("衣柜门板 600×2200 雾白", "衣柜层板 900×560", "抽屉导轨 450mm", "110°阻尼铰链", "铝合金拉手 128mm", "裤架"),
            ("柜门下沉关不严", "抽屉导轨卡顿异响", "门板封边开胶", "推拉门跳轨")),
    Product("整体橱柜", ("CG-1507", "CG-2210", "CG-2290"),
            ("石英石台面 2400×600", "吊柜门板 400×720", "地柜踢脚板", "调味拉篮", "气撑杆", "水槽柜防水铝垫"),
            ("台面接缝开裂", "吊柜门铰链松脱", "拉篮卡死拉不出", "水槽柜底板泡水起鼓")),
    Product("榻榻米", ("TM-0618", "TM-0722"),
            ("榻榻米盖板 800×900", "液压气撑杆 100N", "升降台机芯", "床箱侧板"),
            ("盖板气撑杆无力", "升降台异响不升", "盖板变形翘边")),
    Product("护墙板", ("HQ-3301", "HQ-3308"),
            ("护墙板 1220×2440 胡桃", "护墙板收口条", "阳角线 2700mm", "装饰扣条"),
            ("护墙板接缝起翘", "收口条脱落", "板面色差明显")),
    Product("木门", ("MM-9012", "MM-9150"),
            ("门扇 800×2100 灰橡", "门套线", "静音锁体", "隐形合页"),
            ("门扇与门套摩擦", "锁体卡舌不回弹", "门套线开裂")),
    Product("书柜", ("SG-4406", "SG-4412"),
            ("书柜玻璃门 450×1800", "书柜背板", "活动层板", "感应灯带 3m"),
            ("玻璃门铰链异响", "灯带不亮", "层板下弯")),
    Product("餐边柜", ("CB-5203", "CB-5217"),
            ("餐边柜抽面", "岩板台面 1800×400", "按压反弹器", "五金包 A 型"),
            ("反弹器失灵", "岩板台面缺角", "抽面划伤")),
)  # fmt: skip

CAUSES: Final[dict[str, str]] = {
    "工厂少发": "factory", "运输破损": "logistics", "生产尺寸偏差": "factory", "批次色差": "factory",
    "设计漏单": "design", "量尺误差": "design", "搬运磕碰": "installation", "封边爆口": "factory",
}  # fmt: skip
"""Cause → who bears it."""

GROUNDS: Final[dict[str, str]] = {
    "factory": "出厂标签与箱单不符，责任归工厂",
    "logistics": "外箱破损有签收照片，责任归物流",
    "design": "图纸与现场不一致，责任归设计",
    "installation": "日报表注明搬运磕碰，责任归安装",
}

ADJUSTMENTS: Final = ("门缝调整", "抽屉调缝", "收口打胶", "铰链复调", "开孔补眼", "清理胶痕", "扣条重新固定")
"""Rests that need another visit and no goods."""

SOURCES: Final = ("门店", "电话", "微信", "小程序", "装修公司")
TOOLS: Final = "工具设备"
DELIVERY: Final = ("件数", "型号", "外观")
CHECKS: Final = ("核对箱单", "拆包查验板件", "现场尺寸复核", "水平垂直校验", "五金调试", "现场清洁", "交代使用保养")
REMOTE: Final = (
    ("柜门不齐", "视频指导客户调节铰链螺丝，柜门已齐平"),
    ("抽屉推不到底", "电话说明导轨拆装方法，抽屉已归位"),
    ("感应灯带不亮", "远程指导重新配对感应灯带，已点亮"),
)  # fmt: skip
"""Trouble → how a telephone call puts it right."""

QUESTIONS: Final = (
    ("询问台面能否放热锅", "说明台面须垫隔热垫，发送保养手册"),
    ("询问保修年限与保养方法", "说明保修年限与保养方法，客户无其他问题"),
    ("咨询加装一组抽屉的费用", "按价目表报价，客户考虑后再定"),
    ("入住前询问甲醛检测报告", "发送检测报告，告知通风方法"),
)
"""Question → answer."""

GRIEVANCES: Final = (
    "约好上午到，下午三点才来，也没有提前打电话", "安装后地面胶痕没有清理，地板划伤一处", "催了三次没有人告知补件进度",
    "维修后不到一周同一处又坏", "师傅说少配件却没有写进单子",
)  # fmt: skip
MEASURES: Final = (
    "客服主管致歉，安排保洁并赠送保养一次", "批评当班人员，补件进度改为每三天告知一次",
    "派安装主管复检，免费更换整套五金", "赔付地板修补费三百元，客户认可",
)  # fmt: skip


def problem(lots: Lots, product: Product) -> str:
    return f"{product.name}{lots.pick(product.troubles)}"


def lines_of(lots: Lots, product: Product, goods: int, rests: int) -> list[dict[str, Any]]:
    """Leftover lines: so many that need goods, so many that only need another visit."""
    causes = sorted(CAUSES)
    parts = [
        {"item": part, "qty": lots.pick((1, 1, 1, 2, 2, 3, 4)), "needs_goods": True, "cause": lots.pick(causes)}
        for part in lots.some(product.parts, goods)
    ]
    work = [{"item": rest, "qty": 1, "needs_goods": False} for rest in lots.some(ADJUSTMENTS, rests)]
    return [*parts, *work]
