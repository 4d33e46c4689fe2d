"""What to do about a failure, by its class: what stands before the first colon of its reason.

A server's log has more of each failure, under the number of its message.
"""

NETWORK = "check this machine's network"
GATEWAY = "check openai.base_url and any proxy in between"
STATUS_PAGE = "the model's service has a fault: look at its status page"

ADVICE = {
    "NoKeyLeft": "see what rests below; renew openai.api_keys and restart",
    "KeyRefused": "revoked, or without credit: renew it in openai.api_keys and restart",
    "OverTheLimit": "add keys to openai.api_keys, or raise their limits at the service",
    "RequestRefused": "check openai.model, openai.max_tokens and openai.base_url",
    "ModelFailed": STATUS_PAGE,
    "ModelUnreachable": f"{NETWORK} and openai.base_url",
    "ModelSilent": "the model's service hangs: see its status page, or try another openai.model",
    "AnswerTooLate": "the model is slow: raise openai.answer_seconds, or try another openai.model",
    "AnswerTooLong": "lower openai.max_tokens",
    "StreamCut": GATEWAY,
    "MalformedEvent": GATEWAY,
    "AnswerWithheld": "the service's filter took the answer back: nothing to mend here",
    "EmptyAnswer": "the model said nothing: try another openai.model",
    "NothingReadable": "the model said nothing to read: try another openai.model",
    "NoSpeech": "azure.trans_to_voice was switched off meanwhile",
    "SpeechRefused": "check azure.subscription and azure.region",
    "SpeechOverLimit": "lower limits.speech_calls, or raise the subscription's limit",
    "SpeechUnavailable": f"{NETWORK}, azure.region and azure.endpoint",
    "SpeechTooLate": f"the speech service hangs: {NETWORK} and azure.region",
    "SpeechRejected": "check azure.zh_model and azure.en_model",
    "NothingSpoken": "the answer held nothing to say: nothing to mend",
    "NothingUnderstood": "the recording held nothing to understand: nothing to mend",
    "NowhereToUpload": "see what rests below; WeChat takes no voices of this account for now",
    "ApiNotGranted": "WeChat grants this account no such API; wechat.media chooses the other one",
    "DailyQuotaUsedUp": "wait for 00:00 in China, or clear the quota at WeChat",
    "MediaGone": "nothing to do; recordings expire after 3 days",
    "CredentialsRejected": "compare wechat.appid and wechat.secret with WeChat's page",
    "AddressNotWhitelisted": "add this machine's address to WeChat's IP whitelist",
    "WeChatUnreachable": f"{NETWORK} and wechat.api_base",
    "NoAnswer": f"{NETWORK} and wechat.api_base",
}


def advice(reason: str) -> str:
    """One line on what to do, "" where the reason alone does not tell."""
    return ADVICE.get(reason.partition(":")[0], "")
