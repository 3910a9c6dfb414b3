"""人物: invented customers of an invented dealer, and its staff. Nobody here is real."""

from __future__ import annotations

from typing import Final, NamedTuple

from aftersales_core.demo.lots import Lots

CS: Final = "cs_specialist"
CS_HEAD: Final = "cs_supervisor"
DISPATCH: Final = "dispatch_specialist"
SUPERVISOR: Final = "install_supervisor"
LEADER: Final = "install_team_leader"
INSTALLER: Final = "installer"
AFTERSALES: Final = "aftersales_specialist"
DESIGNER: Final = "designer"
KEEPER: Final = "warehouse_keeper"
MANAGEMENT: Final = "management"
CUSTOMER: Final = "customer"

STAFF: Final[dict[str, tuple[str, ...]]] = {
    CS: ("cs-lin", "cs-he", "cs-wu", "cs-jiang"),
    CS_HEAD: ("csm-tang",),
    DISPATCH: ("disp-mei",),
    SUPERVISOR: ("sup-chen",),
    DESIGNER: ("des-xu", "des-yan", "des-shen"),
    KEEPER: ("wh-he", "wh-luo"),
    AFTERSALES: ("as-guo", "as-deng"),
    MANAGEMENT: ("mgr-fang",),
}
"""Role → who holds it; installers stand in `CREWS`."""


class Crew(NamedTuple):
    """People who go together; the first one speaks for them, in *role*."""

    role: str
    members: tuple[str, ...]


INSTALL_CREWS: Final = (
    Crew(INSTALLER, ("inst-zhou", "inst-pan")),
    Crew(LEADER, ("lead-ma", "inst-qiu")),
    Crew(INSTALLER, ("inst-hou", "inst-lei")),
    Crew(INSTALLER, ("inst-shi", "inst-tao")),
    Crew(INSTALLER, ("inst-cai", "inst-yu")),
    Crew(LEADER, ("lead-gao", "inst-bai")),
    Crew(INSTALLER, ("inst-lu", "inst-kong")),
    Crew(INSTALLER, ("inst-xie", "inst-zou")),
    Crew(INSTALLER, ("inst-meng", "inst-dai")),
    Crew(INSTALLER, ("inst-fu", "inst-nie")),
)
"""Crews for installations, two men each."""

REPAIR_CREWS: Final = (
    Crew(AFTERSALES, ("as-guo",)),
    Crew(AFTERSALES, ("as-deng",)),
    Crew(INSTALLER, ("inst-ding",)),
    Crew(INSTALLER, ("inst-jin",)),
    Crew(AFTERSALES, ("as-ruan",)),
)
"""Crews for repairs and small rests, one man each."""

_NAMES: Final = {
    "cs-lin": "林晓梅", "cs-he": "何静怡", "cs-wu": "吴雨桐", "cs-jiang": "蒋佳慧", "csm-tang": "唐丽华", "disp-mei": "梅春兰",
    "sup-chen": "陈国栋", "des-xu": "徐文博", "des-yan": "阎若琳", "des-shen": "沈嘉诚", "wh-he": "何立新", "wh-luo": "罗永康",
    "as-guo": "郭明辉", "as-deng": "邓振宇", "as-ruan": "阮天佑", "mgr-fang": "方建国",
    "inst-zhou": "周志强", "inst-pan": "潘磊", "lead-ma": "马俊杰", "inst-qiu": "邱勇", "inst-hou": "侯涛", "inst-lei": "雷鹏",
    "inst-shi": "石凯", "inst-tao": "陶斌", "inst-cai": "蔡毅", "inst-yu": "余洋", "lead-gao": "高伟", "inst-bai": "白波",
    "inst-lu": "陆晨曦", "inst-kong": "孔宇航", "inst-xie": "谢浩然", "inst-zou": "邹思远", "inst-meng": "孟敏", "inst-dai": "戴海",
    "inst-fu": "傅平", "inst-nie": "聂军", "inst-ding": "丁建", "inst-jin": "金伟",
}  # fmt: skip


class Person(NamedTuple):
    """Somebody of the dealer's staff: the id he is known by in facts, his name, his role."""

    id: str
    name: str
    role: str


def staff() -> list[Person]:
    """Everybody who does anything in the month, those first who hold a role in the office."""
    found = {name: role for role, names in STAFF.items() for name in names}
    for crew in (*INSTALL_CREWS, *REPAIR_CREWS):
        for member in crew.members:
            found.setdefault(member, crew.role if member == crew.members[0] else INSTALLER)
    return [Person(each, _NAMES[each], role) for each, role in found.items()]


_SURNAMES: Final = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾", "彭", "吕", "苏", "卢", "蒋", "蔡", "贾", "丁", "魏", "薛", "叶", "阎", "余", "潘", "杜", "戴", "夏", "钟", "汪", "田", "任", "姜", "范", "方", "石", "姚", "谭", "廖", "邹", "熊", "金", "陆", "郝", "孔", "白", "崔", "康", "毛", "邱", "秦", "江", "史", "顾", "侯", "邵", "孟", "龙", "万", "段", "雷", "钱", "汤", "尹", "黎", "易", "常", "武", "乔", "贺", "赖", "龚", "文", "欧阳", "上官", "司徒", "诸葛"]
_GIVEN: Final = ["思远", "雨桐", "建国", "晓梅", "志强", "婉清", "俊杰", "丽华", "子涵", "国栋", "秀英", "浩然", "静怡", "海燕", "文博", "欣怡", "立新", "春兰", "宇航", "美玲", "永康", "佳慧", "振宇", "玉珍", "天佑", "若琳", "明辉", "素芬", "嘉诚", "晨曦", "伟", "芳", "敏", "磊", "洋", "艳", "勇", "娟", "涛", "霞", "鹏", "颖", "波", "琳", "凯", "雪", "斌", "倩", "毅", "蓉"]
BRANCHES: Final = {"west-lake": ("西湖店", "West Lake shop"), "qianjiang": ("钱江店", "Qianjiang shop")}
"""The dealer's two shops: name → what people call it, in Chinese and in English."""

_DISTRICTS: Final = ("余杭区", "拱墅区", "西湖区", "滨江区", "萧山区", "临平区", "钱塘区")
_ACROSS: Final = ("滨江区", "萧山区", "临平区", "钱塘区")
_ESTATES: Final = (
    "溪岸新邸", "锦棠苑", "云栖澜庭", "和畅里", "望山郡", "观棠府", "翠屿花园", "南岸书香苑", "星河映邸", "湖语花园",
    "梧桐雅筑", "清晏府", "桂雨轩", "听澜花苑", "青禾里", "燕归园", "枫林晓筑", "朗月湾", "春山悦府", "半亩花田",
)  # fmt: skip
_PREFIXES: Final = ("130", "131", "135", "136", "137", "138", "139", "150", "151", "152", "157", "158", "159",
                    "180", "181", "182", "186", "187", "188", "189")  # fmt: skip


class Customer(NamedTuple):
    """Somebody with a flat and a telephone."""

    name: str
    phone: str
    address: str

    @property
    def branch(self) -> str:
        """The shop (门店) that serves the district."""
        return "qianjiang" if any(name in self.address for name in _ACROSS) else "west-lake"


def customer(lots: Lots) -> Customer:
    """A customer with an address in 杭州, in an estate that does not exist."""
    name = lots.pick(_SURNAMES) + lots.pick(_GIVEN)
    phone = f"{lots.pick(_PREFIXES)}{lots.below(10**8):08d}"
    floor = lots.between(1, 26)
    room = f"{lots.between(1, 18)}栋{lots.between(1, 3)}单元{floor}0{lots.between(1, 4)}室"
    return Customer(name, phone, f"杭州市{lots.pick(_DISTRICTS)}{lots.pick(_ESTATES)}{room}")
