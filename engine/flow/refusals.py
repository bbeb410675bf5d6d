"""The words in which expressions, cells and decision tables are refused: what is wrong, and how to write it instead."""

from __future__ import annotations

from engine.flow.findings import Text

#: rule -> (message, remedy); the places in braces are filled by the check.
EXPRESSIONS: dict[str, tuple[Text, Text]] = {
    "expression-empty": (
        Text("The expression is empty.", "表达式为空。"),
        Text(
            "Write a value or a condition, such as days_past_due > 30.", "请写一个值或条件，例如 days_past_due > 30。"
        ),
    ),
    "expression-too-large": (
        Text("The expression is too large: {what}.", "表达式过大：{what_zh}。"),
        Text(
            "Split it over several gateways, or move the rule into a decision table.",
            "请拆成多个网关，或把规则移到决策表中。",
        ),
    ),
    "expression-syntax": (
        Text("The expression cannot be read at position {at}.", "表达式在第 {at} 个字符处无法识别。"),
        Text("{hint}", "{hint_zh}"),
    ),
    "expression-construct": (
        Text("{what} is not part of the expression language.", "表达式语言中没有{what_zh}。"),
        Text(
            "Use names, listed functions, and / or / not, comparisons, in, + - * / // %, a if c else b, and lists.",
            "可用：名称、已列出的函数、and / or / not、比较、in、+ - * / // %、a if c else b、列表。",
        ),
    ),
    "expression-attribute": (
        Text('".{name}" reaches into a value, which is not allowed.', "“.{name}”访问值的内部，不允许。"),
        Text(
            'Use the name of a fact or a listed function; an entry of a group of values is written value["name"].',
            '请使用事实名称或已列出的函数；取一组值中的一项写作 value["name"]。',
        ),
    ),
    "expression-call": (
        Text("{name} is not a function that diagrams may call.", "{name} 不是流程图可以调用的函数。"),
        Text("Listed functions: {listed}.", "可调用的函数：{listed}。"),
    ),
    "expression-arguments": (
        Text("{name}() takes {wanted} values, but gets {given}.", "{name}() 需要 {wanted} 个值，现有 {given} 个。"),
        Text(
            "Give the values one after the other, separated by commas, without names and without *.",
            "请依次给出各值，用逗号分隔，不写参数名，也不用 *。",
        ),
    ),
    "expression-function-not-called": (
        Text("{name} is a function, and is not called here.", "{name} 是函数，此处没有调用。"),
        Text("Write {name}() with its values in the brackets.", "请写成 {name}()，括号内给出所需的值。"),
    ),
    "expression-forbidden-name": (
        Text("The name {name} belongs to the machine, not to a case.", "名称 {name} 属于系统内部，不是案件数据。"),
        Text(
            "Use the name of a fact, of a form field or of a decision's output; rename the field if it is called that.",
            "请使用事实、表单字段或决策输出的名称；如果字段就叫这个名字，请改名。",
        ),
    ),
    "expression-unknown-name": (
        Text("Nothing is known here under the name {name}.", "这里没有名为 {name} 的数据。"),
        Text(
            "{hint}A text is written in quotes; a form field, a decision's output or a fact by its name.",
            "{hint_zh}文本要加引号；表单字段、决策输出或事实直接写名称。",
        ),
    ),
    "expression-constant": (
        Text("The value {value} may not be written here.", "此处不能写值 {value}。"),
        Text(
            "Write whole numbers below 10 to the 15th, decimals such as 0.5, texts in quotes, True, False or None.",
            "可写：小于 10 的 15 次方的整数、0.5 之类的小数、带引号的文本、True、False、None。",
        ),
    ),
    "expression-repetition": (
        Text("{what} works on numbers only.", "{what_zh}只能用于数字。"),
        Text("Join texts with +; write repeated values out.", "文本用 + 连接；重复的值请逐个写出。"),
    ),
    "expression-subscript": (
        Text("An entry is taken here by something that is not fixed.", "此处取项所用的名称或位置不是固定值。"),
        Text(
            'Take entries of case data by a fixed name or place: order["amount"], tags[0].',
            '请用固定的名称或位置取案件数据中的项：order["amount"]、tags[0]。',
        ),
    ),
}

#: what a construct of Python is called when it is refused.
CONSTRUCTS: dict[str, Text] = {
    "Lambda": Text("A function of one's own (lambda)", "自定义函数（lambda）"),
    "ListComp": Text("A loop (for ... in)", "循环（for ... in）"),
    "SetComp": Text("A loop (for ... in)", "循环（for ... in）"),
    "DictComp": Text("A loop (for ... in)", "循环（for ... in）"),
    "GeneratorExp": Text("A loop (for ... in)", "循环（for ... in）"),
    "JoinedStr": Text('A text with places to fill (f"...")', '带占位的文本（f"..."）'),
    "NamedExpr": Text("Giving a name to a value (:=)", "给值命名（:=）"),
    "Await": Text("Waiting (await)", "等待（await）"),
    "Yield": Text("yield", "yield"),
    "YieldFrom": Text("yield", "yield"),
    "Starred": Text("Unpacking (*)", "展开（*）"),
    "Slice": Text("A slice [a:b]", "切片 [a:b]"),
    "Dict": Text("A dictionary {a: b}", "字典 {a: b}"),
    "Set": Text("A set {a, b}; write a list [a, b]: it", "集合 {a, b}（请写成列表 [a, b]）"),
    "Pow": Text("A power (**)", "乘方（**）"),
    "LShift": Text("A shift (<<)", "移位（<<）"),
    "RShift": Text("A shift (>>)", "移位（>>）"),
    "BitOr": Text("| (write or)", "|（请写 or）"),
    "BitAnd": Text("& (write and)", "&（请写 and）"),
    "BitXor": Text("^", "^"),
    "MatMult": Text("@", "@"),
    "Invert": Text("~ (write not)", "~（请写 not）"),
    "Is": Text(
        '"is" with anything but None, True or False (write ==)', "“is” 后接 None、True、False 以外的值（请写 ==）"
    ),
    "Comment": Text("A comment (#)", "注释（#）"),
}

#: (pattern found in an unreadable expression, how to write it instead)
SYNTAX_HINTS: tuple[tuple[str, Text], ...] = (
    (
        r"[，（）“”‘’；：＝＞＜！、【】]",
        Text("Use half-width signs: , ( ) \" ' : = > <.", "请用半角符号：, ( ) \" ' : = > <。"),
    ),
    (r"^\s*[$#]\{", Text("Leave out ${ and }: write the expression alone.", "请去掉 ${ 和 }，只写表达式。")),
    (r"^\s*=[^=]", Text("Leave out the = at the beginning.", "请去掉开头的 =。")),
    (r"&&", Text("Write and instead of &&.", "请用 and 代替 &&。")),
    (r"\|\|", Text("Write or instead of ||.", "请用 or 代替 ||。")),
    (r"<>", Text("Write != instead of <>.", "请用 != 代替 <>。")),
    (r"\bif\b.*\bthen\b", Text("Write a if condition else b.", "请写成 a if 条件 else b。")),
    (r"\bbetween\b", Text("Write 1 <= x <= 30.", "请写成 1 <= x <= 30。")),
    (r"\.\.", Text("Write 1 <= x <= 30 instead of [1..30] here.", "此处请用 1 <= x <= 30 代替 [1..30]。")),
    (r"(?<![<>=!:])=(?!=)", Text("Write == to compare.", "比较请用 ==。")),
    (r"!(?!=)", Text("Write not instead of !.", "请用 not 代替 !。")),
)
SYNTAX_GENERAL = Text(
    'Check brackets, quotes and operators, as in: days_past_due > 30 and result == "promise".',
    '请检查括号、引号和运算符，例如：days_past_due > 30 and result == "promise"。',
)
