# language: zh-CN
功能: 本店自己的核对清单
  核什么、要不要照片、能不能写明理由放行，本店可以在制度上另写；没写到的照旧。

  @G-09
  场景: 外观这一项要拍照，照片要附在这次上门
    假如本店制度另有规定：
      """toml
      [[checklist]]
      id = "delivery-check"
      title = { zh = "送到现场的核对", en = "check of the delivery" }
      commands = ["complete-visit"]
      when = { category = ["installation"] }
      items = [
          { id = "count", title = { zh = "件数", en = "number of pieces" } },
          { id = "looks", title = { zh = "外观", en = "damage and defects" }, photo = true },
      ]
      clauses = ["G-08", "G-09"]
      """
    而且一张「安装」工单「已到现场」
    当「安装师」完工
    那么被拒绝，因为条款 G-09
    而且被拒绝，说明「缺 外观的照片；」
    而且可以先「现场核对、添加附件」
    当「安装师」添加附件：
      | 核对项 | 外观 |
    那么记录了「附件」
    当「安装师」完工
    那么被拒绝，说明「缺 外观的照片；」
    当「安装师」添加附件：
      | 核对项     | 件数 |
      | 第几次上门 | 1    |
    而且「安装师」完工
    那么被拒绝，说明「缺 外观的照片；」
    当「安装师」添加附件：
      | 核对项     | 外观 |
      | 第几次上门 | 1    |
    而且「安装师」完工
    那么记录了「安装完工」

  @G-09
  场景: 拍了照没打勾，还是没核对
    假如本店制度另有规定：
      """toml
      [[checklist]]
      id = "seam-check"
      title = { zh = "收口核对", en = "check of the seams" }
      commands = ["accept-work"]
      items = [{ id = "seams", title = { zh = "收口", en = "seams" }, photo = true }]
      clauses = ["G-09"]
      """
    而且一张「安装」工单「已完工」
    而且「安装师」添加附件：
      | 核对项     | 收口 |
      | 第几次上门 | 1    |
    当「安装师」验收
    那么被拒绝，说明「「收口核对」没有核对完，不能「验收」：缺 收口；」

  @G-09
  场景: 可看可不看的一项，看了就记，没看也放行
    假如本店制度另有规定：
      """toml
      [[checklist]]
      id = "delivery-check"
      title = { zh = "送到现场的核对", en = "check of the delivery" }
      commands = ["complete-visit"]
      items = [
          { id = "looks", title = { zh = "外观", en = "damage and defects" } },
          { id = "smell", title = { zh = "气味", en = "smell" }, must = false },
      ]
      clauses = ["G-09"]
      """
    而且一张「安装」工单「在途」
    而且「安装师」到达
    而且「安装师」现场核对：
      | 核对项目 | 气味 |
    当「安装师」完工
    那么被拒绝，说明「缺 外观；」
    当「安装师」现场核对：
      | 核对项目 | 外观 |
    而且「安装师」完工
    那么记录了「安装完工」

  @G-13
  场景: 允许写明理由放行的清单，理由记在案
    假如本店制度另有规定：
      """toml
      [[checklist]]
      id = "tool-check"
      title = { zh = "维修前的工具核对", en = "check of tools before a repair" }
      commands = ["depart"]
      when = { category = ["repair"] }
      items = [{ id = "tools", title = { zh = "工具设备", en = "tools and equipment" } }]
      soft = true
      clauses = ["G-13"]
      """
    而且一张「维修」工单「已派工」
    而且「安装师」上门前确认
    当「售服专员」出发
    那么被拒绝，因为条款 G-13
    而且填写例外理由后可以继续
    当「售服专员」出发：
      | 例外理由 | 只是上门看一眼 |
    那么记录了「出发」
    而且记录注明「只是上门看一眼」

  @G-13
  场景: 本店不用的清单可以划掉
    假如本店制度另有规定：
      """toml
      [[checklist]]
      id = "tool-check"
      off = true
      """
    而且一张「维修」工单「已派工」
    而且「安装师」上门前确认
    当「售服专员」出发
    那么记录了「出发」
