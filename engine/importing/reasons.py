"""Why a row or a file was refused: a code, what makes it concrete, and the sentence in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.errors import DunflowError
from engine.flow.findings import Text

REASONS: dict[str, Text] = {
    # the file
    "empty_file": Text("The file is empty", "文件是空的"),
    "file_too_large": Text("The file is larger than {limit} MB; split it", "文件超过 {limit} MB，请拆分后再导入"),
    "unknown_encoding": Text(
        "The file is neither UTF-8 nor GB18030; save it as CSV UTF-8",
        "文件编码既不是 UTF-8 也不是 GB18030，请另存为 UTF-8 编码的 CSV",
    ),
    "not_text": Text(
        "The file is not text; save it as CSV UTF-8 or XLSX", "文件不是文本，请另存为 UTF-8 编码的 CSV 或 XLSX"
    ),
    "old_excel": Text(
        "The file is an old or protected Excel file; save it as XLSX without a password",
        "这是旧版或加密的 Excel 文件，请另存为不带密码的 XLSX",
    ),
    "broken_xlsx": Text("The XLSX file is damaged or is none", "XLSX 文件已损坏或格式不对"),
    "xlsx_too_large": Text(
        "The XLSX file unpacks to more than this system reads; save it as CSV",
        "XLSX 解压后超出可读取的大小，请另存为 CSV",
    ),
    "too_many_columns": Text("There are more than {limit} columns", "列数超过 {limit}"),
    "missing_columns": Text("Columns are missing: {columns}", "缺少列：{columns}"),
    "wrong_separator": Text(
        "The columns are not separated by commas; save it as CSV with commas",
        "列之间不是用逗号分隔，请另存为逗号分隔的 CSV",
    ),
    "duplicate_column": Text("Two columns are named {column}", "有两列都叫 {column}"),
    "mapping_unknown_column": Text("The file has no column {column} to map", "文件中没有要对应的列 {column}"),
    "mapping_unknown_target": Text("{column} is no column of this import", "{column} 不是此类导入的列"),
    "unknown_dates": Text("Dates cannot be read as {dates}", "不支持的日期写法：{dates}"),
    "unknown_kind": Text("There is no import of {kind}", "没有 {kind} 这种导入"),
    # the row
    "too_many_cells": Text("The row has more cells than there are columns", "该行的单元格比列数多"),
    "unreadable_row": Text("The row is not valid CSV: {problem}", "该行不是有效的 CSV：{problem}"),
    "too_long": Text("Longer than {limit} characters", "超过 {limit} 个字符"),
    "control_character": Text("Contains a control character", "含有控制字符"),
    "digits_lost": Text(
        "Excel keeps only 15 digits of a number; format the column as text and enter it again",
        "Excel 的数字只保留 15 位，请将该列设为文本格式后重新输入",
    ),
    "missing": Text("Must not be empty", "不能为空"),
    "missing_either": Text("Either order_id or customer_id must be given", "order_id 与 customer_id 至少填一个"),
    "bad_date": Text("Not a date; write it as 2026-03-31", "不是日期，请写成 2026-03-31"),
    "bad_time": Text("Not a date or time; write it as 2026-03-31T09:30", "不是日期或时间，请写成 2026-03-31T09:30"),
    "date_out_of_range": Text("The year is not between {first} and {last}", "年份不在 {first} 到 {last} 之间"),
    "bad_amount": Text("Not an amount; write it as 1234.50", "不是金额，请写成 1234.50"),
    "thousands_separator": Text("Write amounts without separators: 1234.50", "金额不要带千位分隔符，请写成 1234.50"),
    "negative_amount": Text("Amounts are not negative", "金额不能为负数"),
    "zero_amount": Text("The amount must be more than zero", "金额必须大于零"),
    "too_many_decimals": Text("More than {limit} decimals", "小数超过 {limit} 位"),
    "amount_too_large": Text("The amount is too large", "金额过大"),
    "bad_number": Text("Not a whole number", "不是整数"),
    "bad_currency": Text("Not a currency code such as CNY", "不是货币代码，例如 CNY"),
    "bad_timezone": Text("Not a time zone such as Asia/Shanghai", "不是时区，例如 Asia/Shanghai"),
    # the row beside what is known
    "duplicate": Text("{id} is already in line {first} of this file", "{id} 在本文件第 {first} 行已出现"),
    "unknown_customer": Text("There is no customer {id}", "没有客户 {id}"),
    "unknown_order": Text("There is no order {id}", "没有订单 {id}"),
    "product_currency": Text("Product {product} is in {currency}", "产品 {product} 的货币是 {currency}"),
    "not_their_order": Text("Order {id} belongs to another customer", "订单 {id} 属于另一位客户"),
    "changed": Text(
        "{id} is known with {known}; this cannot be changed by an import", "{id} 已登记为 {known}，不能通过导入更改"
    ),
    "reverses_unknown": Text("There is no repayment {id} to reverse", "没有可冲正的回款 {id}"),
    "reverses_itself": Text("A repayment cannot reverse itself", "回款不能冲正自己"),
    "reverses_reversal": Text("{id} is a reversal itself", "{id} 本身就是冲正"),
    "reverses_again": Text("{id} is reversed already", "{id} 已被冲正"),
    "reverses_amount": Text(
        "The amount of {id} is {known}; a reversal takes back all of it", "{id} 的金额为 {known}，冲正须为全额"
    ),
    "reverses_customer": Text("{id} was paid by another customer", "{id} 是另一位客户的回款"),
    "reverses_order": Text("{id} names another order", "{id} 对应的是另一个订单"),
    "reverses_earlier": Text("Dated before {id}, which it reverses", "日期早于被冲正的 {id}"),
    "refused_by_rules": Text("{message}", "{message}"),
    "failed": Text(
        "Could not be loaded because of an error in Dunflow ({error}); the log of the system tells more",
        "因系统错误（{error}）未能导入，详情见系统日志",
    ),
}


class Refused(Exception):
    """A row is refused: raised and caught inside this package."""

    def __init__(self, column: str | None, code: str, **params: object) -> None:
        self.column, self.code, self.params = column, code, params
        super().__init__(code)


class FileRefused(DunflowError):
    """The file was not imported: {reason}."""

    status = 422

    def __init__(self, reason_code: str, **params: object) -> None:
        self.reason_code, self.reason_params = reason_code, params
        super().__init__(reason=sentence(reason_code, params), reason_code=reason_code, **params)

    def text(self, lang: str) -> str:
        """The reason in a language."""
        return sentence(self.reason_code, self.reason_params, lang)


class Refusal(NamedTuple):
    """A refused row: line in the file (the header is 1), column of the contract, reason, and the row as it came."""

    line: int
    column: str | None
    code: str
    params: Mapping[str, Any]
    row: Mapping[str, str]

    def text(self, lang: str = "en") -> str:
        """The reason in a language."""
        return sentence(self.code, self.params, lang)

    def as_dict(self) -> dict[str, Any]:
        """As `ImportRefusal` keeps it."""
        params = {name: str(value) for name, value in self.params.items()}
        return {"line": self.line, "column": self.column, "reason": self.code, "params": params, "row": dict(self.row)}


def sentence(code: str, params: Mapping[str, object], lang: str = "en") -> str:
    """A reason in a language ("zh" and its kin, else English)."""
    return REASONS[code].format(**params).get(lang)
