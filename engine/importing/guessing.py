"""What lenders call the columns of the contract, so that a file's own names are understood, or at least proposed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from engine.flow.findings import Text
from engine.importing.columns import contract

NAMES: dict[str, Text] = {
    "customer_id": Text("Customer number", "客户编号"),
    "name": Text("Name", "姓名"),
    "id_number": Text("Identity number", "身份证号"),
    "phone": Text("Phone", "手机号"),
    "address": Text("Address", "地址"),
    "email": Text("E-mail", "邮箱"),
    "language": Text("Language", "语言"),
    "timezone": Text("Time zone", "时区"),
    "jurisdiction": Text("Jurisdiction", "司法辖区"),
    "emergency_contacts": Text("Emergency contacts", "紧急联系人"),
    "order_id": Text("Order number", "订单号"),
    "product": Text("Loan product", "贷款产品"),
    "currency": Text("Currency", "币种"),
    "disbursed_on": Text("Disbursed on", "放款日"),
    "due_on": Text("Due on", "到期日"),
    "principal": Text("Principal", "本金"),
    "interest": Text("Interest", "利息"),
    "fees": Text("Fees", "费用"),
    "penalty": Text("Penalty", "罚息"),
    "loan_id": Text("Loan number", "借据号"),
    "instalment_no": Text("Instalment", "期数"),
    "repayment_id": Text("Repayment number", "回款编号"),
    "paid_at": Text("Paid at", "还款时间"),
    "amount": Text("Amount", "金额"),
    "channel": Text("Channel", "渠道"),
    "posted_at": Text("Posted at", "入账时间"),
    "reverses": Text("Reverses", "冲正"),
}
_ALSO: dict[str, str] = {
    "customer_id": "客户号 客户id 客户编码 客户代码 cust_id customer_no client_id borrower_id",
    "name": "客户姓名 客户名称 借款人 借款人姓名 customer_name full_name borrower",
    "id_number": "身份证 身份证号码 证件号 证件号码 id_no id_card national_id",
    "phone": "手机 手机号码 电话 电话号码 联系电话 mobile telephone phone_number mobile_no cell",
    "address": "住址 家庭住址 联系地址 home_address",
    "email": "电子邮箱 邮件 电子邮件 mail email_address",
    "emergency_contacts": "紧急联系人电话 emergency_contact",
    "order_id": "订单编号 订单id 账单号 账单编号 order_no bill_no bill_id",
    "product": "产品 产品代码 产品编码 产品编号 product_code loan_product",
    "currency": "货币 币别 ccy",
    "disbursed_on": "放款日期 发放日期 借款日期 起息日 disbursement_date loan_date start_date",
    "due_on": "到期日期 应还日期 应还日 还款日 due_date maturity_date",
    "principal": "应还本金 剩余本金 principal_amount",
    "interest": "应还利息 interest_amount",
    "fees": "手续费 服务费 fee charges",
    "penalty": "逾期罚息 违约金 滞纳金 late_fee penalty_interest",
    "loan_id": "借据编号 贷款编号 合同号 合同编号 loan_no contract_no",
    "instalment_no": "期次 期号 installment installment_no term_no",
    "repayment_id": "回款号 还款编号 还款流水号 流水号 交易流水号 payment_id transaction_id payment_no",
    "paid_at": "还款日期 付款时间 支付时间 回款日期 payment_date paid_on payment_time",
    "amount": "还款金额 回款金额 付款金额 payment_amount paid_amount",
    "channel": "还款渠道 支付方式 支付渠道 payment_channel payment_method",
    "posted_at": "入账日期 记账日期 posting_date posted_on",
    "reverses": "原回款编号 冲正回款编号 reversal_of",
}


def guess(kind: str, header: Sequence[str], earlier: Mapping[str, str] | None = None) -> dict[str, str]:
    """{column in the file: contract column} for those that need saying: by an earlier mapping, else by usual names.

    No contract column is proposed twice, and none that the file has under its own name. Raises FileRefused.
    """
    wanted = contract(kind).columns
    taken = {name.lower() for name in header} & set(wanted)
    known = {_plain(each): column for column in wanted for each in _names(column)}
    found: dict[str, str] = {}
    for name in header:
        column = (earlier or {}).get(name) or known.get(_plain(name))
        if name and name.lower() not in wanted and column in wanted and column not in taken:
            found[name] = column
            taken.add(column)
    return found


def _names(column: str) -> list[str]:
    return [column, NAMES[column].en, NAMES[column].zh, *_ALSO.get(column, "").split()]


def _plain(name: str) -> str:
    """Letters and digits alone, and nothing of what stands in brackets: `Due date (required)` is `due_date`."""
    return re.sub(r"[\W_]", "", re.sub(r"[(（].*?[)）]", "", name)).lower()
