"""Every refusal explained, in English and Chinese: code, who acts, rule, fix."""
