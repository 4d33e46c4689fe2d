"""What is said of what was mistyped in a settings file, in Chinese."""

CHINESE = {
    # YAML
    "not YAML: {what}": "YAML 写错了：{what}",
    "not YAML that can be read": "不是能读的 YAML",
    "a quote that is opened and not closed": "引号只有开头，没有结尾",
    "other indentation than the lines above, expected the same": "缩进和上面的行不一致",
    "text that begins with a sign of YAML, expected it in quotes": (
        "以 YAML 的特殊符号开头的文本，要用引号括起来"
    ),
    "\\ in double quotes has a meaning, expected single quotes": (
        "双引号里的 \\ 有特殊含义，请改用单引号"
    ),
    "a key without a colon": "键后面没有冒号",
    "a list that is not closed, or lacks a comma": "列表没有用 ] 结束，或者少了逗号",
    "braces that are not closed, or lack a comma": "花括号没有用 }} 结束，或者少了逗号",
    'more text after a closing quote; inside of quotes write \\"': (
        '引号结束之后还有内容；引号里面的引号写成 \\"'
    ),
    "a character that is not allowed in it": "里面有不允许的字符",
    "a colon inside of a text, expected the text in quotes": "文本里有冒号，要用引号括起来",
    "found what JSON does not have, expected text in quotes, numbers, true, false or null": (
        "里面有 JSON 没有的东西，要求：加引号的文本、数字、true、false 或 null"
    ),
    "found control characters or broken UTF-8, expected text": (
        "里面有控制字符或坏的 UTF-8，要求：文本"
    ),
    "found something twice or without a name, expected each name once": (
        "有重复的或没有名字的，要求：每个名字只出现一次"
    ),
    "found ${{ without a name and }}, expected ${{NAME}}": "${{ 没有写完，要求：${{NAME}}",
    "a second document, expected --- above everything or nowhere": (
        "有第二份文档：--- 只能写在最前面，或者不写"
    ),
    # slips
    "line {line} ends at its #: in quotes if that belongs to the text, else with a blank after the #": (
        "第 {line} 行只读到 # 为止：# 后面也是内容就加引号，是注释就在 # 后面空一格"
    ),
    "a number that is not in plain decimal digits": "十六进制、八进制那样写的数字（要写普通的数字）",
    "a number with a decimal point": "带小数点的数字",
    "more than the digits of a number": "数字和别的字（不要写单位和千分号）",
    "= after a key, expected : and a space": "键后面用了 =，要用半角冒号加空格",
    "a tab after the colon, expected a space": "冒号后面用了制表符，要用空格",
    "a tab at the end, expected nothing there": "行尾多了制表符，请去掉",
    "a comma at the end, expected nothing there": "行尾多了逗号，请去掉",
    "a comment begins with #": "注释要用 # 开头",
    "a name in brackets as .ini files have it, expected it with a colon after it": (
        "这是 .ini 文件的写法；去掉方括号，后面加冒号"
    ),
    "a character in front that cannot be seen, expected ordinary spaces": (
        "行首有看不见的字符，要用普通空格"
    ),
    "a full-width colon ：, expected : and a space": "用了全角冒号“：”，要用半角冒号加空格",
    "no space after the colon, expected one": "冒号后面少了空格",
    "no space after the dash, expected one": "- 后面少了空格",
    "a curly quote ” at the end, expected a straight one": '结尾用了弯引号 ”，要用半角的 "',
    "a full-width comma between values, expected ,": "隔开的逗号用了全角的，要用半角的 ,",
    "a tab in front, expected ordinary spaces": "行首用了制表符，要用空格",
    "a full-width space in front, expected ordinary spaces": "行首用了全角空格，要用普通空格",
    "nothing but a comment": "只有注释（# 开头的内容要加引号）",
    " (full-width, invisible or foreign letters or curly quotes are in it)": (
        "（里面有全角的、看不见的、别种文字的字母，或弯引号）"
    ),
    "full-width brackets around values, expected [ ] or {{ }}": (
        "括号用了全角的，要用半角的 [ ] 或 {{ }}"
    ),
    "a mark behind the closing quote, expected nothing there": "引号后面多了标点，请去掉",
    "text behind the closing quote: a comment begins with #, anything else stands inside": (
        "引号后面还有文字：是注释就在前面加 #，是内容就写进引号里"
    ),
    "a sign between key and value, expected : and a space": "键后面的符号不对，要用半角冒号加空格",
    "a + in front, as differences are shown, expected ordinary spaces": (
        "行首多了 +（比较差异时才有的），要用普通空格"
    ),
    "a bullet or dash of a text, expected - and a space": "列表的每一项以半角的 - 加空格开头",
    "a quote that is closed and not opened": "引号只有结尾，没有开头",
    "line {line} has curly quotes around its text, and they are part of it: straight ones are not": (
        "第 {line} 行前后的弯引号会原样留在文字里；只想括起来就用半角引号"
    ),
}
