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

#: rule -> (message, remedy), for cells of decision tables.
CELLS: dict[str, tuple[Text, Text]] = {
    "cell-syntax": (
        Text('The cell cannot be read at position {at}: "{text}".', "单元格在第 {at} 个字符处无法识别：“{text}”。"),
        Text(
            'Write - for anything, a value ("card", 30, true), a comparison (>= 91), an interval ([1..30]), '
            'values separated by commas, or not("a","b").',
            '可写：- 表示任意；值（"card"、30、true）；比较（>= 91）；区间（[1..30]）；'
            '逗号分隔的多个值；或 not("a","b")。',
        ),
    ),
    "cell-too-large": (
        Text("The cell is longer than {limit} characters.", "单元格超过 {limit} 个字符。"),
        Text("Split it over several rules.", "请拆成多条规则。"),
    ),
    "cell-number": (
        Text("The number {text} is too large.", "数字 {text} 过大。"),
        Text("Use numbers below 10 to the 15th.", "请使用小于 10 的 15 次方的数字。"),
    ),
    "cell-date": (
        Text('"{text}" is no date, or has no offset from UTC.', "“{text}”不是日期，或缺少时区。"),
        Text(
            'Write date("2026-01-31") or date and time("2026-01-31T10:00:00+08:00").',
            '请写 date("2026-01-31") 或 date and time("2026-01-31T10:00:00+08:00")。',
        ),
    ),
    "cell-kind": (
        Text("{text} can never match: the column holds {kind}.", "{text} 永远不会匹配：该列是{kind_zh}。"),
        Text(
            "Write such a value, or change the type of the column. Texts are written in quotes, all else without.",
            "请写该类型的值，或修改列的类型。文本要加引号，其他值不加。",
        ),
    ),
    "cell-order": (
        Text("{text} asks for an order, but the column holds {kind}.", "{text} 比较大小，但该列是{kind_zh}。"),
        Text("List the values that shall match, separated by commas.", "请列出要匹配的值，用逗号分隔。"),
    ),
    "cell-empty-interval": (
        Text("The interval {text} contains nothing.", "区间 {text} 不包含任何值。"),
        Text("Write the smaller end first, as in [1..30].", "请先写较小的一端，例如 [1..30]。"),
    ),
    "cell-name": (
        Text("Nothing is known under the name {name}.", "没有名为 {name} 的数据。"),
        Text(
            'Write a text in quotes: "{name}". A cell may name the inputs of its table, facts, and listed functions.',
            '文本要加引号："{name}"。单元格可以使用本表的输入、事实和已列出的函数。',
        ),
    ),
    "cell-expression": (
        Text("{reason}", "{reason_zh}"),
        Text("{remedy}", "{remedy_zh}"),
    ),
    "cell-output": (
        Text("{text} is no output of this column: it must be {kind}.", "{text} 不能作为该列的输出：应为{kind_zh}。"),
        Text(
            "Write such a value, leave the cell empty for no value, or change the type of the column.",
            "请写该类型的值；不需要值时留空；或修改列的类型。",
        ),
    ),
}

#: rule -> (message, remedy), for decision tables and their files.
TABLES: dict[str, tuple[Text, Text]] = {
    "xml-too-large": (
        Text("The file is larger than {limit} bytes.", "文件超过 {limit} 字节。"),
        Text("Split it into several files.", "请拆成多个文件。"),
    ),
    "xml-unreadable": (
        Text("The file is no readable XML: {what}.", "文件不是可读取的 XML：{what}。"),
        Text(
            "Open it in a modeller and save it again, as UTF-8.",
            "请用建模工具打开并重新保存为 UTF-8。",
        ),
    ),
    "xml-doctype": (
        Text("The file declares a document type (DOCTYPE) or entities.", "文件声明了文档类型（DOCTYPE）或实体。"),
        Text("Remove the DOCTYPE line; diagrams and tables need none.", "请删除 DOCTYPE 行；流程图和决策表不需要它。"),
    ),
    "xml-inclusion": (
        Text('The file pulls in another one by "{name}".', "文件通过“{name}”引入其他文件。"),
        Text("Copy what is needed into this file.", "请把需要的内容复制到本文件。"),
    ),
    "dmn-not-dmn": (
        Text("The file is no DMN: its root is {root}.", "文件不是 DMN：根元素为 {root}。"),
        Text("Save the table as DMN 1.2 or 1.3.", "请保存为 DMN 1.2 或 1.3。"),
    ),
    "dmn-no-decision": (
        Text("The file holds no decision table.", "文件中没有决策表。"),
        Text("Add a decision with a table.", "请添加带有决策表的决策。"),
    ),
    "dmn-no-table": (
        Text(
            "The decision {table} has no table; other logic does not run.",
            "决策 {table} 没有决策表；其他形式无法运行。",
        ),
        Text("Draw it as a decision table.", "请画成决策表。"),
    ),
    "dmn-no-id": (
        Text("A decision has no id.", "有一个决策没有 id。"),
        Text("Give it an id; diagrams call it by that.", "请设置 id，流程图通过它调用。"),
    ),
    "dmn-duplicate-id": (
        Text("The id {id} is used more than once.", "id {id} 重复。"),
        Text("Give each decision, rule and input an id of its own.", "请给每个决策、规则和输入各自的 id。"),
    ),
    "dmn-hit-policy": (
        Text("The hit policy {policy} of {table} is not available.", "{table} 的命中策略 {policy} 不可用。"),
        Text("{hint}", "{hint_zh}"),
    ),
    "dmn-language": (
        Text("{table}: {language} does not run here.", "{table}：{language} 无法在此运行。"),
        Text("Choose FEEL as the expression language, or none.", "表达式语言请选择 FEEL 或留空。"),
    ),
    "dmn-import": (
        Text("The file imports {name}; imports are not followed.", "文件导入了 {name}；导入不会被读取。"),
        Text("Copy what is needed into this file.", "请把需要的内容复制到本文件。"),
    ),
    "dmn-requirement": (
        Text(
            "{table} needs the decision {name}, which is not worked out by itself.",
            "{table} 依赖决策 {name}，但不会自动计算它。",
        ),
        Text(
            "Call {name} in a business rule task before, so that its outputs are in the case data.",
            "请先用业务规则任务调用 {name}，使其输出进入案件数据。",
        ),
    ),
    "dmn-no-outputs": (
        Text("{table} has no output.", "{table} 没有输出。"),
        Text("Add an output column.", "请添加输出列。"),
    ),
    "dmn-no-rules": (
        Text("{table} has no rules.", "{table} 没有规则。"),
        Text("Add at least one rule.", "请至少添加一条规则。"),
    ),
    "dmn-type": (
        Text("{table}: the type {type} of {column} is not known.", "{table}：{column} 的类型 {type} 不可识别。"),
        Text(
            "Use string, integer, number, boolean, date or dateTime.",
            "请使用 string、integer、number、boolean、date 或 dateTime。",
        ),
    ),
    "dmn-input-expression": (
        Text("{table}: the input {column} has no expression.", "{table}：输入 {column} 没有表达式。"),
        Text("Write what it reads, such as days_past_due.", "请写出它读取的内容，例如 days_past_due。"),
    ),
    "dmn-input-name": (
        Text("{table}: two inputs are called {column}.", "{table}：两个输入都叫 {column}。"),
        Text("Read each value in one column only.", "每个值只用一列读取。"),
    ),
    "dmn-output-name": (
        Text("{table}: {name!r} cannot be the name of an output.", "{table}：{name!r} 不能作为输出名称。"),
        Text(
            "Use a name of its own, of letters, digits and _, that is no function, fact or word of Python.",
            "请使用唯一的、由字母数字和下划线组成的名称，且不是函数、事实或 Python 的内置名称。",
        ),
    ),
    "dmn-fallback": (
        Text(
            "{table}, rule {rule}: the fallback column {column} holds more than fixed values.",
            "{table} 规则 {rule}：后备列 {column} 中有非固定值。",
        ),
        Text("Write values in quotes or - only.", "请只写带引号的值或 -。"),
    ),
    "dmn-rule-width": (
        Text(
            "{table}, rule {rule}: it has {met} cells, not {wanted}.",
            "{table} 规则 {rule}：有 {met} 个单元格，应为 {wanted} 个。",
        ),
        Text("Open the table in a modeller and fill the row.", "请用建模工具打开该表并补全这一行。"),
    ),
    "dmn-cell": (
        Text("{table}, rule {rule}, column {column}: {message}", "{table} 规则 {rule} 列 {column}：{message_zh}"),
        Text("{remedy}", "{remedy_zh}"),
    ),
    "dmn-expression": (
        Text("{table}, input {column}: {message}", "{table} 输入 {column}：{message_zh}"),
        Text("{remedy}", "{remedy_zh}"),
    ),
    "dmn-values": (
        Text("{table}, allowed values of {column}: {message}", "{table} {column} 的允许值：{message_zh}"),
        Text("{remedy}", "{remedy_zh}"),
    ),
    "dmn-too-large": (
        Text("{table} has more than {limit} {what}.", "{table} 的{what_zh}超过 {limit}。"),
        Text("Split it into several tables.", "请拆成多张表。"),
    ),
    "dmn-failed": (
        Text("The file could not be worked through: {what}.", "文件无法处理：{what}。"),
        Text("Open it in a modeller and save it again.", "请用建模工具打开并重新保存。"),
    ),
    "dmn-gap": (
        Text(
            "{table}: no rule for {where}; for example {example}.", "{table}：{where_zh} 没有规则；例如 {example_zh}。"
        ),
        Text(
            "Add a rule for it, widen one, or state the allowed values of the input.",
            "请为其添加规则、放宽某条规则，或声明该输入的允许值。",
        ),
    ),
    "dmn-overlap": (
        Text(
            "{table}: rules {first} and {second} both apply; for example for {example}.",
            "{table}：规则 {first} 与规则 {second} 同时适用；例如 {example_zh}。",
        ),
        Text(
            "Narrow one of them, or choose the hit policy FIRST if the upper one shall win.",
            "请收窄其中一条；如果应由上面的规则优先，请选择命中策略 FIRST。",
        ),
    ),
    "dmn-unreached": (
        Text(
            "{table}: rule {rule} never applies; rules above it take all its cases.",
            "{table}：规则 {rule} 永远不会生效，上面的规则已覆盖。",
        ),
        Text("Move it up, or delete it.", "请上移或删除。"),
    ),
    "dmn-output-value": (
        Text(
            "{table}: rule {rule} gives {value}, which is not among the values of {column}.",
            "{table}：规则 {rule} 给出 {value}，不在 {column} 的取值之内。",
        ),
        Text("Mend the cell, or add it to the values of the output.", "请修正该单元格，或把它加入该输出的取值。"),
    ),
    "dmn-dead-rule": (
        Text(
            "{table}: rule {rule} never applies; {column} is never {cell}.",
            "{table}：规则 {rule} 永远不会生效，{column} 不会是 {cell}。",
        ),
        Text("Mend the cell, or the allowed values of the input.", "请修正该单元格，或修改该输入的允许值。"),
    ),
    "dmn-unchecked": (
        Text(
            "{table}: gaps and overlaps were checked only in part, because {why}.",
            "{table}：只检查了部分空缺与重叠，因为{why_zh}。",
        ),
        Text(
            "Use fixed values and intervals where the table shall be proved complete.",
            "需要证明完整性的地方请使用固定值和区间。",
        ),
    ),
    "dmn-more": (
        Text("{table}: {count} more of the same kind.", "{table}：另有 {count} 处同类问题。"),
        Text("Mend the ones above first.", "请先处理上面的问题。"),
    ),
}
HIT_POLICIES: dict[str, Text] = {
    "COLLECT": Text(
        "Leave out the aggregation: COLLECT gives a list; sum or count it where it is used.",
        "请去掉聚合：COLLECT 给出列表，请在使用处求和或计数。",
    ),
    "RULE ORDER": Text("Use COLLECT; it keeps the order of the rules.", "请使用 COLLECT，它保持规则顺序。"),
    "OUTPUT ORDER": Text(
        "Use COLLECT and put the rules in the order wanted.", "请使用 COLLECT，并按所需顺序排列规则。"
    ),
    "ANY": Text("Use UNIQUE, or FIRST if rules may overlap.", "请使用 UNIQUE；规则可重叠时使用 FIRST。"),
    "PRIORITY": Text("Use FIRST and put the rules in order of priority.", "请使用 FIRST，并按优先级排列规则。"),
}
