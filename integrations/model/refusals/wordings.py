"""What the sentences of an error are about, in the words of many services and in lower case."""

import re

TOO_LONG = re.compile(
    r"context[ _]?(?:length|window|overflow)|maximum context|maximum (?:input|prompt) length"
    r"|(?:prompt|input|message|conversation|request|text)s? (?:is |are |was )?too (?:long|large)"
    r"|too many (?:input |prompt )?tokens|reduce the length|range of input length"
    r"|max_seq_len|request_too_large|(?:input|prompt|message)[^.]{0,60}(?:exceed|longer than)"
    r"|exceed(?:s|ed)? [^.]{0,40}(?:context|model token limit)|max(?:imum)? input"
    r"|inputs?\W (?:tokens \+|must have less than)|length (?:is )?too long"
    r"|tokens too long|available context|max(?:imum)?[ _]message[ _]tokens"
    r"|max length of current question|exceeds? the maximum number of tokens|sum of prompt and"
    r"|token[^.]{0,24}(?:超过|超出|超限)|长度[^。]{0,8}(?:超过|超出)"
    r"|(?:输入|上下文|内容|文本|消息)[^。]{0,12}(?:过长|超长|超过|超出)"
)
WITHHELD = re.compile(
    r"content.?filter|content.?policy|content management policy|responsible_?ai|data_?inspection"
    r"|content exists risk|usage polic|invalid_prompt|sensitive|moderation|inappropriate"
    r"|blocked by|flagged|prohibited|censor"
    r"|safety.?(?:system|filter)|risk.?control|high risk|content audit|敏感|违规|审核|合规|不安全"
)
NO_CREDIT = re.compile(
    r"insufficient.{0,2}(?:quota|balance|credit|fund|user_quota)|exceeded_current_quota|arrear"
    r"|provider_quota_exceeded|billing_not_active|billing_hard_limit|account_deactivated|quota_?exhausted|freetieronly"
    r"|resource_?pack|not_?enough.{0,12}(?:points|credit)|points_?not_?enough|积分不足|点数不足|资源包"
    r"|balance is insufficient|余额不足|欠费|budget.{0,12}exceeded|exceeded.{0,2}budget"
)
SURELY_NO_CREDIT = re.compile(
    r"余额|openaiexception\W{0,3}you exceeded your current quota|budget|available credits"
)
# What Bailian says in the words of a lack of credit is over within the minute.
TOKENS_A_MINUTE = re.compile(r"#token-limit|(?<!free )allocated quota exceeded|\btpm limit")
KEY = re.compile(
    NO_CREDIT.pattern
    + r"|(?:invalid|incorrect|wrong|missing|expired|unknown|bad)[^.]{0,12}(?:api|access|secret"
    r"|auth)[ _-]?(?:key|token)|(?:api|access|auth)[ _-]?(?:key|token)[^.]{0,30}(?:invalid"
    r"|not valid|incorrect|expired|not found|missing|disabled|revoked|required)|unauthori[sz]ed"
    r"|unauth_?(?:api_?)?(?:key|token)|api ?key.{0,12}(?:illegal|不合法|不正确|错误|失效)"
    r"|authenticat|authfailure|secret_?id|no connected db|overdue|good standing|credit balance"
    r"|out of credit|no credits|any credits|security token|signature cannot be verified|iam_token"
    r"|organization has been restricted|身份验证"
    r"|api_key[^.]{0,20} must be set|unregistered callers|\bleaked\b|has been suspended|封禁"
    r"|key limit exceeded"
    r"|quota (?:is |was |has been )?exceeded(?![^.]*(?:minute|second|day|request))"
    r"|payment required|login fail|invalid token|额度|余额|令牌|密钥|鉴权|认证失败"
    r"|(?:account|subscription)[^.]{0,30}(?:suspend|deactivat|disabled|not active|expired)"
)
LIMIT = re.compile(
    r"rate.?limit|too many requests|throttl|\bqps\b|\b[rt]pm\b|concurren|resource_?exhausted"
    r"|capacity_?exceeded|(?:at|over) capacity|\blimitexceeded\b|conn limit"
    r"|负载已?饱和|(?:请求|访问)(?:量?过[多大高]|太多)"
    r"|requests? per (?:minute|second|day)|request limit|limit_requests|usage limit|quotaexceeded"
    r"|限流|流控|流量受限|频率|速率|频繁|并发|请求数限制"
)
NO_MODEL = re.compile(
    r"deployment_?not_?found|deployment[^.]{0,60}not exist|no endpoints found|not work with the"
    r" specified model|model_?not_?(?:found|exist|open|supported)|modelnotopen"
    r"|invalid[_ ]?model|unknown model"
    r"|not a valid model|not found the model|model (?:is )?(?:disabled|offline)"
    r"|no allowed providers|no such model"
    r"|model[^.]{0,80}(?:not exist|not found|not available|unknown|no longer"
    r"|not supported|deprecated|invalid)|模型[^。]{0,60}(?:不存在|无可用|未找到|不支持|下线)"
)
# Among the words for programs: where nothing says more, a key that may not do this.
DENIED = re.compile(r"access_?denied|permission_?denied|no_?permission|forbidden|unpurchased")
NO_CHANNEL = re.compile(
    r"无可用(?:的)?渠道|no available channel|channel[^.]{0,20}not available|no_available_key"
    r"|价格未配置|model_price_error"
)
NOT_ALLOWED = re.compile(
    r"(?:location|country|region|territory)[^.]{0,20} not supported|无权(?:访问|使用|限)"
    r"|\bip\b[^.]{0,20} (?:not allowed|not in|is blocked)|\bip\b[^。]{0,12}不在|white ?list|白名单"
)
NO_ADDRESS = re.compile(
    r"unexpected endpoint|invalid url|unknown (?:request )?url"
    r"|^\W*(?:(?:404|405|page)\W+)*(?:not found|method not allowed)\W*$"
)
