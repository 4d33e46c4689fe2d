"""How services refuse, before an answer or inside of it: what the operator learns, and what is done.

A row is a refusal that somebody has met. To add one, add a line.
"""

import json
import logging
from dataclasses import dataclass
from typing import Any

import pytest

from fsm.asking import attempts
from fsm.reasons import ADVICE
from tests.dialects.conftest import Thinks
from tests.dialects.service import DONE, Sends, Service, delta, response, said, stream, whole

WELL = stream(delta("好了。", "stop"), DONE)


@dataclass(frozen=True)
class Refusal:
    """What a service says, and the name that it has for the operator; `code`: in its own words."""

    status: int
    body: Any
    name: str
    code: str = ""

    @property
    def sends(self) -> Sends:
        return response(self.status, self.body)


def openai(message: str, kind: str | None = None, code: Any = None, param: Any = None) -> Any:
    """An error as OpenAI's own service, and most others, word it."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


# fmt: off
KEYS = [
    Refusal(401, openai("Incorrect API key provided: sk-on***one.", "invalid_request_error", "invalid_api_key"), "KeyRefused", "invalid_api_key"),
    Refusal(401, b"", "KeyRefused"),
    Refusal(402, {"error": {"message": "Insufficient Balance", "type": "unknown_error", "code": "invalid_request_error"}}, "KeyRefused"),
    Refusal(400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}], "KeyRefused", "INVALID_ARGUMENT"),
    Refusal(400, {"code": "Arrearage", "message": "Access denied, please make sure your account is in good standing."}, "KeyRefused", "Arrearage"),
    Refusal(400, openai("No connected db.", "no_db_connection", "400"), "KeyRefused", "no_db_connection"),
    Refusal(400, {"error": {"code": "1113", "message": "您的账户已欠费，请充值后重试。"}}, "KeyRefused", "1113"),
    Refusal(429, openai("You exceeded your current quota, please check your plan and billing details.", "insufficient_quota", "insufficient_quota"), "KeyRefused", "insufficient_quota"),
    Refusal(429, openai("Your account is suspended, please check your plan", "exceeded_current_quota_error"), "KeyRefused"),
    Refusal(403, openai("用户额度不足", "one_api_error", "insufficient_user_quota"), "KeyRefused"),
    Refusal(403, {"code": "AllocationQuota.FreeTierOnly", "message": "The free tier has been exhausted."}, "KeyRefused"),
    Refusal(403, json.dumps(openai("用户余额不足"), ensure_ascii=False).encode("gbk"), "KeyRefused"),
    Refusal(401, openai("无效的令牌", "one_api_error"), "KeyRefused", "one_api_error"),
    Refusal(403, openai("Country, region, or territory not supported", "request_forbidden", "unsupported_country_region_territory"), "AccessDenied", "unsupported_country_region_territory"),
    Refusal(403, openai("Project does not have access to this.", "permission_error"), "AccessDenied"),
    Refusal(403, openai("该令牌无权访问模型 x", "new_api_error"), "AccessDenied", "new_api_error"),
    Refusal(403, openai("您的 IP 不在令牌允许访问的列表中", "new_api_error"), "AccessDenied"),
    Refusal(401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key or wrong API endpoint."}}, "KeyRefused"),
    Refusal(200, {"error": {"code": 401, "message": "no"}}, "KeyRefused"),
    Refusal(429, openai("litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your current quota\n\nLiteLLM: model group 'm' failed", "throttling_error", "429"), "KeyRefused"),
    Refusal(400, openai("Budget has been exceeded! Current cost: 1.2, Max budget: 1.0", "budget_exceeded", "400"), "KeyRefused", "budget_exceeded"),
    Refusal(401, openai("key not allowed to access model. This key can only access models=['a']", "key_model_access_denied", "401"), "AccessDenied", "key_model_access_denied"),
    Refusal(200, {"code": 401, "msg": "token无效", "data": None}, "KeyRefused"),
    Refusal(200, {"base_resp": {"status_code": 2049, "status_msg": "invalid api key"}}, "KeyRefused"),
    Refusal(200, {"error_code": 110, "error_msg": "Access token invalid or no longer valid"}, "KeyRefused"),
    Refusal(200, {"detail": "Unauthorized"}, "KeyRefused"),
    Refusal(403, {"detail": "Quota exceeded"}, "KeyRefused"),
    Refusal(200, {"errorCode": "401", "errorMsg": "invalid api key"}, "KeyRefused", "401"),
    Refusal(200, {"ok": False, "reason": "unauthorized"}, "KeyRefused"),
    Refusal(200, {"ret": -1, "retmsg": "鉴权失败"}, "KeyRefused", "-1"),
    Refusal(200, {"event": "error", "status": 400, "code": "provider_quota_exceeded", "message": "Your quota is exhausted"}, "KeyRefused", "provider_quota_exceeded"),
    Refusal(403, {"code": 30001, "message": "Sorry, your account balance is insufficient", "data": None}, "KeyRefused", "30001"),
    Refusal(400, [{"error": {"code": 400, "message": "User location is not supported for the API use.", "status": "FAILED_PRECONDITION"}}], "AccessDenied", "FAILED_PRECONDITION"),
    Refusal(200, {"code": 11200, "message": "AppIdNoAuthError", "sid": "cha000b0003@dx"}, "KeyRefused", "11200"),
    Refusal(403, {"error": {"message": "AppIdNoAuthError", "type": "api_error", "code": "11200"}}, "KeyRefused", "11200"),
    Refusal(200, {"Response": {"Error": {"Code": "AuthFailure.SecretIdNotFound", "Message": "The SecretId is not found"}, "RequestId": "x"}}, "KeyRefused", "AuthFailure.SecretIdNotFound"),
    Refusal(200, {"header": {"code": 11200, "message": "licc failed", "sid": "cha"}}, "KeyRefused", "11200"),
    Refusal(200, {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]}, "KeyRefused"),
    Refusal(403, {"error": {"message": "Key limit exceeded (daily limit).", "code": 403}}, "KeyRefused"),
    Refusal(403, {"error": {"code": 403, "message": "Your API key was reported as leaked.", "status": "PERMISSION_DENIED"}}, "KeyRefused", "PERMISSION_DENIED"),
    Refusal(400, openai("The api_key client option must be set"), "KeyRefused"),
    Refusal(400, {"error": {"message": "Provider returned error", "code": 401}}, "KeyRefused", "401"),
    Refusal(500, openai("Provider returned error", "upstream_error", "402"), "KeyRefused", "402"),
    Refusal(200, {"code": "AccessDenied.Unpurchased", "message": "Access to model denied."}, "AccessDenied", "AccessDenied.Unpurchased"),
    Refusal(400, openai("No.", "invalid_request_error", "permission_denied"), "AccessDenied", "permission_denied"),
    Refusal(500, {"error": {"code": "Forbidden", "message": "no"}}, "AccessDenied", "Forbidden"),
    Refusal(200, {"error": {"code": "AccessDenied", "message": "Your balance is insufficient."}}, "KeyRefused", "AccessDenied"),
    Refusal(200, {"code": 514, "statusText": "unAuthApiKey", "message": "", "data": None}, "KeyRefused", "unAuthApiKey"),
    Refusal(500, {"code": 514, "statusText": "unAuthApiKey", "message": "Api Key is illegal", "data": None}, "KeyRefused", "unAuthApiKey"),
    Refusal(500, {"code": 514, "message": "Api Key 不合法", "data": None}, "KeyRefused", "514"),
    Refusal(200, {"code": 510, "statusText": "aiPointsNotEnough", "message": "AI 积分不足", "data": None}, "KeyRefused", "aiPointsNotEnough"),
    Refusal(200, {"Response": {"Error": {"Code": "FailedOperation.ResourcePackExhausted", "Message": "资源包余量已用尽"}, "RequestId": "x"}}, "KeyRefused", "FailedOperation.ResourcePackExhausted"),
    Refusal(429, {"error": {"code": "ResourcePackExhausted", "message": "x"}}, "KeyRefused", "ResourcePackExhausted"),
    Refusal(200, {"status": False, "msg": "余额不足"}, "KeyRefused"),
    Refusal(200, {"code": 4028, "msg": "your workspace usage quota is exceeded"}, "KeyRefused", "4028"),
    Refusal(200, delta("", "insufficient_quota") + DONE, "KeyRefused", "insufficient_quota"),
    Refusal(200, delta("", "invalid_api_key") + DONE, "KeyRefused", "invalid_api_key"),
    Refusal(200, delta("", "余额不足") + DONE, "KeyRefused"),
    Refusal(200, b"event: error\ndata: invalid api key\n\n", "KeyRefused"),
    Refusal(200, b"event: error\ndata: 401 Unauthorized\n\n", "KeyRefused"),
    Refusal(200, b"event:conversation.chat.failed\n" + said({"id": "1", "status": "failed", "last_error": {"code": 4028, "msg": "quota exceeded"}}), "KeyRefused", "4028"),
    Refusal(403, b"<?xml version='1.0'?><Error><Code>InvalidAccessKeyId</Code></Error>", "KeyRefused"),
    Refusal(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", "AccessDenied"),
    Refusal(400, openai("Organization has been restricted. Please reach out to support.", "invalid_request_error", "organization_restricted"), "KeyRefused", "organization_restricted"),
    Refusal(403, {"code": "The caller does not have permission", "error": "Your team doesn't have any credits yet."}, "KeyRefused"),
    Refusal(429, {"code": "Some resource has been exhausted", "error": "Your team has used all available credits or reached its monthly spending limit."}, "KeyRefused"),
    Refusal(403, {"message": "The security token included in the request is invalid."}, "KeyRefused"),
    Refusal(403, {"message": "HMAC signature cannot be verified: fail to retrieve credential"}, "KeyRefused"),
    Refusal(200, {"error": {"code": "invalid_iam_token", "message": "IAM Certification failed", "type": "invalid_request_error"}}, "KeyRefused", "invalid_iam_token"),
    Refusal(200, {"error": {"code": "1000", "message": "身份验证失败。"}}, "KeyRefused", "1000"),
    Refusal(429, {"code": "AllocationQuota", "message": "Free allocated quota exceeded. Your balance: 余额不足"}, "KeyRefused"),
]
LIMITS = [
    Refusal(498, openai("Flex tier capacity exceeded", "internal_error", "capacity_exceeded"), "ServiceBusy", "capacity_exceeded"),
    Refusal(400, openai("The model is at capacity, try again later"), "ServiceBusy"),
    Refusal(200, {"error": {"code": 503, "message": "Requests rate limit exceeded"}}, "OverTheLimit", "503"),
    Refusal(429, b"error code: 1015", "OverTheLimit"),
    Refusal(200, {"error": {"message": "Quota exceeded for requests per minute"}}, "OverTheLimit"),
    Refusal(429, b"", "OverTheLimit"),
    Refusal(429, openai("当前分组上游负载已饱和，请稍后再试", "new_api_error"), "ServiceBusy", "new_api_error"),
    Refusal(200, {"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "x is temporarily rate-limited upstream"}}}, "ServiceBusy"),
    Refusal(429, openai("litellm.RateLimitError: RateLimitError: OpenAIException - Rate limit reached\n\nLiteLLM: model group 'm' failed with the error above.", "throttling_error", "429"), "OverTheLimit", "throttling_error"),
    Refusal(429, openai("No deployments available for selected model, Try again in 5 seconds. Passed model=m", "None", "all_deployments_in_cooldown"), "GatewayRests", "all_deployments_in_cooldown"),
    Refusal(429, openai("Rate limit reached for gpt-4. Visit https://x/account/billing", "requests", "rate_limit_exceeded"), "OverTheLimit", "rate_limit_exceeded"),
    Refusal(429, {"error": {"code": 429, "message": "You exceeded your current quota, please check your plan and billing", "status": "RESOURCE_EXHAUSTED"}}, "OverTheLimit", "RESOURCE_EXHAUSTED"),
    Refusal(400, {"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded"}, "OverTheLimit"),
    Refusal(200, {"error": {"code": "1302", "message": "您的账户已达到速率限制"}}, "OverTheLimit", "1302"),
    Refusal(200, {"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, "OverTheLimit"),
    Refusal(200, {"error": {"code": 429, "message": "Too Many Requests"}}, "OverTheLimit"),
    Refusal(200, {"error": {"message": "AppIdNoAuthError: daily limit", "code": "11201"}}, "QuotaUsedUp", "11201"),
    Refusal(500, {"error": {"message": "并发流控超限", "type": "api_error", "code": "11203"}}, "OverTheLimit", "11203"),
    Refusal(200, {"code": 10007, "message": "用户流量受限：服务正在处理用户当前的问题", "sid": "cha"}, "OverTheLimit", "10007"),
    Refusal(200, {"error_code": 17, "error_msg": "Open api daily request limit reached"}, "QuotaUsedUp"),
    Refusal(200, {"base_resp": {"status_code": 1041, "status_msg": "conn limit"}}, "OverTheLimit", "1041"),
    Refusal(200, {"error": {"message": "当前分组上游负载已饱和，请稍后再试", "type": "upstream_error"}}, "ServiceBusy", "upstream_error"),
    Refusal(400, {"error": {"code": "1312", "message": "该模型当前访问量过大，请您稍后再试"}}, "ServiceBusy", "1312"),
    Refusal(400, {"error": {"message": "Provider returned error", "code": 429}}, "OverTheLimit", "429"),
    Refusal(429, openai("You exceeded your current quota, please check your plan and billing details. Read https://help.aliyun.com/zh/error-code#token-limit", "insufficient_quota", "insufficient_quota"), "OverTheLimit", "insufficient_quota"),
    Refusal(429, openai("Allocated quota exceeded, please increase your quota limit.", "insufficient_quota", "insufficient_quota"), "OverTheLimit"),
    Refusal(200, {"base_resp": {"status_code": 1039, "status_msg": "TPM limit"}}, "OverTheLimit", "1039"),
    Refusal(200, openai("You exceeded your current requests list, please slow down.", "limit_requests", "limit_requests"), "OverTheLimit", "limit_requests"),
    Refusal(200, openai("您已达到总请求数限制：1分钟内最多请求10次", "new_api_error"), "OverTheLimit"),
    Refusal(429, openai("Free trial keys may be used for 3 requests per minute"), "OverTheLimit"),
    Refusal(429, {"error": {"code": "1305", "message": "该模型当前访问量过大，请您稍后再试"}}, "ServiceBusy", "1305"),
    Refusal(429, {"error": {"code": "ServerOverloaded", "message": "unable to handle additional requests due to server overload"}}, "ServiceBusy", "ServerOverloaded"),
    Refusal(429, openai("The engine is currently overloaded, please try again later", "engine_overloaded_error"), "ServiceBusy", "engine_overloaded_error"),
    Refusal(429, {"error": {"code": "1308", "message": "已达到 5 小时的使用上限。您的限额将在 12:00 重置。"}}, "QuotaUsedUp", "1308"),
    Refusal(429, {"error": {"code": "QuotaExceeded", "message": "Your account has exhausted its free trial quota for the model."}}, "QuotaUsedUp", "QuotaExceeded"),
    Refusal(200, {"error": {"code": "QuotaExceeded", "message": "Your account has exhausted its free trial."}}, "QuotaUsedUp", "QuotaExceeded"),
    Refusal(429, {"error": {"code": "SetLimitExceeded", "message": "Your account has reached the set inference limit, and the model service has been paused."}}, "QuotaUsedUp", "SetLimitExceeded"),
    Refusal(429, {"error": {"code": 429, "message": "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"}}, "QuotaUsedUp"),
    Refusal(429, {"errors": [{"code": 4006, "message": "you have used up your daily free allocation of 10,000 neurons"}]}, "QuotaUsedUp", "4006"),
    Refusal(429, openai("request reached organization TPD rate limit, current: 1500000, limit: 1500000", "rate_limit_reached_error"), "QuotaUsedUp"),
    Refusal(429, [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [{"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}}], "QuotaUsedUp", "RESOURCE_EXHAUSTED"),
    Refusal(200, {"base_resp": {"status_code": 2056, "status_msg": "usage limit exceeded"}}, "QuotaUsedUp", "2056"),
]
QUESTIONS = [
    Refusal(400, openai("This model's maximum context length is 4097 tokens. Please reduce the length of the messages.", "invalid_request_error", "context_length_exceeded", "messages"), "ConversationTooLong", "context_length_exceeded"),
    Refusal(400, {"code": "InvalidParameter", "message": "Range of input length should be [1, 6000]"}, "ConversationTooLong"),
    Refusal(400, {"object": "error", "message": "This model's maximum context length is 2048 tokens.", "type": "BadRequestError", "code": 400}, "ConversationTooLong"),
    Refusal(413, b"<html>413 Request Entity Too Large</html>", "ConversationTooLong"),
    Refusal(413, openai("Request too large for model on tokens per minute (TPM)", "tokens", "rate_limit_exceeded"), "ConversationTooLong"),
    Refusal(400, {"error": {"code": "1261", "message": "Prompt 超长"}}, "ConversationTooLong"),
    Refusal(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}}, "ConversationTooLong"),
    Refusal(400, openai("Invalid request: Your request exceeded model token limit: 8192", "invalid_request_error"), "ConversationTooLong"),
    Refusal(200, {"error": {"message": "The number of tokens to keep from the initial prompt is greater than the context length."}}, "ConversationTooLong"),
    Refusal(200, {"error": "Trying to keep the first 5000 tokens when context overflows."}, "ConversationTooLong"),
    Refusal(200, {"error_code": 336103, "error_msg": "the max input characters is 2000"}, "ConversationTooLong", "336103"),
    Refusal(200, {"code": 10013, "message": "input content audit failed"}, "AnswerWithheld", "10013"),
    Refusal(500, openai("litellm.ContextWindowExceededError: too long"), "ConversationTooLong"),
    Refusal(400, {"error": {"code": "content_filter", "message": "The response was filtered", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, "AnswerWithheld", "content_filter"),
    Refusal(400, {"code": "DataInspectionFailed", "message": "Input data may contain inappropriate content."}, "AnswerWithheld", "DataInspectionFailed"),
    Refusal(400, openai("Content Exists Risk", "invalid_request_error", "invalid_request_error"), "AnswerWithheld"),
    Refusal(400, {"error": {"code": "1301", "message": "系统检测到输入或生成内容可能包含不安全或敏感内容"}}, "AnswerWithheld", "1301"),
    Refusal(403, openai("Your input was flagged", code=403), "AnswerWithheld"),
    Refusal(400, openai("Sorry, this violates our usage policies", "invalid_prompt", "invalid_prompt"), "AnswerWithheld", "invalid_prompt"),
    Refusal(400, {"code": 20015, "message": "length of prompt_tokens (9000) must be less than max_seq_len (8192)", "data": None}, "ConversationTooLong", "20015"),
    Refusal(200, {"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}, "AnswerWithheld", "1026"),
    Refusal(422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 2000 `inputs` tokens and 500 `max_new_tokens`", "error_type": "validation"}, "ConversationTooLong"),
    Refusal(400, openai("messages 总长度不能超过 20000 个字符"), "ConversationTooLong"),
    Refusal(200, {"error_code": 336007, "error_msg": "the max length of current question is 4800"}, "ConversationTooLong", "336007"),
    Refusal(400, openai("input length too long"), "ConversationTooLong"),
    Refusal(400, openai("Total tokens of image and text exceed max message tokens. Request id: 02", "BadRequest", "InvalidParameter"), "ConversationTooLong", "InvalidParameter"),
    Refusal(200, delta("", "model_context_window_exceeded") + DONE, "ConversationTooLong"),
    Refusal(200, delta(None, "context_length_exceeded", reasoning_content="想") + DONE, "ConversationTooLong"),
    Refusal(200, whole("", "context_length_exceeded"), "ConversationTooLong"),
    Refusal(400, openai("Input token length is too long"), "ConversationTooLong"),
    Refusal(400, openai("输入内容存在不安全信息"), "AnswerWithheld"),
    Refusal(400, openai("The request was rejected because it was considered high risk"), "AnswerWithheld"),
    Refusal(200, openai("The content you provided or machine outputted is blocked.", "censorship_blocked"), "AnswerWithheld", "censorship_blocked"),
]
SETTINGS = [
    Refusal(404, openai("The model `x` does not exist or you do not have access to it.", "invalid_request_error", "model_not_found"), "NoSuchModel", "model_not_found"),
    Refusal(400, openai("Model Not Exist", "invalid_request_error", "invalid_request_error"), "NoSuchModel"),
    Refusal(503, openai("当前分组 default 下对于模型 x 无可用渠道", "new_api_error"), "NoChannel", "new_api_error"),
    Refusal(503, openai("No available channel for model x under group default", "new_api_error"), "NoChannel"),
    Refusal(500, openai("模型 x 倍率或价格未配置，请联系管理员设置", "new_api_error", "model_price_error"), "NoChannel"),
    Refusal(500, openai("no keys available", "new_api_error", "channel:no_available_key"), "NoChannel"),
    Refusal(404, openai("model 'x' not found, try pulling it first", "api_error"), "NoSuchModel"),
    Refusal(400, openai("/chat/completions: Invalid model name passed in model=x. Call `/v1/models` to view available models for your key.", "invalid_request_error", "400"), "NoSuchModel"),
    Refusal(404, {"error": {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist."}}, "NoSuchModel", "DeploymentNotFound"),
    Refusal(400, {"error": {"code": "OperationNotSupported", "message": "The chatCompletion operation does not work with the specified model, x."}}, "NoSuchModel"),
    Refusal(400, {"error": {"message": "No endpoints found for x.", "code": 404}}, "NoSuchModel"),
    Refusal(404, {"error": {"code": "404", "message": "Resource not found"}}, "WrongAddress"),
    Refusal(404, {"detail": "Not Found"}, "WrongAddress"),
    Refusal(404, b"404 page not found", "WrongAddress"),
    Refusal(200, {"detail": "Not Found"}, "WrongAddress"),
    Refusal(200, {"code": 404, "msg": "Not Found"}, "WrongAddress"),
    Refusal(200, {"detail": "Method Not Allowed"}, "WrongAddress"),
    Refusal(200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}, "WrongAddress"),
    Refusal(405, {"detail": "Method Not Allowed"}, "WrongAddress"),
    Refusal(404, b"<html><h1>Not Found</h1></html>", "WebPage"),
    Refusal(403, b"<!DOCTYPE html><title>Attention Required!</title>", "TurnedAway"),
    Refusal(403, b"<?xml version='1.0'?><!DOCTYPE html><html><title>Forbidden</title></html>", "TurnedAway"),
    Refusal(503, b"<!DOCTYPE html><html><head><title>Just a moment...</title>", "TurnedAway"),
    Refusal(429, b"<html><script src=/cdn-cgi/challenge-platform/x.js></script></html>", "TurnedAway"),
    Refusal(405, "<!doctypehtml><title>405</title><div>由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</div>".encode(), "TurnedAway"),
    Refusal(405, b"<html><body>Your request has been blocked as it may cause potential threats.</body></html>", "TurnedAway"),
    Refusal(406, b"<html><h1>Not Acceptable!</h1>This error was generated by Mod_Security.</html>", "TurnedAway"),
    Refusal(501, "<html><title>501</title>T-Sec Web应用防火墙 当前请求存在安全风险</html>".encode(), "TurnedAway"),
    Refusal(405, b"<html><head><title>405 Not Allowed</title></head><center>nginx</center></html>", "WebPage"),
    Refusal(502, b"<html><h1>502 Bad Gateway</h1></html>", "ModelFailed"),
    Refusal(403, b"error code: 1020", "TurnedAway"),
    Refusal(403, b"error code: 1009\n", "TurnedAway"),
    Refusal(400, b"Sorry, you have been blocked", "TurnedAway"),
    Refusal(304, b"", "MalformedEvent"),
    Refusal(300, b"", "MalformedEvent"),
    Refusal(301, b"", "MalformedEvent"),
    Refusal(407, b"<html>Proxy Authentication Required</html>", "ProxyWantsPassword"),
    Refusal(400, b"<html>400 The plain HTTP request was sent to HTTPS port</html>", "NoTlsThere"),
    Refusal(400, b"Client sent an HTTP request to an HTTPS server.\n", "NoTlsThere"),
    Refusal(400, openai("Something else", "invalid_request_error", None, "messages"), "RequestRefused", "messages"),
    Refusal(422, {"detail": [{"loc": ["body", "x"], "msg": "field required"}]}, "RequestRefused"),
    Refusal(404, openai("Not found the model x or Permission denied", "resource_not_found_error"), "NoSuchModel", "resource_not_found_error"),
    Refusal(400, {"error": {"message": "x is not a valid model ID", "code": 400}}, "NoSuchModel"),
    Refusal(404, {"error": {"message": "No allowed providers are available for the selected model.", "code": 404}}, "NoSuchModel"),
    Refusal(403, {"code": 20012, "message": "Model disabled."}, "NoSuchModel", "20012"),
]
FAULTS = [
    Refusal(530, b"error code: 1033", "ModelFailed"),
    Refusal(424, openai("Failed Dependency"), "ModelFailed"),
    Refusal(500, b"", "ModelFailed"),
    Refusal(500, openai("litellm.InternalServerError: InternalServerError: OpenAIException - Connection error.", "internal_server_error", "500"), "ModelFailed"),
    Refusal(502, b"<html>502 Bad Gateway</html>", "ModelFailed"),
    Refusal(503, openai("The engine is currently overloaded", "server_error"), "ModelFailed", "server_error"),
    Refusal(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "ModelFailed", "overloaded_error"),
    Refusal(200, {"error": "upstream failed"}, "ModelFailed"),
    Refusal(200, {"error": {"message": "internal", "type": "server_error"}}, "ModelFailed", "server_error"),
    Refusal(200, {"object": "error", "message": "x", "code": 50001}, "ModelFailed", "50001"),
]
# fmt: on
# What a service puts in the place of a code, and what is kept of it.
PRIVATE = [
    ("o6_bmjrPTlm6_2sgVt7hMZOPfL2M", ""),
    ("user:o6_bmjrPTlm6_2sgVt7hMZOPfL2M", ""),
    ("oABCDEFGHIJKLMNOPQRSTUVWXYZa", ""),
    ("550e8400-e29b-41d4-a716-446655440000", ""),
    ("13800138000", ""),
    ("Robert", ""),
    ("ROBERT", ""),
    ("no_such_user_robert", ""),
    ("secretword", ""),
    ("sk-one", ""),
    ("one-sk", "one-sk"),
    ("138001", ""),
    ("20001", "20001"),
    ("invalid_request_error", "invalid_request_error"),
    ("messages[0].content", "messages[0].content"),
]
ALL = [*KEYS, *LIMITS, *QUESTIONS, *SETTINGS, *FAULTS]
IN_STREAMS = [
    row for row in KEYS if isinstance(row.body, dict | list) and row.status in (200, 401, 402)
]


def refusals(*rows: Refusal) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=lambda row: f"{row.status} {row.body}"[:70])


@pytest.fixture
def no_time_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key over its limit rests for longer than a question may take."""
    for pause in ("FIRST_PAUSE", "LONGEST_PAUSE"):
        monkeypatch.setattr(attempts, pause, 60.0)


@refusals(*ALL)
def test_a_refusal_is_named_with_what_was_asked_and_the_services_own_words(
    service: Service,
    brain: Thinks,
    caplog: pytest.LogCaptureFixture,
    no_time_for_another: None,
    row: Refusal,
) -> None:
    caplog.set_level(logging.INFO)
    service.answers = [row.sends]
    message = brain().ask()
    assert message.state == "FAILED"
    called = [r.getMessage() for r in caplog.records if "event=model_called" in r.getMessage()]
    assert f"result={row.name} " in called[0]
    assert row.name in (message.failure or "")
    assert f"{service.url}/chat/completions" in (message.failure or "")
    assert row.code in (message.failure or "")
    assert f"HTTP {row.status}" in (message.failure or "") or row.status == 200
    assert ADVICE[row.name]


@pytest.mark.parametrize(("code", "logged"), PRIVATE)
def test_of_its_own_words_none_is_kept_that_may_be_a_followers(
    service: Service, brain: Thinks, caplog: pytest.LogCaptureFixture, code: str, logged: str
) -> None:
    caplog.set_level(logging.INFO)
    service.answers = [response(418, openai("x", code=code))]
    message = brain().ask("I am Robert, my secret-word is 138001, an invalid request")
    failure = message.failure or ""
    assert (f"code {logged}," in failure) is bool(logged)
    assert logged or (code not in failure and code not in caplog.text)


@refusals(*KEYS, *LIMITS)
def test_what_is_about_a_key_is_asked_with_the_next_one(
    service: Service, brain: Thinks, row: Refusal
) -> None:
    service.answers = [row.sends, WELL]
    assert brain(api_keys=("sk-one", "sk-two")).ask().reply == "好了。"
    assert service.keys == ["sk-one", "sk-two"]


@refusals(*IN_STREAMS)
def test_so_is_what_comes_as_an_event_of_a_stream(
    service: Service, brain: Thinks, row: Refusal
) -> None:
    body = row.body[0] if isinstance(row.body, list) else row.body
    if row.status != 200:
        body = {"error": {**body["error"], "code": row.status}}
    service.answers = [stream(said(body), DONE), WELL]
    assert brain(api_keys=("sk-one", "sk-two")).ask().reply == "好了。"
    assert service.keys == ["sk-one", "sk-two"]
